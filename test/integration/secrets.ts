import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { copiersTo } from "../../lab/backup/plan.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { passphraseFile, stateFolder } from "../../rehearsal/simulation/project.ts";

/** All that must stand nowhere in clear: of each private key one line and a piece of it in base64, and every password. */
export async function knownSecrets(lab: Lab): Promise<readonly string[]> {
  const hosts = lab.instance.hosts.map(({ name }) => name);
  const perHost = (get: (host: string) => Promise<readonly string[]>) => Promise.all(hosts.map(get));
  const keys = (await perHost((name) => keysOf(lab, name, "PrivateKey::"))).flat();
  const given = await perHost((name) => givenSecrets(lab, name));
  const copiers = await perHost((name) => copiersOf(lab, name));
  const output = await lab.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", "adama"]);
  const shared: { operatorPassword: string; people: string; backupPasswords: Record<string, string> } = JSON.parse(output.stdout);
  const backups = Object.values(shared.backupPasswords);
  // The request to a host has its files in base64. The beginning is the same for all keys; of a password it is the whole file.
  const encoded = [...keys.map((pem) => base64(pem).slice(60, 120)), ...backups.map((password) => base64(password).slice(0, 52))];
  const people = shared.people.trim().split(":")[1] ?? "";
  const passwords = [shared.operatorPassword, people, ...backups, readFileSync(passphraseFile(lab.instance), "utf8")];
  return [...keys.map(secretLine), ...encoded, ...passwords, ...copiers.flat(), ...given.flat()];
}

/** Those that a person gave to a stack, e.g. what a place of backups wants to know of who comes. */
export async function givenSecrets(lab: Lab, stack: string): Promise<readonly string[]> {
  const { stdout } = await lab.pulumi(["config", "--json", "--show-secrets", "--stack", stack]);
  const config: Record<string, { secret: boolean; value: string }> = JSON.parse(stdout);
  return Object.values(config).flatMap(({ secret, value }) => (secret ? [value] : []));
}

/** By what a host's Nginx proves to its rest-server for whom it asks: password, its hash, and the headers with it. */
async function copiersOf(lab: Lab, host: string): Promise<readonly string[]> {
  const [made] = await resourcesOf(lab, host, "RandomPassword::copiers");
  const [password, hash] = [plaintext(made?.outputs?.result), plaintext(made?.outputs?.bcryptHash)];
  return [password, hash, ...copiersTo(host, lab.plan().config).map((copier) => base64(`${copier}:${password}`))];
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** The private keys in a stack's state whose URN has this part, as PEM. */
export async function keysOf(lab: Lab, stack: string, part: string): Promise<readonly string[]> {
  const resources = await resourcesOf(lab, stack, part);
  return resources.flatMap(({ outputs }) => (outputs?.privateKeyPem === undefined ? [] : [plaintext(outputs.privateKeyPem)]));
}

/** A resource in a stack's state. */
interface StateResource {
  readonly urn: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The resources in a stack's state whose URN has this part, with their secrets. */
async function resourcesOf(lab: Lab, stack: string, part: string): Promise<readonly StateResource[]> {
  const state = await lab.pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
  const parsed: { deployment: { resources: StateResource[] } } = JSON.parse(state.stdout);
  return parsed.deployment.resources.filter(({ urn }) => urn.includes(part));
}

/** The line of a PEM with the key's own bits. */
export function secretLine(pem: string): string {
  const line = /\n([A-Za-z0-9+/]{40,})/.exec(pem)?.[1];
  if (line === undefined) throw new Error("This is no key.");
  return line;
}

/** What `--show-secrets` gives for a secret: an object with its JSON. */
function plaintext(value: unknown): string {
  if (typeof value === "object" && value !== null && "plaintext" in value) return String(JSON.parse(String(value.plaintext)));
  return String(value);
}

/** Texts, each with the name of where it was found. */
export type Texts = readonly (readonly [place: string, text: string])[];

/** State, history and backups of the lab's stacks, and the logs that the engine has written since a time of `Date.now()`. */
export function filesOfPulumi(lab: Lab, since: number): Texts {
  return [
    ...textsBelow(stateFolder(lab.instance), 0),
    // Other labs' engines write there, too, and rename and remove their files at any time.
    ...textsBelow(join(lab.env.PULUMI_HOME ?? "", "logs"), since),
  ];
}

function textsBelow(folder: string, since: number): Texts {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    const path = join(folder, name);
    try {
      const status = statSync(path);
      return status.isFile() && status.mtimeMs >= since ? [[path, readFileSync(path, "latin1")] as const] : [];
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  });
}

const WATCHER = `
import glob, json, os, sys, time
seen = {"cmdline": set(), "environ": set()}
while not os.path.exists("/run/watched-enough"):
    for process in glob.glob("/proc/[0-9]*"):
        for name, texts in seen.items():
            try:
                with open(f"{process}/{name}", "rb") as file:
                    texts.add(file.read())
            except OSError:
                pass
    time.sleep(0.02)
os.remove("/run/watched-enough")
json.dump({name: "\\n".join(text.decode(errors="replace").replace("\\0", " ") for text in texts) for name, texts in seen.items()}, sys.stdout)
`;

/** What the processes of a Pi were started with. */
export interface Watched {
  readonly cmdline: string;
  readonly environ: string;
}

/** Notes arguments and environment of every process on a Pi, until the function that it gives back is called. */
export function watchProcesses(lab: Lab, host: string): () => Promise<Watched> {
  const watched = lab.on(host, "rm -f /run/watched-enough; exec python3 -", WATCHER);
  return async () => {
    await lab.on(host, "touch /run/watched-enough");
    return JSON.parse(await watched);
  };
}
