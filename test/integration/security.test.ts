import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { stateFolder } from "../../rehearsal/simulation/project.ts";
import { appliedLab, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";

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

describe("secrets", () => {
  it(
    "stand in no state, no history and no log of Pulumi's in clear",
    async () => {
      const secrets = await knownSecrets();
      expect(secrets.length).toBeGreaterThan(5);
      for (const file of filesBelow(stateFolder(lab.instance))) {
        const text = readFileSync(file, "utf8");
        for (const secret of secrets) expect(text.includes(secret), `${file} holds a secret in clear`).toBe(false);
        expect(text.includes("PRIVATE KEY"), `${file} holds a key in clear`).toBe(false);
      }
    },
    TEST_TIMEOUT,
  );

  it(
    "are not shown by a preview, nor by an update that fails",
    async () => {
      const secrets = await knownSecrets();
      lab.editStack("starbuck", (file) =>
        file.setIn(["config", "homelab:images", "nginx"], lab.catalogue.version("docker.io/library/nginx", "ends")),
      );
      const preview = await lab.pulumi(["preview", "--diff", "--stack", "starbuck"]);
      const failed = await lab.pulumi(["up", "--yes", "--diff", "--stack", "starbuck"]);
      expect(failed.status).not.toBe(0);
      lab.resetConfig();
      await lab.up("starbuck");
      for (const secret of secrets) {
        for (const text of [preview.stdout, preview.stderr, failed.stdout, failed.stderr])
          expect(text.includes(secret)).toBe(false);
      }
    },
    TEST_TIMEOUT,
  );

  it(
    "are in no journal and no record on the hosts, and readable for nobody else",
    async () => {
      const secrets = await knownSecrets();
      for (const { name: host } of lab.instance.hosts) {
        const texts = await lab.on(
          host,
          "journalctl -o cat --no-pager; cat /var/lib/homelab/outcome/* /var/lib/homelab/confirmed/*; cat /etc/containers/systemd/*.container; ps axww -o args,environ 2>/dev/null || ps axww -o args",
        );
        for (const secret of secrets) expect(texts.includes(secret), `on ${host}`).toBe(false);
        const open = await lab.on(
          host,
          "find /var/lib/homelab/config /etc/homelab -name '*.key' -perm /o+r; find /var/lib/homelab/staged -type f",
        );
        expect(open).toBe("");
      }
    },
    TEST_TIMEOUT,
  );

  it(
    "of the authority lie on no Pi",
    async () => {
      const [root] = await keysOf("adama", "PrivateKey::root");
      const [intermediate] = await keysOf("adama", "PrivateKey::intermediate-adama");
      expect(root).toBeTruthy();
      for (const { name: host } of lab.instance.hosts) {
        for (const key of [root, intermediate]) {
          const found = await lab.ssh(host, "grep -rlF -f - /etc/homelab /var/lib/homelab /usr/local/lib/homelab", `${key}\n`);
          expect(found.stdout).toBe("");
        }
      }
    },
    TEST_TIMEOUT,
  );
});

/** The second line of each private key, and the operator's password with its hash. */
async function knownSecrets(): Promise<readonly string[]> {
  const keys = await Promise.all(lab.instance.hosts.map(({ name }) => keysOf(name, "PrivateKey::")));
  const output = await lab.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", "adama"]);
  const { operatorPassword, people }: { operatorPassword: string; people: string } = JSON.parse(output.stdout);
  return [...keys.flat(), operatorPassword, people.trim().split(":")[1] ?? ""];
}

/** One line of each private key in a stack's state whose URN has this part. */
async function keysOf(stack: string, part: string): Promise<readonly string[]> {
  const state = await lab.pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
  const parsed: { deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] } } = JSON.parse(state.stdout);
  return parsed.deployment.resources
    .filter(({ urn, outputs }) => urn.includes(part) && outputs?.privateKeyPem !== undefined)
    .map(({ outputs }) => /\n([A-Za-z0-9+/]{40,})/.exec(plaintext(outputs?.privateKeyPem))?.[1] ?? "")
    .filter((line) => line !== "");
}

/** What `--show-secrets` gives for a secret: an object with its JSON. */
function plaintext(value: unknown): string {
  if (typeof value === "object" && value !== null && "plaintext" in value) return String(JSON.parse(String(value.plaintext)));
  return String(value);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
