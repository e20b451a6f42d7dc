/** The ledger on a simulated lab: a service with a database that a later version migrates, and what a client does with it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HEALTH_TLS } from "../../lab/paths.ts";
import { cached } from "../cache.mjs";
import { ledger } from "../ledger/workload.ts";
import { step } from "../say.mjs";
import { hashOf } from "../toolchain/content.ts";
import { repository } from "../toolchain/paths.ts";
import { buildImage, pushImages, type Version } from "./images.ts";
import type { Lab } from "./lab.ts";

/** Versions of the ledger, as ledger.py knows them. */
const ledgerVersions = ["1", "2", "2-sick", "2-slow"] as const;

/** One of them. */
export type LedgerVersion = (typeof ledgerVersions)[number];

const WORKLOAD = ledger.name;
const PORT = ledger.ports[0]?.number ?? 0;
const IMAGE = "docker.io/homelab/ledger";
const folder = join(repository, "rehearsal", "ledger");
const read = (name: string) => readFileSync(join(folder, name), "utf8");

/** Builds all versions and puts them into the registry, once. */
async function ensureLedger(): Promise<Readonly<Record<LedgerVersion, Version>>> {
  const key = `images/ledger-${hashOf(read("Containerfile"), read("ledger.py"), ledgerVersions.join())}`;
  const built = await cached(key, async (draft) => {
    const versions = await step("Building the ledger, whose database migrates (once)", 30, buildVersions);
    writeFileSync(join(draft, "versions.json"), JSON.stringify(versions));
  });
  return JSON.parse(readFileSync(join(built, "versions.json"), "utf8"));
}

async function buildVersions(): Promise<Record<string, Version>> {
  const local = (version: string) => `localhost/${IMAGE}:${version}`;
  await buildImage(local("base"), read("Containerfile"), folder);
  for (const version of ledgerVersions) {
    const text = `FROM ${local("base")}\nUSER 0\nRUN echo ${version} >/version\nUSER 1000:1000\n`;
    await buildImage(local(version), text);
  }
  return await pushImages(IMAGE, Object.fromEntries(ledgerVersions.map((version) => [version, local(version)])));
}

/** The ledger as part of a lab. */
export class Ledger {
  readonly workload = WORKLOAD;
  readonly host: string;
  private readonly lab: Lab;
  private readonly versions: Readonly<Record<LedgerVersion, Version>>;

  private constructor(lab: Lab, host: string, versions: Readonly<Record<LedgerVersion, Version>>) {
    this.lab = lab;
    this.host = host;
    this.versions = versions;
  }

  /** Declares it in version 1 on a host of a lab, by a copy of the program, until `lab.resetConfig()`. */
  static async on(lab: Lab, host: string): Promise<Ledger> {
    const ledger = new Ledger(lab, host, await ensureLedger());
    const copy = lab.useCopyOfProgram();
    copy.write("lab/workloads/ledger.ts", read("workload.ts").replaceAll("../../lab/", "../"));
    copy.edit("lab/workloads/index.ts", (text) =>
      text
        .replace(/(= \[[^\]]*?),?\s*\];/, `$1, ${WORKLOAD}];`)
        .replace(/^import type/m, `import { ${WORKLOAD} } from "./ledger.ts";\n$&`),
    );
    lab.editProject((document) => document.setIn(["config", "homelab:placement", "value", WORKLOAD], [host]));
    ledger.declare("1");
    return ledger;
  }

  /** Declares another version. */
  declare(version: LedgerVersion): void {
    this.lab.setImage(this.host, WORKLOAD, this.reference(version));
  }

  /** `docker.io/homelab/ledger:2@sha256:…`. */
  reference(version: LedgerVersion): string {
    const { tag, digest } = this.versions[version];
    return `${IMAGE}:${tag}@${digest}`;
  }

  /** Adds a row. */
  async write(row: string): Promise<void> {
    await this.lab.on(this.host, `${this.curl} --data '${row}' ${this.url}`);
  }

  /** The version that serves, and its rows; undefined where nobody answers. */
  async served(): Promise<{ readonly version: string; readonly rows: readonly string[] } | undefined> {
    const { status, stdout } = await this.lab.ssh(this.host, `${this.curl} ${this.url}`);
    return status === 0 ? JSON.parse(stdout) : undefined;
  }

  /** Takes it away with all that it had, and the declaration with it. */
  async remove(): Promise<void> {
    this.lab.resetConfig();
    await this.lab.up(this.host);
    await this.lab.on(this.host, `homelab purge ${WORKLOAD}`);
  }

  /** What a client connects to. */
  get endpoint(): { readonly address: string; readonly number: number } {
    // The lab's own program does not know it, only the copy does.
    return { address: this.lab.host(this.host).address, number: PORT };
  }

  private get curl(): string {
    const { domain } = this.lab.plan().config;
    const tls = `--cacert ${HEALTH_TLS.ca} --cert ${HEALTH_TLS.certificate} --key ${HEALTH_TLS.key}`;
    return `curl --silent --fail --max-time 5 ${tls} --resolve ${WORKLOAD}.${domain}:${PORT}:${this.endpoint.address}`;
  }

  private get url(): string {
    return `https://${WORKLOAD}.${this.lab.plan().config.domain}:${PORT}/`;
  }
}
