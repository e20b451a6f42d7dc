import * as pulumi from "@pulumi/pulumi";

/** The five things a provider can do, each in a method of the module that it is implemented in. */
const METHODS = ["diff", "create", "update", "read", "delete"];

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
   * @param kind the type's name
   * @param implementation a module that exports the methods of a `pulumi.dynamic.ResourceProvider`, from the program's folder
   */
  constructor(
    kind: string,
    implementation: `./providers/${string}`,
    name: string,
    inputs: pulumi.Inputs,
    options?: pulumi.CustomResourceOptions,
  ) {
    super(`pulumi-nodejs:dynamic/homelab:${kind}`, name, { ...inputs, __provider: providerText(implementation) }, options);
  }
}

/** The text of a CommonJS module, as the dynamic provider's process loads it; exported for its test. */
export function providerText(implementation: string): string {
  const methods = METHODS.map(
    (method) => `  ${method}: async (...args) => (await import("${implementation}")).${method}(...args),`,
  );
  return ["exports.handler = () => ({", ...methods, "});", ""].join("\n");
}
