import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { readLab } from "../config/files.ts";
import { PROJECT_FILE, problemText, stackFile } from "../config/problems.ts";
import { type LabConfig, UNKNOWN_HOST_KEY } from "../lab/model.ts";
import { planLab } from "../lab/plan.ts";
import { ownSecret } from "../lab/routers/secrets.ts";
import type { SshTarget } from "../providers/ssh.ts";
import { command, report } from "./command.ts";
import { readWholeDevice, type WholeDevice } from "./import-router/device.ts";
import { type Found, type Home, homeFor } from "./import-router/search.ts";
import { writeSettings } from "./import-router/write.ts";
import { mapOf } from "./maps.ts";
import { dropSecret, giveSecret, networkSecrets } from "./network-secrets.ts";
import { hereProject, type Project } from "./pulumi.ts";

/*
 * `npm run import-router -- apollo`: reads a router as it is and writes the configuration with which it is as declared: into
 * Pulumi.yaml what network and router can say in the lab's words, the rest as what the router has of its own; its secrets,
 * encrypted, into the primary stack's file. `npm run import-router -- gaeta 192.168.1.2` for one that is not in Pulumi.yaml yet.
 */

const USAGE = `npm run import-router -- <router>             for a router in Pulumi.yaml
npm run import-router -- <router> <address>   for one that is not in it yet`;

/**
 * Reads a router and writes what it has into the files of a project. Nothing is changed on the router.
 * @param address where it is, if the configuration does not say so
 * @returns what was done, for people
 * @throws Error that says what to do, before anything is written
 */
export async function importRouter(project: Project, name: string, address: string | undefined): Promise<string> {
  const { folder } = project;
  const { lab, problems } = readLab(folder);
  const others = problems.filter(({ unfilled, path }) => !unfilled && !isAbout(path, name));
  if (others.length > 0) throw new Error(problemText(others));
  const target = targetOf(folder, lab.primary, name, addressOf(name, address, lab));
  const device = await readWholeDevice(target);
  const secrets = await networkSecrets(project, lab.primary);
  const { home, ...pisAlone } = lab;
  // Without routers the network counts for nothing: what stands there need not be this home's.
  const written = home ? writtenHome(folder) : {};
  const circumstances = { software: device.software, secrets };
  const found = homeFor(planLab(pisAlone), written, { ...target, packages: device.packages }, circumstances);
  // Secrets before what needs them: whatever happens in between, the next import finds its way.
  for (const [secret, value] of Object.entries(found.secrets)) await giveSecret(project, lab.primary, secret, value);
  const needed = new Set(Object.values(found.part.secrets));
  for (const secret of Object.keys(secrets)) {
    if (secret.startsWith(ownSecret(name, "")) && !needed.has(secret)) await dropSecret(project, lab.primary, secret);
  }
  writeSettings(join(folder, PROJECT_FILE), { "homelab:network": found.network, "homelab:routers": found.routers });
  return summaryOf(target, lab.primary, found, device);
}

/** Whether a problem is the router's own, which the import puts right, or of keys: those of routers that come next may be pinned. */
function isAbout(path: string, name: string): boolean {
  return path.startsWith("homelab:routerKeys.") || path.startsWith(`homelab:routers.${name}.`) || path.startsWith("secret:");
}

function addressOf(name: string, address: string | undefined, { home }: LabConfig): string {
  const declared = home?.routers[name]?.address;
  if (address === undefined && declared === undefined)
    throw new Error(`homelab:routers has no ${name}. Say where it is:\n${USAGE}`);
  if (address === undefined || declared === undefined || address === declared) return address ?? declared ?? "";
  throw new Error(`Pulumi.yaml has ${name} at ${declared}, and not at ${address}. If these are not your routers (yet), remove
homelab:routers from Pulumi.yaml, and network and routers are written as yours are. Otherwise leave the address out.`);
}

function targetOf(folder: string, primary: string, name: string, address: string): SshTarget {
  const hostKey = mapOf(configOf(folder, stackFile(primary))["homelab:routerKeys"])[name];
  const port = mapOf(mapOf(writtenHome(folder).routers)[name]).sshPort;
  if (typeof hostKey !== "string" || hostKey === UNKNOWN_HOST_KEY) {
    throw new Error(`${stackFile(primary)}: homelab:routerKeys.${name} is missing: without it nobody can tell it from another machine.
  do:  ssh-keyscan -t ed25519 ${address}
       prints it after the address. Compare it on the router itself: dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key
       Then: npx pulumi config set --stack ${primary} --path 'homelab:routerKeys.${name}' "ssh-ed25519 AAAA…"`);
  }
  return { name, address, port: typeof port === "number" ? port : 22, hostKey, kind: "router" };
}

/** `homelab:network` and `homelab:routers` as they are written. */
function writtenHome(folder: string): Home {
  const { "homelab:network": network, "homelab:routers": routers } = configOf(folder, PROJECT_FILE);
  return { network: mapOf(network).value, routers: mapOf(routers).value };
}

function configOf(folder: string, file: string): Readonly<Record<string, unknown>> {
  return mapOf(mapOf(parse(readFileSync(join(folder, file), "utf8"))).config);
}

function summaryOf({ name }: SshTarget, primary: string, found: Found, device: WholeDevice): string {
  const { own, secrets, named, problems } = found;
  const options = Object.values(own.sections).flatMap((section) => [...Object.keys(section.options), ...section.secrets]);
  const left = [...device.left, ...found.left];
  const counts = [
    `${Object.keys(own.sections).length} sections with ${options.length} options of its own`,
    `${own.without.length} things that it does without`,
  ];
  return [
    `${PROJECT_FILE} has network and routers as ${name} has them: ${counts.join(", ")} (homelab:routers.${name}.own).`,
    ...Object.keys(secrets).map((secret) => `${stackFile(primary)}: secret:${secret}, encrypted`),
    `The first up notes all of it${named === 0 ? "" : `, gives ${named} sections a name`} and changes nothing else on ${name}.`,
    ...(left.length === 0 ? [] : ["Left alone, undeclared:", ...left.map((line) => `  ${line}`)]),
    ...(problems.length === 0 ? [] : [`To be put right before that:\n${problemText(problems)}`]),
  ].join("\n");
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: "boolean", default: false } } });
  const [name, address, more] = positionals;
  if (values.help) return report(USAGE);
  if (name === undefined || more !== undefined) throw new Error(USAGE);
  return report(await importRouter(hereProject(), name, address));
}

if (import.meta.main) await command(main);
