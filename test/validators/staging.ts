/** A workload's directories as the host lays them out before its container starts. */
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SecretFile } from "../../lab/definition.ts";
import type { WorkloadPlan } from "../../lab/model.ts";
import { personLine } from "../../lab/workloads/people.ts";
import { configDirectory } from "../../providers/workload/quadlet.ts";
import type { TestAuthority } from "./authority.ts";

/** What stands for a directory of the host here: its path by the host's. */
export type Directories = Readonly<Record<string, string>>;

/** The password of the lines below. */
export const PASSWORD = "test";

const SECRETS: Readonly<Record<SecretFile["kind"], string>> = {
  people: personLine("operator", PASSWORD, "salt"),
  given: "test",
  copiers: "starbuck:$2b$04$WApznUPhDubN0oeveSXHp.9lQWV8LiHlNHtvch8DJb807hLv1744y\n",
  "copiers-authorization": 'map $ssl_client_s_dn $copier_authorization {\n  default "Basic c3RhcmJ1Y2s6dGVzdA==";\n}\n',
};

/** Writes the files of a workload, with certificates, and makes its data directories below `folder`. */
export async function stage(plan: WorkloadPlan, authority: TestAuthority, folder: string): Promise<Directories> {
  const { placed } = plan;
  const { uid, gid } = placed.definition.user;
  const config = join(folder, "config");
  const write = writerOf(join(config, "generation"), gid);
  mkdirSync(config, { recursive: true, mode: 0o755 });
  symlinkSync("generation", join(config, "current"));
  for (const { path, text } of plan.files) write(path, text);
  for (const [path, file] of Object.entries(placed.definition.sources ?? {})) write(path, readFileSync(file));
  for (const { path, kind } of plan.secretFiles) write(path, SECRETS[kind]);
  for (const certificate of placed.certificates) {
    const { chain, key } = await authority.issue(certificate);
    write(`tls/${certificate.usage}.pem`, chain);
    write(`tls/${certificate.usage}.key`, key);
  }
  if (placed.certificates.length > 0) write("tls/ca.pem", authority.rootPem);
  const data = placed.volumes.map(({ name, source }) => {
    const path = join(folder, "data", name);
    mkdirSync(path, { recursive: true });
    chownSync(path, uid, gid);
    return [source, path];
  });
  return Object.fromEntries([[configDirectory(placed.name), config], ...data]);
}

/** Owner, group and modes are those of `StagedFile` in providers/workload/protocol.ts: who cannot read its files shows here. */
function writerOf(root: string, gid: number): (path: string, content: string | Buffer) => void {
  const makeFolder = (path: string): void => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o750);
    chownSync(path, 0, gid);
  };
  return (path, content) => {
    const target = join(root, path);
    makeFolder(root);
    makeFolder(dirname(target));
    writeFileSync(target, content);
    chmodSync(target, 0o640);
    chownSync(target, 0, gid);
  };
}
