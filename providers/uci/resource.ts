import * as pulumi from "@pulumi/pulumi";
import { DeviceResource } from "../device-resource.ts";
import { UCI_DEVICE } from "../resource-types.ts";
import type { UciInputs, UciOutputs } from "./inputs.ts";

/** What may be left out of {@link UciDeviceArgs}. */
type Optional =
  | ("absent" | "secrets" | "order" | "software" | "probes" | "confirmWithinSeconds")
  | ("released" | "allowManagementPathChange");

/** What a {@link UciDevice} takes: {@link UciInputs} with defaults, and secrets that may be known later. */
export type UciDeviceArgs = { readonly [Key in "device" | "sections" | "settings"]: UciInputs[Key] } & {
  readonly [Key in Exclude<Optional, "secrets">]?: UciInputs[Key];
} & { readonly secrets?: Readonly<Record<string, pulumi.Input<string | string[]>>> };

/** The configuration of one OpenWrt device, changed in one transaction on the device. */
export class UciDevice extends DeviceResource {
  /** Sections on the device that nobody declared, of the types that the program declares. */
  declare public readonly unmanaged: pulumi.Output<UciOutputs["unmanaged"]>;

  constructor(name: string, args: UciDeviceArgs, options?: pulumi.CustomResourceOptions) {
    const { secrets = {}, ...rest } = args;
    const inputs = {
      absent: {},
      order: {},
      software: [],
      probes: [],
      confirmWithinSeconds: 60,
      released: "restore",
      allowManagementPathChange: false,
      interrupts: "",
      changedSecrets: [],
      found: {},
      ...rest,
      // Each by itself, so that a preview shows which one changes.
      secrets: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, pulumi.secret(value)])),
      before: undefined,
      unmanaged: undefined,
    };
    const secretOutputs = { additionalSecretOutputs: ["before", ...(options?.additionalSecretOutputs ?? [])] };
    super(UCI_DEVICE, "./providers/uci/provider.ts", name, inputs, { ...options, ...secretOutputs }, true);
  }
}
