import { z } from "zod";
import { type ImageReference, UNPINNED } from "../lab/model.ts";

const SIZE = /^([1-9][0-9]{0,6})(MiB|GiB|TiB)$/;

/** Factor of a unit, in MiB. */
const UNITS: Readonly<Record<string, number>> = { MiB: 1, GiB: 1024, TiB: 1024 * 1024 };

function mebibytes(text: string): number {
  const [, number, unit] = SIZE.exec(text) ?? [];
  return Number(number) * (UNITS[unit ?? ""] ?? Number.NaN);
}

/** `768MiB`, `4GiB`, as MiB. */
export const memory = z
  .string("must be a size such as 768MiB or 4GiB")
  .regex(SIZE, "must be a size such as 768MiB or 4GiB")
  .transform(mebibytes);

/** `64GiB`, `1TiB`, as GiB. */
export const disk = z
  .string("must be a size such as 64GiB")
  .regex(/^([1-9][0-9]{0,6})(GiB|TiB)$/, "must be a size such as 64GiB")
  .transform((text) => mebibytes(text) / 1024);

/** 0.25, 2: cores. */
export const cpus = z.number("must be a number of cores").min(0.05, "must be at least 0.05").max(256, "must be at most 256");

/** `<registry>/<path>:<tag>@sha256:<64 hex digits>`; the registry is always named, for nobody to guess it. */
const IMAGE =
  /^(?<repository>[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+)(:(?<tag>\w[\w.-]{0,127}))?(@(?<digest>[^@]+))?$/;

/** An image in its parts. Its digest may be {@link UNPINNED}. */
export const image = z.string("must be an image").transform((text, context): ImageReference => {
  const { repository, tag, digest } = IMAGE.exec(text)?.groups ?? {};
  const problem = imageProblem(repository, tag, digest);
  if (problem) context.issues.push({ code: "custom", message: problem, input: text });
  return { repository: repository ?? "", tag: tag ?? "", digest: digest ?? "" };
});

function imageProblem(repository?: string, tag?: string, digest?: string): string | undefined {
  if (!repository) return "must be an image with its registry, tag and digest";
  if (!/^[^/]*[.:]/.test(repository) && !repository.startsWith("localhost/")) return "names no registry, such as docker.io/";
  if (!tag) return "has no tag: a person could not tell the version";
  if (!digest) return `has no digest: the tag alone may be another image tomorrow`;
  if (digest !== UNPINNED && !/^sha256:[0-9a-f]{64}$/.test(digest)) return "has a digest that is not sha256: and 64 hex digits";
  return undefined;
}

/** The parts as a person writes them. */
export function imageText({ repository, tag, digest }: ImageReference): string {
  return `${repository}:${tag}@${digest}`;
}
