/** Which image plays which: the pinned one where its registry answers, otherwise a stand-in, otherwise none. */

import { lookUpIndex } from "../../operations/registry.ts";
import { ensureStandIn, goModuleOf, hasStandIn, type Variant, type Versions } from "./images.ts";
import type { Instance } from "./instance.ts";
import { declaredImages, isPinned, repositoryOf } from "./project.ts";

/** The images of a rehearsal. */
export interface Catalogue {
  /** Whether the real registries answer. */
  readonly online: boolean;
  /** What takes the place of an image reference of the stack files; undefined where there is nothing. */
  readonly source: (reference: string) => string | undefined;
  /** A version of an image, by its repository: for upgrades, good and bad ones. Only where there is a stand-in for it. */
  readonly version: (repository: string, variant: Variant) => string;
  /** Whether {@link version} knows an image. */
  readonly hasVersions: (repository: string) => boolean;
  /** One line for each image, for people. */
  readonly description: readonly string[];
}

/** Looks at all images that the stacks name, and builds what has to be built. */
export async function ensureCatalogue(instance: Instance): Promise<Catalogue> {
  const references = [...new Set(instance.hosts.flatMap((host) => Object.values(declaredImages(instance, host.name))))].sort();
  const pinned = references.filter(isPinned);
  const online = pinned[0] !== undefined && (await answers(pinned[0]));
  const standIns = new Map<string, Versions>();
  for (const repository of new Set(references.map(repositoryOf))) {
    if (hasStandIn(repository)) standIns.set(repository, await ensureStandIn(repository));
  }
  const version = (repository: string, variant: Variant): string => {
    const found = standIns.get(repository)?.[variant];
    if (found === undefined) throw new Error(`There is no stand-in for ${repository} in rehearsal/images.`);
    return `${repository}:${found.tag}@${found.digest}`;
  };
  const source = (reference: string): string | undefined => {
    if (online && pinned.includes(reference)) return reference;
    return standIns.has(repositoryOf(reference)) ? version(repositoryOf(reference), "current") : undefined;
  };
  return {
    online,
    source,
    version,
    hasVersions: (repository) => standIns.has(repository),
    description: references.map((reference) => describe(reference, source(reference))),
  };
}

function describe(reference: string, replacement: string | undefined): string {
  const [name = reference] = reference.split("@");
  if (replacement === undefined) return `${name.padEnd(48)} NOT REHEARSED: no registry answers and there is no stand-in`;
  if (replacement === reference) return `${name.padEnd(48)} the real one`;
  const from = goModuleOf(repositoryOf(reference)) === undefined ? "Debian's packages" : "its Go module";
  return `${name.padEnd(48)} played by ${replacement.replace(/@.*$/, "").replace(/^.*:/, "")} (built from ${from})`;
}

/** Whether the image's registry answers for its tag. Podman before 4.4 cannot be asked: its `manifest inspect` knows no registries. */
async function answers(reference: string): Promise<boolean> {
  const [, repository = "", tag = ""] = /^(.+):([^:@]+)@/.exec(reference) ?? [];
  return await lookUpIndex({ repository, tag }).then(
    () => true,
    () => false,
  );
}
