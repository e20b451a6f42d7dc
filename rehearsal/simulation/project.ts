/**
 * The folder that Pulumi runs in: `Pulumi.yaml` and stack files as in the instance's source, in which only addresses, host keys,
 * images and what leads out of the lab are others. Written anew before each use, so that an edit of the repository's files is what a rehearsal shows.
 */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Document, parseDocument } from "yaml";
import { stackNames } from "../../config/files.ts";
import { SECRET_PREFIX } from "../../config/schema.ts";
import { repository } from "../toolchain/paths.ts";
import type { Instance, SimulatedHost } from "./instance.ts";
import { hostKey } from "./ssh.ts";

/** Where an image comes from in the rehearsal; undefined: nowhere, so its workload is left out. */
export type ImageSource = (reference: string) => string | undefined;

/** File with the passphrase of the instance's stacks. */
export function passphraseFile(instance: Instance): string {
  return join(instance.folder, "passphrase");
}

/** Folder of the state. */
export function stateFolder(instance: Instance): string {
  return join(instance.folder, "state");
}

/**
 * Image references of a stack, by workload. A test's own lab pins none, and has the versions that the repository pins, on whatever
 * host: a new one is tried before it is merged.
 */
export function declaredImages({ source }: Instance, stack: string): Readonly<Record<string, string>> {
  const declared = imagesIn(source, stack);
  if (source === repository) return declared;
  const pinned = stackNames(repository).flatMap((name) => Object.values(imagesIn(repository, name)).filter(isPinned));
  const same = (reference: string) => pinned.find((other) => repositoryOf(other) === repositoryOf(reference));
  return Object.fromEntries(Object.entries(declared).map(([workload, image]) => [workload, same(image) ?? image]));
}

/** Whether its digest says what runs. */
export function isPinned(reference: string): boolean {
  return reference.includes("@sha256:");
}

function imagesIn(folder: string, stack: string): Readonly<Record<string, string>> {
  const images: unknown = readYaml(join(folder, `Pulumi.${stack}.yaml`)).toJS()?.config?.["homelab:images"];
  return typeof images === "object" && images !== null ? { ...images } : {};
}

/** Writes the project. Returns the workloads that had to be left out for want of an image. */
export function writeProject(instance: Instance, source: ImageSource): readonly string[] {
  mkdirSync(instance.project, { recursive: true });
  mkdirSync(stateFolder(instance), { recursive: true });
  if (!existsSync(passphraseFile(instance)))
    writeFileSync(passphraseFile(instance), randomBytes(24).toString("base64url"), { mode: 0o600 });
  const leftOut = instance.hosts.flatMap((host) => writeStack(instance, host, source));
  writeMain(instance, leftOut);
  return [...new Set(leftOut)];
}

/** A file of the project, for tests and scenes that change it: reads, lets `edit` change it, writes. */
export function editProjectFile(instance: Instance, file: string, edit: (document: Document) => void): void {
  const path = join(instance.project, file);
  const document = readYaml(path);
  edit(document);
  writeFileSync(path, document.toString());
}

function writeMain(instance: Instance, leftOut: readonly string[]): void {
  const document = readYaml(join(instance.source, "Pulumi.yaml"));
  for (const path of [["main"], ["plugins", "providers", 0, "path"]]) {
    document.setIn(path, relative(instance.project, join(repository, String(document.getIn(path)))));
  }
  for (const host of instance.hosts) {
    const path = ["config", "homelab:hosts", "value", host.name];
    document.setIn([...path, "address"], host.address);
    document.deleteIn([...path, "sshPort"]);
  }
  // The simulated home is one flat network; routers come in by `lab.addRouters`.
  document.deleteIn(["config", "homelab:network"]);
  document.deleteIn(["config", "homelab:routers"]);
  // Nobody is told of what a rehearsal breaks.
  document.deleteIn(["config", "homelab:alerts"]);
  keepBackupsInside(document, instance);
  for (const workload of leftOut) document.deleteIn(["config", "homelab:placement", "value", workload]);
  writeFileSync(join(instance.project, "Pulumi.yaml"), document.toString());
}

/**
 * Backups go from one simulated Pi to the other, and nowhere else. A place of the real lab would get a repository with the
 * rehearsal's password in it, which the real one could not open; and a drive is not plugged in here.
 */
function keepBackupsInside(document: Document, instance: Instance): void {
  const backup = ["config", "homelab:backup", "value"];
  if (!document.hasIn(backup)) return;
  document.deleteIn([...backup, "repositories"]);
  document.deleteIn([...backup, "places"]);
  for (const { name } of instance.hosts) {
    const copies = [...backup, "copies", name];
    // Where copies went to a place alone, the plan wants to hear that there are none.
    if (!document.hasIn(copies)) document.setIn(copies, document.createNode([]));
  }
}

function writeStack(instance: Instance, host: SimulatedHost, source: ImageSource): readonly string[] {
  const stack = host.name;
  const target = join(instance.project, `Pulumi.${stack}.yaml`);
  // One salt for all stacks: with the passphrase that they share it makes one key, which Pulumi then works out once in a run.
  const salt = [stack, ...instance.hosts.map(({ name }) => name)].map((name) => saltOf(instance, name)).find(Boolean);
  const document = readYaml(join(instance.source, `Pulumi.${stack}.yaml`));
  if (salt === undefined) document.delete("encryptionsalt");
  else document.set("encryptionsalt", salt);
  document.setIn(["config", "homelab:hostKey"], hostKey(instance, host));
  document.deleteIn(["config", "homelab:routerKeys"]);
  // Of routers, places and those who are told: encrypted with another passphrase.
  for (const key of Object.keys(document.toJS()?.config ?? {}))
    if (key.startsWith(SECRET_PREFIX)) document.deleteIn(["config", key]);
  const leftOut: string[] = [];
  for (const [workload, reference] of Object.entries(declaredImages(instance, stack))) {
    const replacement = source(reference);
    if (replacement === undefined) leftOut.push(workload);
    const path = ["config", "homelab:images", workload];
    if (replacement === undefined) document.deleteIn(path);
    else document.setIn(path, replacement);
  }
  writeFileSync(target, document.toString());
  return leftOut;
}

/**
 * The salt belongs to the instance's passphrase; without it nothing in the state could be read any more. The rest of the file may
 * be anything: what a person or a test did to it is taken back.
 */
function saltOf(instance: Instance, stack: string): string | undefined {
  const file = join(instance.project, `Pulumi.${stack}.yaml`);
  return existsSync(file) ? /^encryptionsalt: (\S+)$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}

function readYaml(path: string): Document {
  const document = parseDocument(readFileSync(path, "utf8"));
  const [problem] = document.errors;
  if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
  return document;
}

/** `docker.io/prom/prometheus` of `docker.io/prom/prometheus:v3.16.0@sha256:…`. */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/, "").replace(/:[^:/]+$/, "");
}
