/** A Go compiler that can build the engine: the one on PATH, or one that an older Go fetches as a module. */
import { chmodSync, cpSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { attempt, run } from "../../operations/shell.ts";
import { cached } from "../cache.mjs";
import { step } from "../say.mjs";
import { installPackages, isExecutable } from "./packages.ts";

/** What the engine's go.mod asks for. */
const needed = [1, 25];
/** Since this one, Go fetches by itself the version that a go.mod asks for. */
const selfUpdating = [1, 21];
// renovate: datasource=golang-version depName=go
const goVersion = "1.26.8";
/** The compiler as Go publishes it: a module, checked by the client against Go's checksum database like any other. */
const toolchainModule = `golang.org/toolchain@v0.0.1-go${goVersion}.linux-${process.arch === "x64" ? "amd64" : process.arch}`;

/**
 * Finds or fetches a Go compiler.
 *
 * @returns the environment in which `go` is that compiler
 */
export async function ensureGo(): Promise<NodeJS.ProcessEnv> {
  if (!isExecutable("go")) await installPackages(["golang-go"]);
  const version = await versionOnPath();
  if (atLeast(version, needed)) return goEnvironment(process.env);
  if (atLeast(version, selfUpdating)) return goEnvironment({ ...process.env, GOTOOLCHAIN: "auto" });
  const folder = await cached(toolchainModule.replace("golang.org/toolchain@v0.0.1-", ""), (draft) =>
    step(`Getting a newer Go (this one is ${version.join(".")}) from the Go modules`, 30, () => fetchToolchain(draft)),
  );
  return goEnvironment({ ...process.env, GOROOT: folder, PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}` });
}

/** Nothing of the surroundings (workspaces, C compiler, version control) may change what is built. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOFLAGS: "-mod=readonly -trimpath -buildvcs=false", GOWORK: "off", CGO_ENABLED: "0" };
}

async function versionOnPath(): Promise<readonly number[]> {
  const { stdout } = await attempt("go", ["env", "GOVERSION"], { env: { ...process.env, GOTOOLCHAIN: "local" } });
  return (/go(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
}

async function fetchToolchain(folder: string): Promise<void> {
  const answer: unknown = JSON.parse(await run("go", ["mod", "download", "-json", toolchainModule], { cwd: folder }));
  const source = typeof answer === "object" && answer !== null && "Dir" in answer ? String(answer.Dir) : "";
  cpSync(source, folder, { recursive: true });
  makeExecutable(folder);
}

/** Files of a module have no executable bit; `go` itself sets it when it fetches a compiler, an old one does not know how. */
function makeExecutable(goroot: string): void {
  for (const path of [join(goroot, "bin"), join(goroot, "pkg", "tool")]) {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o755);
    }
  }
}

function atLeast(version: readonly number[], minimum: readonly number[]): boolean {
  const [major = 0, minor = 0] = version;
  const [minimumMajor = 0, minimumMinor = 0] = minimum;
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
}
