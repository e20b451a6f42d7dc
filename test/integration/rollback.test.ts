import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { historyOf } from "../../operations/history/state.ts";
import { openKit } from "../../operations/offline-kit.ts";
import type { Result } from "../../operations/shell.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { appliedLab, expectHealthy, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";
import { knownSecrets } from "./secrets.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await appliedLab();
}, UP_TIMEOUT);
afterAll(async () => {
  // Whatever failed: the next file finds the lab as it is declared, with nothing held and nothing kept aside.
  lab.resetConfig();
  await lab.ssh("adama", "/usr/local/lib/homelab/homelab release mosquitto");
  await lab.up("adama", "--refresh");
  await lab.ssh("adama", "/usr/local/lib/homelab/homelab drop-failed mosquitto");
}, UP_TIMEOUT);

const BROKER = "docker.io/library/eclipse-mosquitto";
const DATA = "/var/lib/homelab/data/mosquitto/data";
const IMAGE = ["config", "homelab:images", "mosquitto"];

/** What a command of `operations/` said; throws if it did not end as expected. */
async function said(status: number, name: string, ...args: string[]): Promise<string> {
  const result: Result = await lab.operation(name, args);
  const text = `${result.stdout}\n${result.stderr}`;
  if (result.status !== status) throw new Error(`${name} ${args.join(" ")} ended with ${result.status}:\n${text}`);
  return text;
}

const markers = () => lab.on("adama", `cd ${DATA} && ls -d before after 2>/dev/null; true`);
const running = () => lab.on("adama", "podman inspect --format '{{.ImageName}}' mosquitto 2>/dev/null");

describe("an upgrade that turned out bad", () => {
  let good = 0;

  it(
    "is deployed first: announced with its backup, and its result is a table with the restore point",
    async () => {
      await lab.on("adama", `touch ${DATA}/before`);
      good = (await historyOf({ folder: lab.instance.project, env: lab.env }, "adama")).at(-1)?.number ?? 0;
      lab.editStack("adama", (file) => file.setIn(IMAGE, lab.catalogue.version(BROKER, "next")));
      const text = await said(0, "deploy", "adama", "--yes");
      expect(text).toMatch(/^ {2}backup +\S+ → \S+, before the switch$/m);
      expect(text).toMatch(/^mosquitto +\S+ → \S+ +done +\d+\.\d s +[0-9a-f]{8}$/m);
      expect(text).toContain("An encrypted copy of Pulumi's state is on each host.");
      for (const { name } of lab.instance.hosts) {
        expect(
          await lab.on(name, "stat -c %a /var/lib/homelab/pulumi/state.age && head -1 /var/lib/homelab/pulumi/state.age"),
        ).toBe("600\n-----BEGIN AGE ENCRYPTED FILE-----");
      }
      expect(await said(0, "deploy", "adama", "--yes")).toContain("adama: nothing to do");
      expect(await said(0, "preview", "--stack", "adama")).not.toContain("copy of Pulumi's state");
    },
    TEST_TIMEOUT,
  );

  it(
    "goes back with its data, by today's code although that is another: rows of before are there, the rest is kept aside",
    async () => {
      await lab.on("adama", `touch ${DATA}/after`);
      const list = await said(0, "rollback", "adama");
      expect(list).toMatch(new RegExp(`^${good} .*mosquitto [0-9a-f]{8}, `, "m"));

      // The provider is refactored meanwhile: another module has its code, the path in the state only leads there.
      const { folder, edit } = lab.useCopyOfProgram();
      const providers = join(folder, "providers/workload");
      writeFileSync(join(providers, "transactions.ts"), readFileSync(join(providers, "provider.ts"), "utf8"));
      edit("providers/workload/provider.ts", () => 'export * from "./transactions.ts";\n');

      const plan = await lab.operation("rollback", ["adama", "--to", String(good)]);
      expect(plan.status).toBe(1);
      expect(`${plan.stdout}${plan.stderr}`).toMatch(
        /mosquitto: \S+ → \S+, with its data of .* UTC \(\d+ min old, snapshot [0-9a-f]{8}/,
      );
      expect(`${plan.stdout}${plan.stderr}`).toContain("Nobody is there to be asked.");
      expect(await markers()).toBe("after\nbefore");

      const text = await said(0, "rollback", "adama", "--to", String(good), "--yes");
      expect(text).toContain("Written: Pulumi.adama.yaml. Commit it");
      expect(await running()).toContain(lab.catalogue.version(BROKER, "current").split("@")[1]);
      expect(await markers()).toBe("before");
      expect(
        await lab.on(
          "adama",
          "ls -d /var/lib/homelab/data/*mosquitto*/*/after /var/lib/homelab/data/*mosquitto*/after 2>/dev/null; true",
        ),
      ).toContain("after");
      await expectHealthy(lab);
      // The file says what runs; whoever previews it sees nothing left to do.
      expect(await lab.previewChanges("adama", { refresh: true })).toEqual([]);
    },
    2 * TEST_TIMEOUT,
  );

  it(
    "is held then: a deploy of it fails without an outage, and keeps nothing else from being changed, until it is released",
    async () => {
      // The state does not know of it yet: the host is asked.
      expect(await said(0, "preview", "--stack", "adama")).toContain("Held:\n  mosquitto ");
      const refreshed = await lab.pulumi(["preview", "--refresh", "--stack", "adama"]);
      expect(refreshed.stdout).toMatch(/mosquitto \S+ is held on adama: .* npm run release -- adama mosquitto/);
      const before = await lab.on("adama", "podman inspect --format '{{.Id}}' mosquitto 2>/dev/null");
      await lab.on("adama", `touch ${DATA}/again`);
      lab.editStack("adama", (file) => {
        file.setIn(IMAGE, lab.catalogue.version(BROKER, "next"));
        file.setIn(["config", "homelab:limits"], { nginx: { pids: 48 } });
      });
      const text = await said(1, "deploy", "adama", "--yes");
      expect(text).toContain("npm run release -- adama mosquitto");
      expect(text).toMatch(/^mosquitto .* failed /m);
      expect(text).toMatch(/^nginx .* done /m);
      expect(await lab.on("adama", "podman inspect --format '{{.Id}}' mosquitto 2>/dev/null")).toBe(before);
      const [, tag] = /:([^:@]+)@/.exec(lab.catalogue.version(BROKER, "next")) ?? [];
      expect(await said(0, "preview", "--stack", "adama", "--refresh")).toContain(
        `Held:\n  mosquitto ${tag} (${tag} was rolled back`,
      );
      expect(await said(0, "release", "adama", "mosquitto")).toContain("is held no longer");
      expect(await said(0, "deploy", "adama", "--yes")).toMatch(/^mosquitto .* done /m);
    },
    2 * TEST_TIMEOUT,
  );

  it(
    "goes back by the code of then, too, with what that version left: not with what it wrote when it ran once more",
    async () => {
      // What that version has in its configuration is nothing that today's code, and so its policies, would take.
      const { edit } = lab.useCopyOfProgram();
      const [takes, refuses] = ["return { lab, stack: own };", 'throw new pulumi.RunError("unknown today");'];
      edit("config/load.ts", (source) => source.replace(takes, refuses));
      const text = await said(0, "rollback", "adama", "--to", String(good), "--with-code", "--yes");
      edit("config/load.ts", (source) => source.replace(refuses, takes));
      expect(text).toContain("limits.nginx.pids: 48 → (none)");
      expect(text).toMatch(/^mosquitto .* done /m);
      expect(await running()).toContain(lab.catalogue.version(BROKER, "current").split("@")[1]);
      expect(await lab.on("adama", `ls ${DATA}`)).not.toContain("again");
      expect(await markers()).toBe("before");
    },
    2 * TEST_TIMEOUT,
  );

  it(
    "has data alone restored, by a plan first",
    async () => {
      await lab.on("adama", `rm ${DATA}/before`);
      expect(await said(0, "restore", "mosquitto")).toContain("This was the plan; nothing was changed.");
      expect(await markers()).toBe("");
      expect(await said(0, "restore", "mosquitto", "--yes")).toMatch(/Nothing served for \d/);
      expect(await markers()).toBe("before");
      await expectHealthy(lab);
      expect(await lab.previewChanges("adama", { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "says clearly what cannot be done",
    async () => {
      expect(await said(1, "rollback", "adama", "--to", "9999")).toContain("adama has no version 9999. Those that succeeded: ");
      expect(await said(1, "rollback", "nowhere")).toContain("There is no stack nowhere. There are: adama, starbuck.");
      expect(await said(1, "rollback", "adama", "--to", String(good), "--only", "grafana", "--yes")).toContain(
        "has no workload grafana",
      );
      expect(await said(1, "purge", "adama", "mosquitto", "--yes")).toContain("mosquitto belongs on adama");
      expect(await said(1, "release", "adama", "nginx")).toContain("nothing of nginx is held");
    },
    TEST_TIMEOUT,
  );

  it(
    "leaves an offline kit that proves itself, and shows a secret to nobody",
    async () => {
      const file = join(lab.instance.folder, "kit.age");
      rmSync(file, { force: true });
      expect(await said(0, "offline-kit", "--out", file)).toContain("is made");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await said(0, "offline-kit", "--verify", file)).toContain("opens, is complete, and its state opens");
      expect(await said(1, "offline-kit", "--out", file)).toContain("is there already, and stays as it is");
      const other = { ...lab.env, PULUMI_CONFIG_PASSPHRASE: "another" };
      await expect(openKit({ folder: lab.instance.project, env: other }, file)).rejects.toThrow("It does not open");
      const kit = readFileSync(file, "utf8");
      for (const secret of await knownSecrets(lab)) expect(kit).not.toContain(secret);
    },
    TEST_TIMEOUT,
  );
});
