import { resolve } from "node:path";
import { type Project, pulumiOutput } from "./pulumi.ts";

/**
 * Where Pulumi keeps the states: `file://~`, `s3://…`, `https://…`. Pulumi itself is asked: a variable, the project's file or an
 * earlier `pulumi login` may have said so.
 */
export async function backendOf(project: Project): Promise<string> {
  const { url } = JSON.parse(await pulumiOutput(project, ["whoami", "--json"])) as { readonly url?: string };
  return url ?? "";
}

/** The folder of a file backend, which a path may name from the project's folder or from home; undefined for any other backend. */
export function backendFolder({ folder, env }: Project, url: string): string | undefined {
  const path = /^file:\/\/([^?]*)/.exec(url)?.[1];
  return path === undefined ? undefined : resolve(folder, path.replace(/^~/, env.HOME ?? "~"));
}
