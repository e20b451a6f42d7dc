import * as pulumi from "@pulumi/pulumi";
import type { DirectoryInputs } from "./inputs.ts";

/** A stub that imports what the folder of the program has today: see `providers/workload/resource.ts`. */
const provider: pulumi.dynamic.ResourceProvider<DirectoryInputs, DirectoryInputs> = {
  diff: async (id, olds, news) => (await import("./providers/files/provider.ts" as string)).diff(id, olds, news),
  create: async (inputs) => (await import("./providers/files/provider.ts" as string)).create(inputs),
  update: async (id, olds, news) => (await import("./providers/files/provider.ts" as string)).update(id, olds, news),
  read: async (id, olds) => (await import("./providers/files/provider.ts" as string)).read(id, olds),
  delete: async (id, olds) => (await import("./providers/files/provider.ts" as string)).delete(id, olds),
};

/** What a {@link HostDirectory} takes: {@link DirectoryInputs} with defaults, and secrets that may be known later. */
export type HostDirectoryArgs = { readonly [Key in "host" | "path"]: pulumi.Input<DirectoryInputs[Key]> } & {
  readonly [Key in "exclusive" | "modes" | "owner" | "activate"]?: pulumi.Input<DirectoryInputs[Key]>;
} & { readonly [Key in "files" | "secrets"]?: pulumi.Input<Record<string, pulumi.Input<string>>> };

/** Files of the host itself: one directory, written atomically, read back, removed when undeclared. */
export class HostDirectory extends pulumi.dynamic.Resource {
  constructor(name: string, args: HostDirectoryArgs, options?: pulumi.CustomResourceOptions) {
    const defaults = {
      exclusive: false,
      files: {},
      modes: { files: "0644", secrets: "0600" },
      owner: { user: "root", group: "root" },
      activate: "",
      found: {},
    };
    super(
      provider,
      name,
      { ...defaults, ...args, secrets: pulumi.secret(args.secrets ?? {}) },
      options,
      "homelab",
      "HostDirectory",
    );
  }
}
