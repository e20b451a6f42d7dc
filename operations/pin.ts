import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMap, isScalar, parseDocument, type Scalar } from "yaml";
import { stackNames } from "../config/files.ts";
import { stackFile } from "../config/problems.ts";
import { image as imageSchema, imageText } from "../config/units.ts";
import { type ImageReference, UNPINNED } from "../lab/model.ts";
import { command, messageOf, report } from "./command.ts";
import { type IndexLookup, lookUpIndex } from "./registry.ts";

const USAGE = `npm run pin                        looks up the digests that are not known yet and writes them into the stack files
npm run pin -- nginx prometheus    looks up these anew, for a tag that was changed or moved
npm run pin -- --check             changes nothing, asks whether what is pinned is there, for the Pis, and names what is not pinned
Ends with 0 if all is pinned and well, with 1 if not.`;

/** An image in a stack file, and where its text is. */
interface Found {
  readonly stack: string;
  readonly workload: string;
  readonly image: ImageReference;
  /** Offsets of the value in the file's text. */
  readonly start: number;
  readonly end: number;
}

/** What became of one image. */
export interface Pinned {
  readonly file: string;
  readonly workload: string;
  /** As the file has it now. */
  readonly image: string;
  readonly result: { readonly digest: string; readonly changed: boolean } | { readonly error: string };
}

/**
 * Pins images of the stack files in a folder. Of a file, only the digests change; what could not be looked up stays as it is.
 * @param names workloads to look up whatever their digest says; empty: all that are unpinned
 * @param lookUp asks a registry
 */
export async function pin(
  folder: string,
  names: readonly string[],
  lookUp: (image: ImageReference) => Promise<IndexLookup> = lookUpIndex,
): Promise<readonly Pinned[]> {
  const lookups = new Map<string, Promise<IndexLookup>>();
  const once = (image: ImageReference): Promise<IndexLookup> => {
    const key = `${image.repository}:${image.tag}`;
    const lookup = lookups.get(key) ?? lookUp(image);
    lookups.set(key, lookup);
    return lookup;
  };
  const results: Pinned[] = [];
  for (const stack of stackNames(folder)) {
    const path = join(folder, stackFile(stack));
    const text = readFileSync(path, "utf8");
    const wanted = imagesIn(stack, text).filter(({ workload, image }) =>
      names.length === 0 ? image.digest === UNPINNED : names.includes(workload),
    );
    const pinned = await Promise.all(wanted.map(async (found) => ({ found, result: await resultOf(found.image, once) })));
    const changed = withDigests(text, pinned);
    if (changed !== text) writeFileSync(path, changed);
    for (const { found, result } of pinned) {
      const image = "error" in result ? found.image : { ...found.image, digest: result.digest };
      results.push({ file: stackFile(stack), workload: found.workload, image: imageText(image), result });
    }
  }
  return results;
}

/**
 * Whether the digests of the stack files in a folder are there, and are those of images for a Pi. Unpinned ones are named, and do
 * not fail it: a preview refuses them.
 * @param lookUp asks a registry
 */
export async function checkPins(
  folder: string,
  lookUp: (image: ImageReference) => Promise<IndexLookup> = lookUpIndex,
): Promise<{ readonly text: string; readonly status: 0 | 1 }> {
  const found = stackNames(folder).flatMap((stack) => imagesIn(stack, readFileSync(join(folder, stackFile(stack)), "utf8")));
  const images = new Map(found.map(({ image }) => [imageText(image), image]));
  const results = await Promise.all(
    [...images].map(async ([text, image]): Promise<{ line: string; failed: boolean }> => {
      if (image.digest === UNPINNED) return { line: `${text}: is not pinned, so nobody asked for it`, failed: false };
      const result = await resultOf({ ...image, tag: image.digest }, lookUp);
      return "error" in result
        ? { line: `${text}: ${result.error}`, failed: true }
        : { line: `${text}: is there`, failed: false };
    }),
  );
  const text = results.map(({ line }) => line).join("\n") || "The stack files name no image.";
  return { text, status: results.some(({ failed }) => failed) ? 1 : 0 };
}

/** The images that a stack file names. One that is not well formed is an error: it cannot be looked up. */
function imagesIn(stack: string, text: string): readonly Found[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(`${stackFile(stack)}: ${error.message}`);
  const images = document.getIn(["config", "homelab:images"]);
  if (!isMap(images)) return [];
  return images.items.flatMap(({ key, value }) => {
    if (!isScalar(key) || !isScalar(value)) return [];
    const workload = String(key.value);
    const parsed = imageSchema.safeParse(value.value);
    if (!parsed.success) {
      throw new Error(
        `${stackFile(stack)}: homelab:images.${workload} ${parsed.error.issues[0]?.message}. Write <registry>/<image>:<tag>@${UNPINNED}`,
      );
    }
    const [start, end] = (value as Scalar).range ?? [0, 0];
    return [{ stack, workload, image: parsed.data, start, end }];
  });
}

async function resultOf(
  image: ImageReference,
  lookUp: (image: ImageReference) => Promise<IndexLookup>,
): Promise<Pinned["result"]> {
  try {
    const { digest } = await lookUp(image);
    return { digest, changed: digest !== image.digest };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** The text with each digest in its place: from the end, so that earlier places stay where they are. */
function withDigests(text: string, pinned: readonly { readonly found: Found; readonly result: Pinned["result"] }[]): string {
  let changed = text;
  for (const { found, result } of [...pinned].sort((a, b) => b.found.start - a.found.start)) {
    if ("error" in result) continue;
    const value = changed.slice(found.start, found.end).replace(`@${found.image.digest}`, `@${result.digest}`);
    changed = changed.slice(0, found.start) + value + changed.slice(found.end);
  }
  return changed;
}

/** What was done, one line each, and whether all of it worked. */
export function pinReport(
  results: readonly Pinned[],
  names: readonly string[],
): { readonly text: string; readonly status: 0 | 1 } {
  const unknown = names.filter((name) => !results.some(({ workload }) => workload === name));
  const lines = results.map(({ file, workload, image, result }) => {
    if ("error" in result) return `${file}: ${workload} is not pinned: ${result.error}`;
    return `${file}: ${workload} ${result.changed ? "is now" : "is still"} ${image}`;
  });
  lines.push(...unknown.map((name) => `${name} is in no stack file's homelab:images`));
  const failed = unknown.length > 0 || results.some(({ result }) => "error" in result);
  return { text: lines.join("\n") || "Every image has its digest.", status: failed ? 1 : 0 };
}

async function main(): Promise<number> {
  const { values, positionals: names } = parseArgs({
    allowPositionals: true,
    options: { check: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (values.help) return report(USAGE);
  if (values.check && names.length > 0) throw new Error(`--check is about all images.\n\n${USAGE}`);
  const folder = process.cwd();
  const { text, status } = values.check ? await checkPins(folder) : pinReport(await pin(folder, names), names);
  report(text);
  return status;
}

if (import.meta.main) await command(main);
