import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { renderUnicodeCompact } from "uqr";
import { readLab } from "../config/files.ts";
import { problemText } from "../config/problems.ts";
import { planLab } from "../lab/plan.ts";
import { peerConfig } from "../lab/routers/peer-config.ts";
import { peerKey, peerSecret } from "../lab/routers/secrets.ts";
import { command, report } from "./command.ts";
import { networkSecrets } from "./network-secrets.ts";
import { hereProject, type Project } from "./pulumi.ts";

/*
 * `npm run wireguard -- phone`: what a device needs to come in from outside, as a QR code on the terminal; with `--file`, as a file
 * that only its owner can read. It holds keys, so it goes nowhere else.
 */

const USAGE = `npm run wireguard -- <peer>                      a QR code for a phone, on this terminal
npm run wireguard -- <peer> --file <path>        a file, for any other device`;

/**
 * The configuration of a peer, with its keys.
 * @throws Error that says what to do where it is no peer, or what it needs is not known yet
 */
export async function wireguardConfig(project: Project, peer: string): Promise<string> {
  const { lab, problems } = readLab(project.folder);
  const errors = problems.filter(({ unfilled }) => !unfilled);
  if (errors.length > 0) throw new Error(problemText(errors));
  const wireguard = lab.home?.network.wireguard;
  if (!lab.home || !wireguard)
    throw new Error("Pulumi.yaml has no homelab:network.wireguard: docs/configuration.md has an example.");
  const peers = Object.keys(wireguard.peers).sort().join(", ");
  const declared = wireguard.peers[peer];
  if (!declared) throw new Error(`${peer} is no peer in homelab:network.wireguard.peers. They are: ${peers || "none"}.`);
  if (wireguard.endpoint === undefined) {
    throw new Error("homelab:network.wireguard.endpoint is missing: the name or address of your home in the internet.");
  }
  const secrets = await networkSecrets(project, lab.primary);
  const [privateKey, presharedKey, publicKey] = [secrets[peerKey(peer)], secrets[peerSecret(peer)], secrets.wireguardPublicKey];
  const isComplete = declared.publicKey !== undefined || privateKey !== undefined;
  if (!presharedKey || !publicKey || !isComplete) {
    throw new Error(`The keys of ${peer} are not made yet. Run first: npx pulumi up --stack ${lab.primary}`);
  }
  const keys = { privateKey: declared.publicKey === undefined ? privateKey : undefined, presharedKey, publicKey };
  return peerConfig(peer, planLab(lab), lab.home, wireguard, keys);
}

/** Writes a file that nobody else can read. It must not be there: it might be readable to others, or another device's. */
export function writePrivately(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw new Error(`${path} is there already.`);
    throw error;
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { file: { type: "string" }, help: { type: "boolean", default: false } },
  });
  const [peer, more] = positionals;
  if (values.help) return report(USAGE);
  if (peer === undefined || more !== undefined) throw new Error(USAGE);
  if (values.file === undefined && !process.stdout.isTTY) {
    throw new Error("It holds keys, and this is no terminal. For a file that nobody else can read: --file <path>");
  }
  const text = await wireguardConfig(hereProject(), peer);
  if (values.file === undefined) return report(`${renderUnicodeCompact(text, { border: 2 })}\n\n${text}`);
  writePrivately(values.file, text);
  return report(`${values.file} is written. Bring it to ${peer}, then remove it here.`);
}

if (import.meta.main) await command(main);
