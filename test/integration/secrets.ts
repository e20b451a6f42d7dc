import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { passphraseFile, stateFolder } from "../../rehearsal/simulation/project.ts";

/** All that must stand nowhere in clear: of each private key one line and a piece of it in base64, and every password. */
export async function knownSecrets(lab: Lab): Promise<readonly string[]> {
  const keys = await Promise.all(lab.instance.hosts.map(({ name }) => keysOf(lab, name, "PrivateKey::")));
  const output = await lab.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", "adama"]);
  const { operatorPassword, people }: { operatorPassword: string; people: string } = JSON.parse(output.stdout);
  // The request to a host has its files in base64. The beginning is the same for all keys.
  const encoded = keys.flat().map((pem) => Buffer.from(pem).toString("base64").slice(60, 120));
  const passwords = [operatorPassword, people.trim().split(":")[1] ?? "", readFileSync(passphraseFile(lab.instance), "utf8")];
  return [...keys.flat().map(secretLine), ...encoded, ...passwords];
}

/** The private keys in a stack's state whose URN has this part, as PEM. */
export async function keysOf(lab: Lab, stack: string, part: string): Promise<readonly string[]> {
  const state = await lab.pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
  const parsed: { deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] } } = JSON.parse(state.stdout);
  return parsed.deployment.resources
    .filter(({ urn, outputs }) => urn.includes(part) && outputs?.privateKeyPem !== undefined)
    .map(({ outputs }) => plaintext(outputs?.privateKeyPem));
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
import glob, os, sys, time
seen = set()
while not os.path.exists("/run/watched-enough"):
    for process in glob.glob("/proc/[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                with open(f"{process}/{name}", "rb") as file:
                    seen.add(file.read())
            except OSError:
                pass
    time.sleep(0.02)
os.remove("/run/watched-enough")
sys.stdout.write("\\n".join(text.decode(errors="replace").replace("\\0", " ") for text in seen))
`;

/** Notes arguments and environment of every process on a Pi, until the function that it gives back is called. */
export function watchProcesses(lab: Lab, host: string): () => Promise<string> {
  const watched = lab.on(host, "rm -f /run/watched-enough; exec python3 -", WATCHER);
  return async () => {
    await lab.on(host, "touch /run/watched-enough");
    return await watched;
  };
}
