import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readHosts, stackNames } from "../../config/files.ts";
import { PROJECT_FILE, stackFile } from "../../config/problems.ts";
import { backendFolder, backendOf } from "../backend.ts";
import { messageOf } from "../command.ts";
import { partsOf } from "../engine-events.ts";
import { type Project, pulumiOutput } from "../pulumi.ts";
import { stacksInOrder } from "../stacks.ts";
import type { Files } from "./seal.ts";

/** Where the states were when the kit was made. */
const BACKEND = "backend.txt";

/** What of the program is in no commit, and so not in the bundle; only where there is something. */
export const PATCH = "uncommitted.patch";

/** What a kit has of a file backend's folder; beside it are Pulumi's spare copies (.bak) and the notes of its storage (.attrs). */
const BACKEND_FILE = /(^|\/)meta\.yaml$|\.(json|gz|zst)$/;

/** A stack's state with its secrets encrypted, and its history: what it takes to go on elsewhere, with the passphrase. */
export async function stateFiles(project: Project): Promise<Files> {
  const files: Record<string, string> = {};
  for (const stack of stacksInOrder(project.folder)) {
    files[`stacks/${stack}/state.json`] = await pulumiOutput(project, ["stack", "export", "--stack", stack]);
    files[`stacks/${stack}/history.json`] = await pulumiOutput(project, [
      ...["stack", "history", "--json", "--page-size", "0", "--stack", stack],
    ]);
  }
  for (const name of [PROJECT_FILE, ...stackNames(project.folder).map(stackFile)]) {
    files[`project/${name}`] = readFileSync(join(project.folder, name), "utf8");
  }
  return files;
}

/** All that is needed when both Pis are gone: {@link stateFiles}, and what is in there in plain, since Pulumi may be gone too. */
export async function kitFiles(project: Project): Promise<Files> {
  const [primary = ""] = stacksInOrder(project.folder);
  const backend = await backendOf(project);
  const hosts = Object.keys(readHosts(project.folder).hosts);
  const plain = JSON.parse(await pulumiOutput(project, ["stack", "export", "--show-secrets", "--stack", primary])) as PlainState;
  const outputs: Record<string, string> = {};
  for (const stack of stacksInOrder(project.folder)) {
    const shown = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
    outputs[`secrets/outputs-${stack}.json`] = await pulumiOutput(project, shown);
    const config = ["config", "--json", "--show-secrets", "--stack", stack];
    outputs[`secrets/configuration-${stack}.json`] = await pulumiOutput(project, config);
  }
  return {
    "README.txt": README,
    [BACKEND]: `${backend}\n`,
    ...(await stateFiles(project)),
    ...backendFiles(backendFolder(project, backend)),
    ...outputs,
    "secrets/root-certificate.pem": outputOf(plain, "SelfSignedCert", "root", "certPem"),
    "secrets/root-key.pem": outputOf(plain, "PrivateKey", "root", "privateKeyPem"),
    ...Object.fromEntries(
      hosts.map((host) => [`secrets/restic-password-${host}.txt`, outputOf(plain, "RandomPassword", `backup-${host}`, "result")]),
    ),
    ...repositoryFiles(project.folder),
  };
}

/** What a kit of these stacks has to have. */
export function requiredFiles(stacks: readonly string[]): readonly string[] {
  return [
    ...[
      "README.txt",
      BACKEND,
      "repository.bundle",
      `project/${PROJECT_FILE}`,
      "secrets/root-certificate.pem",
      "secrets/root-key.pem",
    ],
    ...stacks.flatMap((stack) => [
      ...[`stacks/${stack}/state.json`, `stacks/${stack}/history.json`, `project/${stackFile(stack)}`],
      ...[`secrets/outputs-${stack}.json`, `secrets/restic-password-${stack}.txt`],
    ]),
  ];
}

/**
 * What is wrong with the contents of a kit, one line each; empty: it is complete. That its state opens with the passphrase is asked
 * of Pulumi besides.
 * @param stacks those of the project: a kit that lacks one cannot know it
 */
export function contentProblems(contents: ReadonlyMap<string, Uint8Array>, stacks: readonly string[]): readonly string[] {
  const text = (name: string): string => Buffer.from(contents.get(name) ?? []).toString();
  const missing = requiredFiles(stacks).filter((name) => text(name).trim() === "");
  const states = stacks.filter((stack) => !/"resources":\s*\[\s*\{/.test(text(`stacks/${stack}/state.json`)));
  // Earlier kits had only the first 100 bytes of a name.
  const cut = [...contents.keys()].filter((name) => name.startsWith("backend/") && !BACKEND_FILE.test(name));
  const checkpoints = text(BACKEND).startsWith("file:") ? stacks.filter((stack) => !hasCheckpoints(contents, stack)) : [];
  return [
    ...missing.map((name) => `${name} is missing or empty`),
    ...states.map((stack) => `stacks/${stack}/state.json has no resources: it was never applied`),
    ...checkpoints.map((stack) => `backend/ lacks the state of ${stack} or its older ones, although the backend is a folder`),
    ...cut.map((name) => `${name}: its name was cut off, so that Pulumi would not find it. Make a new kit`),
    ...(missing.some((name) => name.startsWith("secrets/root-")) ? [] : rootProblems(text)),
  ];
}

/** Whether a file backend's own files have a stack, and its history: `stacks/<project>/<stack>.json`, `history/<project>/<stack>/`. */
function hasCheckpoints(contents: ReadonlyMap<string, Uint8Array>, stack: string): boolean {
  const names = [...contents.keys()].filter((name) => name.startsWith("backend/.pulumi/")).map((name) => `/${name.slice(16)}`);
  return (
    names.some((name) => name.startsWith("/stacks/") && name.includes(`/${stack}.json`)) &&
    names.some((name) => name.startsWith("/history/") && name.includes(`/${stack}/`))
  );
}

function rootProblems(text: (name: string) => string): readonly string[] {
  try {
    const certificate = new X509Certificate(text("secrets/root-certificate.pem"));
    const key = createPrivateKey(text("secrets/root-key.pem"));
    return certificate.checkPrivateKey(key) ? [] : ["secrets/root-key.pem is not the key of the root certificate"];
  } catch (error) {
    return [`the root certificate or its key cannot be read: ${messageOf(error)}`];
  }
}

/** A state with its secrets in plain: each is an object with its JSON. */
interface PlainState {
  readonly deployment: {
    readonly resources: readonly { readonly urn: string; readonly outputs?: Readonly<Record<string, unknown>> }[];
  };
}

function outputOf({ deployment }: PlainState, type: string, name: string, key: string): string {
  const found = deployment.resources.find(({ urn }) => partsOf(urn).type.endsWith(`:${type}`) && partsOf(urn).name === name);
  const value = found?.outputs?.[key];
  if (typeof value === "string") return value;
  const plaintext =
    typeof value === "object" && value !== null && "plaintext" in value ? JSON.parse(String(value.plaintext)) : "";
  return typeof plaintext === "string" ? plaintext : "";
}

/** A file backend's own files, its old checkpoints too; nothing of another backend, which keeps them itself. */
function backendFiles(folder: string | undefined): Record<string, Uint8Array> {
  const root = join(folder ?? "", ".pulumi");
  const files: Record<string, Uint8Array> = {};
  for (const part of folder === undefined ? [] : ["meta.yaml", "stacks", "history"]) {
    if (!existsSync(join(root, part))) continue;
    const names = part === "meta.yaml" ? [""] : readdirSync(join(root, part), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((one) => BACKEND_FILE.test(join(part, one)))) {
      files[join("backend/.pulumi", part, name)] = readFileSync(join(root, part, name));
    }
  }
  return files;
}

/**
 * The repository with all its branches and, beside it, what is not committed: a workload may be deployed before it is. Nothing
 * where there is no git.
 */
function repositoryFiles(folder: string): Files {
  const scratch = mkdtempSync(join(tmpdir(), "homelab-kit-"));
  const git = (cwd: string, args: readonly string[], env = {}): Buffer =>
    execFileSync("git", args, { cwd, env: { ...process.env, ...env }, stdio: "pipe", maxBuffer: 1 << 30 });
  const said = (cwd: string, ...args: string[]): string =>
    git(cwd, ["rev-parse", ...args])
      .toString()
      .trim();
  try {
    // From a folder below, git takes `-` for the name of a file there.
    const root = said(folder, "--show-toplevel");
    const bundle = git(root, ["bundle", "create", "-", "HEAD", "--all"]);
    // An index and objects of its own: nothing is staged, and no file comes into the repository that nobody wanted there.
    const aside = {
      GIT_INDEX_FILE: join(scratch, "index"),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: resolve(root, said(root, "--git-path", "objects")),
    };
    git(root, ["read-tree", "HEAD"], aside);
    git(root, ["add", "--all"], aside);
    const patch = git(root, ["diff-index", "--cached", "--patch", "--binary", "HEAD"], aside);
    return { "repository.bundle": bundle, ...(patch.length > 0 ? { [PATCH]: patch } : {}) };
  } catch {
    return {};
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Names of the files that a kit has in no commit. */
export function uncommittedIn(contents: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const patch = Buffer.from(contents.get(PATCH) ?? []).toString();
  return [...patch.matchAll(/^diff --git a\/.* b\/(.*)$/gm)].map(([, name = ""]) => name);
}

const README = `The offline kit of the home lab: everything that is needed when both Pis are gone. It is as secret as the lab itself.

  stacks/<stack>/state.json     Pulumi's state; its secrets are encrypted with the passphrase that opened this file
  stacks/<stack>/history.json   its versions
  project/                      Pulumi.yaml and the stacks' files as they were
  backend.txt                   where Pulumi kept them
  backend/                      the folder of a file backend, if it was one: pulumi login file://<here>/backend
  repository.bundle             the program: git clone repository.bundle homelab
  uncommitted.patch             what of it was not committed when the kit was made, if something was
  secrets/                      in plain: root CA, passwords of the backups, outputs and configuration of the stacks

To go on with the lab on new Pis:
  git clone repository.bundle homelab
  git -C homelab apply ../uncommitted.patch     if there is one
  cp project/* homelab/ && cd homelab && npm ci
  npx pulumi login file://~
  export PULUMI_CONFIG_PASSPHRASE=…             the passphrase that opened this file
  npx pulumi stack init <stack>                 for each stack
  npx pulumi stack import --stack <stack> --file ../stacks/<stack>/state.json
Then set the Pis up (README.md of the program) and pin their new ssh keys, in homelab:hostKey of Pulumi.<stack>.yaml:
  npx pulumi up --stack <stack>                 the primary one first; without --refresh, which asks for the Pis of before
To read a backup without any of that:
  RESTIC_PASSWORD_FILE=secrets/restic-password-<host>.txt restic -r <repository> snapshots
What a place wants to know of who comes (secret:backup.<place>.…) is in secrets/configuration-<stack>.json. Of an sftp server
that is the ssh key. Write it to a file that only you can read, with a line's end after its last line:
  restic -o sftp.args='-i <file>' -r sftp:<user>@<server>:<folder> snapshots
`;
