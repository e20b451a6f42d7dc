/** The programs that make up an engine with its plugins, and what they say of themselves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import { attempt } from "../../operations/shell.ts";

/** A program that the engine is, or starts. */
export interface Part {
  /** Name of its executable, e.g. `pulumi` or `pulumi-resource-docker`. */
  readonly name: string;
  readonly path: string;
  /** Where it comes from, for people. */
  readonly origin: string;
}

/**
 * The version that a program says it has: the engine by its command, a plugin as the engine itself asks it.
 *
 * @param home the engine's `PULUMI_HOME`: each command leaves a log there, which must not be the person's own `~/.pulumi`
 */
export async function versionOf(part: Part, home: string): Promise<string> {
  if (part.name === "pulumi") {
    const { stdout } = await attempt(part.path, ["version"], { env: { ...process.env, PULUMI_HOME: home } });
    return stdout.trim().replace(/^v/, "");
  }
  // A plugin is told the engine's address; it only calls it to report problems, and this one is asked nothing that can have any.
  const plugin = spawn(part.path, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const port = await Promise.race([firstLine(plugin.stdout), once(plugin, "exit").then(() => ""), timeLimit(10)]);
    return port === "" ? "unknown" : await askVersion(part.name, `127.0.0.1:${port}`);
  } finally {
    plugin.kill("SIGKILL");
  }
}

function askVersion(name: string, address: string): Promise<string> {
  const Client = name.startsWith("pulumi-language-") ? LanguageRuntimeClient : ResourceProviderClient;
  const client = new Client(address, credentials.createInsecure());
  return new Promise<string>((resolve) => {
    client.getPluginInfo(new emptyMessages.Empty(), (error: ServiceError | null, info: PluginInfo) =>
      resolve(error === null ? info.getVersion().replace(/^v/, "") || "unknown" : "unknown"),
    );
  }).finally(() => client.close());
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line.trim();
  return "";
}

function timeLimit(seconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000, "").unref());
}
