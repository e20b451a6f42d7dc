import { beforeAll, describe, expect, it } from "vitest";
import { pageName } from "../../lab/names.ts";
import { HEALTH_TLS } from "../../lab/paths.ts";
import { waitFor } from "../../operations/shell.ts";
import { strangers } from "../../rehearsal/scenes/strangers.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { appliedLab, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";
import {
  filesOfPulumi,
  givenSecrets,
  keysOf,
  knownSecrets,
  secretLine,
  type Texts,
  type Watched,
  watchProcesses,
} from "./secrets.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await appliedLab();
}, UP_TIMEOUT);

interface Inspected {
  readonly Name: string;
  readonly HostConfig: {
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly CpuQuota: number;
    readonly PidsLimit: number;
    readonly ReadonlyRootfs: boolean;
    readonly Privileged: boolean;
    readonly CapAdd: readonly string[] | null;
    readonly SecurityOpt: readonly string[];
    readonly NetworkMode: string;
  };
  readonly EffectiveCaps: readonly string[] | null;
  readonly Config: { readonly User: string };
  readonly Mounts: readonly { readonly Source: string; readonly RW: boolean }[];
}

describe("every container", () => {
  it(
    "has limits, a read-only root, no capability, no privilege, and no socket of podman's",
    async () => {
      for (const { name: host } of lab.instance.hosts) {
        const containers: Inspected[] = JSON.parse(await lab.on(host, "podman inspect $(podman ps -q 2>/dev/null) 2>/dev/null"));
        expect(containers.length).toBeGreaterThan(0);
        for (const { Name, HostConfig, EffectiveCaps, Config, Mounts } of containers) {
          expect(HostConfig.Memory, Name).toBeGreaterThan(0);
          expect(HostConfig.NanoCpus + HostConfig.CpuQuota, Name).toBeGreaterThan(0);
          expect(HostConfig.PidsLimit, Name).toBeGreaterThan(0);
          expect(HostConfig, Name).toMatchObject({ ReadonlyRootfs: true, Privileged: false });
          expect(HostConfig.CapAdd ?? [], Name).toEqual([]);
          expect(EffectiveCaps ?? [], Name).toEqual([]);
          expect(HostConfig.SecurityOpt, Name).toContain("no-new-privileges");
          expect(Config.User, Name).toMatch(/^[1-9]\d*:[1-9]\d*$/);
          expect(
            Mounts.filter(({ Source }) => Source.includes("podman.sock")),
            Name,
          ).toEqual([]);
          expect(Mounts.find(({ Source }) => Source.startsWith("/var/lib/homelab/config/"))?.RW, Name).toBe(false);
        }
      }
    },
    TEST_TIMEOUT,
  );
});

describe("every server", () => {
  it(
    "refuses a client without a certificate, and one with the certificate of another service",
    async () => {
      const told: string[] = [];
      await strangers.play({ lab, tell: (text) => told.push(text) });
      const { workloads, hosts } = lab.plan();
      const servers = [...workloads, ...hosts.map(({ nodeExporter }) => nodeExporter)].map(({ identity }) => identity);
      expect(told.map((text) => text.split(":")[0]).sort()).toEqual(servers.sort());
    },
    TEST_TIMEOUT,
  );
});

describe("the door for people", () => {
  it(
    "opens by the operator's password alone",
    async () => {
      const { workloads, config } = lab.plan();
      const behind = workloads.find(({ name }) => name === "prometheus");
      const [host, page] = [behind?.host ?? "", pageName(behind?.definition.page?.name ?? "", config)];
      const outputs = await lab.pulumi(["stack", "output", "operatorPassword", "--show-secrets", "--stack", config.primary]);
      const ask = (person: string) =>
        lab.on(
          host,
          `curl --config - --silent --output /dev/null --write-out '%{http_code}' --cacert ${HEALTH_TLS.ca} \
           --resolve ${page}:443:${config.hosts[host]?.address} https://${page}/`,
          person,
        );
      const password = outputs.stdout.trim();
      expect(await ask(`user = "operator:${password}"`)).toMatch(/^(200|302)$/);
      expect(await ask(`user = "operator:${password.slice(1)}"`)).toBe("401");
      expect(await ask(`user = "admin:${password}"`)).toBe("401");
      expect(await ask("")).toBe("401");
    },
    TEST_TIMEOUT,
  );
});

describe("secrets, through updates that fail, whose engine is killed, that recover, and through backups and copies", () => {
  const host = "starbuck";
  let secrets: readonly string[];
  /** Of a further place of backups. */
  let credentials: readonly string[];
  const printed: (readonly [string, string])[] = [];
  const files: (readonly [string, string])[] = [];
  const processes = new Map<string, Watched>();

  beforeAll(async () => {
    const begun = Date.now();
    const watches = lab.instance.hosts.map(({ name }) => ({ name, stop: watchProcesses(lab, name) }));
    const run = async (...args: readonly string[]) => {
      const { status, stdout, stderr } = await lab.pulumi([...args, "--stack", host]);
      printed.push([`${args.join(" ")}, ended with ${status}`, stdout + stderr]);
      return status;
    };
    const nginx = (variant: "ends" | "next") =>
      lab.setImage(host, "nginx", lab.catalogue.version("docker.io/library/nginx", variant));
    const up = ["up", "--yes", "--diff"];

    await placeOnDrive(host);
    nginx("ends");
    expect(await run(...up)).not.toBe(0);
    nginx("next");
    await killedUp(host, "waiting");
    try {
      files.push(...filesOfPulumi(lab, begun), ...(await journals(host, begun)));
    } finally {
      await lab.on(host, "rm -rf /run/homelab/hold");
      await run("cancel", "--yes");
    }
    expect(await run(...up, "--refresh")).toBe(0);
    const jobs = "core important optional copy-adama copy-drive";
    await lab.on(host, `for job in ${jobs}; do systemctl start homelab-backup-$job.service || exit 1; done`);
    credentials = await givenSecrets(lab, host);
    secrets = await knownSecrets(lab);
    expect(secrets.length).toBeGreaterThan(30);
    lab.resetConfig();
    expect(await run(...up)).toBe(0);

    files.push(...filesOfPulumi(lab, begun));
    for (const { name } of lab.instance.hosts) files.push(...(await journals(name, begun)));
    for (const { name, stop } of watches) processes.set(name, await stop());
    await lab.on(host, "umount /mnt/drive");
  }, UP_TIMEOUT);

  function expectNone(texts: Texts, of = secrets): void {
    const found = texts.filter(([, text]) => text.includes("PRIVATE KEY") || of.some((secret) => text.includes(secret)));
    expect(found.map(([place]) => place)).toEqual([]);
  }

  it("are shown by no preview and no update", () => {
    expect(printed.map(([, text]) => text).join()).toContain("this version ends at once");
    expectNone(printed);
  });

  it("stand in no state, no history and no log of Pulumi's, and in no journal and no record of the hosts", () => {
    expect(files.map(([place]) => place)).toEqual(
      expect.arrayContaining([expect.stringMatching(/history/), expect.stringMatching(/logs/)]),
    );
    expect(files.some(([, text]) => text.includes("pending_operations") && text.includes("updating"))).toBe(true);
    expectNone(files);
  });

  it("are in no argument of a process on a host, and in no environment: but of a place's credentials, which restic wants there", () => {
    const seen = processes.get(host);
    for (const command of ["homelab apply", "homelab run nginx", "homelab copy drive"]) expect(seen?.cmdline).toContain(command);
    for (const command of ["backup", "copy"]) expect(seen?.cmdline).toMatch(new RegExp(`restic (--no-cache )?--json ${command}`));
    for (const credential of credentials) expect(seen?.environ).toContain(credential);
    const kept = secrets.filter((secret) => !credentials.includes(secret));
    expectNone([...processes].map(([name, { cmdline }]) => [`arguments on ${name}`, cmdline]));
    expectNone(
      [...processes].map(([name, { environ }]) => [`environment on ${name}`, environ]),
      kept,
    );
  });

  it(
    "are readable for nobody else on the hosts, and nothing of them is left behind",
    async () => {
      for (const { name } of lab.instance.hosts) {
        const open = await lab.on(
          name,
          "find /var/lib/homelab/config /etc/homelab -name '*.key' -perm /o+r; find /var/lib/homelab/staged /var/lib/homelab/journal -type f",
        );
        expect(open).toBe("");
      }
    },
    TEST_TIMEOUT,
  );

  it(
    "of the authority lie on no Pi",
    async () => {
      const [root] = await keysOf(lab, "adama", "PrivateKey::root");
      const [intermediate] = await keysOf(lab, "adama", "PrivateKey::intermediate-adama");
      for (const { name } of lab.instance.hosts) {
        for (const key of [root, intermediate]) {
          const line = `${secretLine(key ?? "")}\n`;
          const found = await lab.ssh(name, "grep -rlF -f - /etc/homelab /var/lib/homelab /usr/local/lib/homelab", line);
          expect(found.stdout).toBe("");
        }
      }
    },
    TEST_TIMEOUT,
  );
});

/** Declares a further place of a host's backups, for which one needs to know something, until {@link Lab.resetConfig}. */
async function placeOnDrive(host: string): Promise<void> {
  await lab.on(host, "mkdir -p /mnt/drive && mount -t tmpfs tmpfs /mnt/drive");
  lab.editProject((file) =>
    file.setIn(["config", "homelab:backup", "value", "places"], file.createNode({ drive: { repository: "/mnt/drive/{host}" } })),
  );
  const secret = ["config", "set", "--stack", host, "--secret", "secret:backup.drive.AWS_SECRET_ACCESS_KEY"];
  await lab.pulumi([...secret, "nobody-but-the-drive-knows-this"]);
}

/** Kills Pulumi when the host's transaction stands right before a phase, and leaves it standing there. */
async function killedUp(host: string, phase: string): Promise<void> {
  await lab.on(host, `mkdir -p /run/homelab/hold && touch /run/homelab/hold/${phase}`);
  const running = lab.launchPulumi(["up", "--yes", "--skip-preview", "--stack", host]);
  await waitFor(`the transaction comes to "${phase}"`, 120, async () => {
    const { status } = await lab.ssh(host, `test -e /run/homelab/hold/${phase}.reached`);
    return status === 0 || undefined;
  });
  running.kill("SIGKILL");
  await running.result;
}

/** What a host keeps of its transactions, and what it logged since a time of `Date.now()`: all but the secret files themselves. */
async function journals(host: string, since: number): Promise<Texts> {
  const journal = `journalctl --no-pager --since @${Math.floor(since / 1000)} --output=json --output-fields=MESSAGE,_CMDLINE`;
  const records = "find /var/lib/homelab /run/homelab -name '*.json' -exec cat {} +; cat /etc/containers/systemd/*.container";
  return [
    [`journal of ${host}`, await lab.on(host, journal)],
    [`records of ${host}`, await lab.on(host, records)],
  ];
}
