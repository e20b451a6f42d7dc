import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { parse } from "yaml";
import { PROJECT_FILE, stackFile } from "../../config/problems.ts";
import { SECRET_PREFIX } from "../../config/schema.ts";
import { firstLabFolder } from "../support/first-lab.ts";

/** A resource as the program declared it. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** What a run of the program under Pulumi's mocks gave. */
export interface Run {
  readonly resources: readonly Declared[];
  /** What each resource waits for, both as `<type>::<name>`. */
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  /** Stacks whose outputs it read. */
  readonly reads: readonly string[];
  readonly warnings: readonly string[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Outputs of stacks that were applied before, by stack and output. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMAISQbfI9kbSUwUrm/PF1PZv06TabHIbpoLfmNU9uZ8";

/** Would do as a password, too. */
const WIREGUARD_KEY = `${"A".repeat(43)}=`;

/** The configuration of the first lab as Pulumi would hand it to the program, with what is personal filled in. */
export function firstLabConfig(stack: string): Record<string, unknown> {
  return configIn(firstLabFolder, stack);
}

/** The same of any folder. In the place of a secret, which is encrypted there, stands one that would do. */
export function configIn(folder: string, stack: string): Record<string, unknown> {
  const read = (file: string) => (parse(readFileSync(join(folder, file), "utf8")) as { config: Record<string, unknown> }).config;
  const values = { ...read(PROJECT_FILE), ...read(stackFile(stack)) };
  const plain = Object.entries(values).map(([key, value]) => {
    if (key.startsWith(SECRET_PREFIX)) return [key, key.endsWith(".url") ? "https://example.org/" : WIREGUARD_KEY];
    return [key, isWrapped(value) ? value.value : value];
  });
  const text = JSON.stringify(Object.fromEntries(plain));
  return JSON.parse(text.replaceAll('"unset"', JSON.stringify(HOST_KEY)).replaceAll("@unpinned", `@sha256:${"0".repeat(64)}`));
}

/** The same with the Pis in one flat network with everything else, and without routers. */
export function flatConfig(stack: string): Record<string, unknown> {
  const { "homelab:routers": _, "homelab:network": __, "homelab:routerKeys": ___, ...config } = firstLabConfig(stack);
  const hosts = config["homelab:hosts"] as Record<string, object>;
  const moved = {
    adama: { ...hosts.adama, address: "192.168.1.20" },
    starbuck: { ...hosts.starbuck, address: "192.168.1.21" },
  };
  return { ...config, "homelab:hosts": moved };
}

/**
 * Runs index.ts under Pulumi's mocks. Every resource gets predictable outputs; nothing is contacted.
 *
 * @param config changes the configuration before it is handed over
 * @param preview whether it is one, or an `up`
 * @param outputs what resources give besides, by their names
 */
export async function runProgram(
  stack: string,
  applied: StackOutputs = {},
  config = firstLabConfig(stack),
  preview = false,
  outputs: Readonly<Record<string, object>> = {},
): Promise<Run> {
  vi.resetModules();
  const sdk: typeof pulumi = await import("@pulumi/pulumi");
  const resources: Declared[] = [];
  const reads: string[] = [];
  const warnings: string[] = [];
  const warn = vi.spyOn(sdk.log, "warn").mockImplementation((message: string) => {
    warnings.push(message);
    return Promise.resolve();
  });
  await sdk.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ type, name, inputs, id }) => {
        if (type === "pulumi:pulumi:StackReference") {
          const other = String(inputs.name).split("/").at(-1) ?? "";
          reads.push(other);
          return { id: name, state: { ...inputs, outputs: applied[other] ?? {} } };
        }
        resources.push({ type, name, inputs: unwrapped(inputs) as Record<string, unknown> });
        return { id: id ?? `${name}-id`, state: { ...inputs, ...made(type, name), ...outputs[name] } };
      },
    },
    "homelab",
    stack,
    preview,
    "organization",
  );
  const dependencies: Record<string, readonly string[]> = {};
  const monitor: Monitor = Object(sdk.runtime.getMonitor());
  const register = monitor.registerResource.bind(monitor);
  Object.assign(monitor, {
    // Pulumi's mocks know no hooks: they are accepted, and never run.
    registerResourceHook: (_request: unknown, done: (error: null, reply: object) => void) => done(null, {}),
    // Nor do they tell what a resource depends on.
    registerResource: (request: Registration, done: unknown) => {
      dependencies[`${request.getType()}::${request.getName()}`] = request.getDependenciesList().map(typeAndName);
      return register(request, done);
    },
  });
  const values = Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
  const secrets = Object.keys(config).filter((key) => key.startsWith("secret:"));
  sdk.runtime.setAllConfig(Object.fromEntries(values), secrets);
  try {
    const { default: homelab } = await import("../../index.ts");
    const outputs: Record<string, unknown> = {};
    for (const [name, output] of Object.entries(await homelab())) outputs[name] = await resolved(sdk, output);
    await settled(resources);
    return { resources, dependencies, reads, warnings, outputs };
  } finally {
    warn.mockRestore();
  }
}

/** The engine's side as the program's SDK calls it. */
interface Monitor {
  registerResource(request: Registration, done: unknown): unknown;
}

/** What the SDK says of a resource. */
interface Registration {
  getType(): string;
  getName(): string;
  /** URNs. */
  getDependenciesList(): readonly string[];
}

/** `<type>::<name>` of a URN, which has the types of the parents in it. */
function typeAndName(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)}::${name}`;
}

/** All that has to be there before a resource, `<type>::<name>`. */
export function before({ dependencies }: Run, resource: string): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (one: string): void => {
    for (const next of dependencies[one] ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      add(next);
    }
  };
  add(resource);
  return found;
}

/** Resources of a type, by name. */
export function ofType(run: Run, type: string): Record<string, Record<string, unknown>> {
  return Object.fromEntries(run.resources.filter((resource) => resource.type === type).map(({ name, inputs }) => [name, inputs]));
}

/** Registrations go on in the background after the program's module has ended. */
async function settled(resources: readonly Declared[]): Promise<void> {
  for (let before = -1; before !== resources.length; ) {
    before = resources.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function resolved(sdk: typeof pulumi, output: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    (sdk.output(output) as pulumi.Output<unknown>).apply(resolve);
  });
}

/** The member that marks a secret on its way to the engine. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** Inputs as a provider gets them: without the wrapping of secrets. */
function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.fromEntries(Object.entries(value));
  if (SECRET_MARK in entries) return unwrapped(entries.value);
  return Object.fromEntries(Object.entries(entries).map(([key, member]) => [key, unwrapped(member)]));
}

function made(type: string, name: string): Record<string, string> {
  switch (type) {
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: `key of ${name}\n` };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: `certificate of ${name}\n` };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `request of ${name}\n` };
    case "command:local:Command":
      return { stdout: `stdout of ${name}\n` };
    case "random:index/randomPassword:RandomPassword":
      return { result: `password ${name}`, bcryptHash: `hash of ${name}` };
    default:
      return {};
  }
}

function isWrapped(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && "value" in value;
}
