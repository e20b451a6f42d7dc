import * as pulumi from "@pulumi/pulumi";
import type { HOST_DIRECTORY, UCI_DEVICE, WORKLOAD } from "./resource-types.ts";

/** The five things every provider can do, each in a method of the module that it is implemented in. */
const METHODS = ["diff", "create", "update", "read", "delete"];

/** A module that exports the methods of a `pulumi.dynamic.ResourceProvider`, from the program's folder. */
type Implementation = `./providers/${string}`;

/**
 * A resource on one of the lab's devices: what Pulumi calls a dynamic resource, with the provider's code kept out of state.
 *
 * Pulumi keeps a dynamic resource's provider as text in its state, and runs that text when it reads or deletes. Left to itself
 * it makes the text from the functions, with all that they refer to: code of the day of the last `up`, and half a second of
 * every preview, for a TypeScript compiler to find out what to keep. The text here is always the same and imports the module
 * that the program's folder has today. So the path of that module must never move.
 *
 * The property `__provider` and the type `pulumi-nodejs:dynamic…` are those of `pulumi.dynamic.Resource` in the pinned SDK.
 */
export abstract class DeviceResource extends pulumi.CustomResource {
  /**
   * @param checks whether the provider has a method `check` too. The text of those without one is in everyone's state as it is.
   */
  constructor(
    type: typeof WORKLOAD | typeof HOST_DIRECTORY | typeof UCI_DEVICE,
    implementation: Implementation,
    name: string,
    inputs: pulumi.Inputs,
    options?: pulumi.CustomResourceOptions,
    checks = false,
  ) {
    const __provider = providerText(implementation, checks ? ["check", ...METHODS] : METHODS);
    super(type, name, { ...inputs, __provider }, options);
  }
}

/** The text of a CommonJS module, as the dynamic provider's process loads it. */
function providerText(implementation: string, names: readonly string[]): string {
  const methods = names.map(
    (method) => `  ${method}: async (...args) => (await import("${implementation}")).${method}(...args),`,
  );
  return ["exports.handler = () => ({", ...methods, "});", ""].join("\n");
}
