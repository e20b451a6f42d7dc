import * as pulumi from "@pulumi/pulumi";
import { DeviceResource } from "../device-resource.ts";
import { HOST_DIRECTORY } from "../resource-types.ts";
import type { DirectoryInputs } from "./inputs.ts";

/** What a {@link HostDirectory} takes: {@link DirectoryInputs} with defaults, and secrets that may be known later. */
export type HostDirectoryArgs = { readonly [Key in "host" | "path"]: pulumi.Input<DirectoryInputs[Key]> } & {
  readonly [Key in "exclusive" | "sources" | "modes" | "owner" | "activate" | "deactivate"]?: pulumi.Input<DirectoryInputs[Key]>;
} & { readonly [Key in "files" | "secrets"]?: pulumi.Input<Record<string, pulumi.Input<string>>> };

/** Files of the host itself: one directory, written atomically, read back, removed when undeclared. */
export class HostDirectory extends DeviceResource {
  constructor(name: string, args: HostDirectoryArgs, options?: pulumi.CustomResourceOptions) {
    const defaults = {
      exclusive: false,
      files: {},
      sources: {},
      modes: { files: "0644", secrets: "0600" },
      owner: { user: "root", group: "root" },
      activate: "",
      deactivate: "",
      found: {},
    };
    const inputs = { ...defaults, ...args, secrets: pulumi.secret(args.secrets ?? {}) };
    super(HOST_DIRECTORY, "./providers/files/provider.ts", name, inputs, options);
  }
}
