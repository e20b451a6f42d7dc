import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_REPOSITORY } from "../../lab/backup/plan.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { removePi } from "../../rehearsal/simulation/pi.ts";
import { hostKey, renewHostKey } from "../../rehearsal/simulation/ssh.ts";
import { removeLab } from "../../rehearsal/simulation/up.ts";
import { sharedLab } from "../support/lab.ts";
import { expectHealthy, failedUp, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";
import { secretLine } from "./secrets.ts";

const HOMELAB = "/usr/local/lib/homelab/homelab";
const DATA = "/var/lib/homelab/data/mosquitto/data";
const METRICS = "/var/lib/prometheus/node-exporter/homelab-backup.prom";
/** restic on the copy that starbuck keeps of adama's backups, as adama. */
const COPY = `R=$(sed -n 's/.*"repository": "\\(rest:[^"]*\\)".*/\\1/p' /etc/homelab/backup/settings.json); \
RESTIC_CACERT=/etc/homelab/backup/tls/ca.pem RESTIC_TLS_CLIENT_CERT=/etc/homelab/backup/tls/client.pem \
RESTIC_PASSWORD_FILE=/etc/homelab/backup/password restic --no-cache -r "$R"`;

let lab: Lab;
/** Whether the lab is up again, as the repository declares it. */
let whole = false;

/** Writes something into Mosquitto's data that must never be lost. */
const write = (text: string) => lab.on("adama", `echo ${text} > ${DATA}/treasure`);
const read = () => lab.on("adama", `cat ${DATA}/treasure`);
const metric = (host: string, name: string) => lab.on(host, `sed -n 's/^${name} //p' ${METRICS}`);

/** Another Pi takes adama's place, with an empty card and an ssh key of its own. */
async function replaceAdama(): Promise<void> {
  await removePi(lab.host("adama"));
  await renewHostKey(lab.instance, lab.host("adama"));
  await lab.switchOn("adama");
  const key = hostKey(lab.instance, lab.host("adama"));
  lab.editStack("adama", (file) => file.setIn(["config", "homelab:hostKey"], key));
}

/** One lab from its first `up` to the loss of a Pi. The order of the tests is that of the story. */
describe("backups of both Pis", () => {
  beforeAll(async () => {
    // Empty hosts and no state: what another file did to the lab is no first `up`.
    lab = await sharedLab();
    await removeLab(lab.instance);
    lab = await sharedLab();
    // A further place is one line: another disk of each Pi.
    for (const { name } of lab.instance.hosts) await lab.on(name, "mkdir -p /mnt/drive && mount -t tmpfs tmpfs /mnt/drive");
    lab.editProject((file) =>
      file.setIn(
        ["config", "homelab:backup", "value", "places"],
        file.createNode({ drive: { repository: "/mnt/drive/{host}" } }),
      ),
    );
  }, UP_TIMEOUT);

  // A story that broke off leaves a Pi without power, or one that the state does not know: no `up` of the next file mends that.
  afterAll(async () => {
    if (!whole) await removeLab(lab.instance);
  }, UP_TIMEOUT);

  it(
    "the first `up` works on empty hosts, adama's while starbuck has nothing yet",
    async () => {
      await lab.up("adama");
      await write("first");
      await lab.on("adama", `${HOMELAB} backup mosquitto`);
      // Nobody takes copies in yet: told, and no more than that.
      const copy = await lab.ssh("adama", `${HOMELAB} copy starbuck`);
      expect(copy.status).toBe(1);
      expect(copy.stdout).toMatch(/copy starbuck: .*:8443 does not answer/);
      expect(await metric("adama", 'homelab_copy_success{place="starbuck"}')).toBe("0");
      await lab.up("starbuck");
      await expectHealthy(lab);
      for (const { name } of lab.instance.hosts) expect(await lab.previewChanges(name, { refresh: true })).toEqual([]);
    },
    UP_TIMEOUT,
  );

  it(
    "each copies to the other and to the drive; a host gets to its own path alone, and deletes nothing there",
    async () => {
      await lab.on("adama", `${HOMELAB} copy starbuck && ${HOMELAB} copy drive`);
      expect(await metric("adama", 'homelab_copy_success{place="starbuck"}')).toBe("1");
      const [snapshot] = JSON.parse(await lab.on("adama", `${COPY} snapshots --json`));
      expect(snapshot).toMatchObject({ hostname: "adama", tags: expect.arrayContaining(["workload=mosquitto", "kind=hot"]) });
      const forget = await lab.ssh("adama", `${COPY} forget ${snapshot.id}`);
      expect(forget.status).not.toBe(0);
      // starbuck's certificate at the same door does not open adama's path, nor does a workload's.
      const ask = (identity: string) =>
        lab.on(
          "adama",
          `curl -s -o /dev/null -w '%{http_code}' --cacert /etc/homelab/backup/tls/ca.pem ${identity} \
           "$(sed -n 's/.*"repository": "rest:\\([^"]*\\)".*/\\1/p' /etc/homelab/backup/settings.json)config"`,
        );
      expect(await ask("--cert /etc/homelab/backup/tls/client.pem")).toBe("200");
      expect(await ask("--cert /etc/homelab/health/client.pem --key /etc/homelab/health/client.key")).toBe("403");
      expect(await ask("")).toBe("400");
    },
    TEST_TIMEOUT,
  );

  it(
    "an sftp server is one place more: the key comes from a file by Pulumi, and lies on the Pi for root alone",
    async () => {
      // starbuck plays the storage box, with a user of its own.
      await lab.on("starbuck", "useradd --create-home box && install -d -o box -m 700 ~box/.ssh");
      const made = "ssh-keygen -q -t ed25519 -N '' -f /root/box && cp /root/box.pub ~box/.ssh/authorized_keys && cat /root/box";
      const key = await lab.on("starbuck", `${made} && rm /root/box`);
      const [{ address }, pinned] = [lab.host("starbuck"), hostKey(lab.instance, lab.host("starbuck"))];
      const box = { repository: `sftp:box@${address}:backups/{host}`, hostKey: pinned };
      lab.editProject((file) => file.setIn(["config", "homelab:backup", "value", "places", "box"], file.createNode(box)));
      const without = await failedUp(lab, "adama");
      expect(without).toContain("npx pulumi config set --stack adama --secret secret:backup.box.SSH_KEY < ");
      const given = ["config", "set", "--stack", "adama", "--secret", "secret:backup.box.SSH_KEY"];
      expect(await lab.pulumi(given, {}, `${key}\n`)).toMatchObject({ status: 0 });
      await lab.up("adama");
      expect(await lab.on("adama", "stat -c '%a %U' /etc/homelab/backup/credentials/box.SSH_KEY")).toBe("600 root");
      expect((await lab.pulumi(["stack", "export", "--stack", "adama"])).stdout).not.toContain(secretLine(key));
      await lab.on("adama", `${HOMELAB} copy box`);
      expect(await lab.on("starbuck", "stat -c %U ~box/backups/adama/config")).toBe("box");
      expect(await lab.previewChanges("adama", { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "the host whose disk it is thins out and checks; rest-server can read what it leaves; damage is found and told",
    async () => {
      await lab.on("starbuck", `${HOMELAB} forget && ${HOMELAB} check`);
      expect(await metric("starbuck", 'homelab_check_success{place="copy of adama"}')).toBe("1");
      const folder = "/var/lib/homelab/data/rest-server/repositories/adama";
      expect(await lab.on("starbuck", `find ${folder} ! -user 1990 | wc -l`)).toBe("0");
      await lab.on("adama", `${HOMELAB} backup mosquitto && ${HOMELAB} copy starbuck`);
      // The drive loses a piece of a file.
      await lab.on(
        "adama",
        `for f in $(find /mnt/drive/adama/data -type f); do chmod u+w $f; printf XXXX | dd of=$f bs=1 seek=40 conv=notrunc status=none; done`,
      );
      const checks = `for part in 1 2 3 4 5 6 7; do ${HOMELAB} check || exit 1; done`;
      expect((await lab.ssh("adama", checks)).stdout).toMatch(/check drive: /);
      expect(await metric("adama", 'homelab_check_success{place="drive"}')).toBe("0");
      expect(await metric("adama", 'homelab_check_success{place="local"}')).toBe("1");
      await lab.on("adama", "rm -rf /mnt/drive/adama");
      await lab.on("adama", `${HOMELAB} copy drive && ${HOMELAB} check`);
    },
    TEST_TIMEOUT,
  );

  it(
    "a full drive, one that is not plugged in, a repository that is gone: told, and nothing else suffers",
    async () => {
      await lab.on("adama", `umount /mnt/drive && mount -t tmpfs -o size=1m tmpfs /mnt/drive && ${HOMELAB} copy drive`);
      await lab.on("adama", "! dd if=/dev/zero of=/mnt/drive/full bs=4k 2>/dev/null");
      expect((await lab.ssh("adama", `${HOMELAB} copy drive`)).stdout).toMatch(/copy drive: .*no space left/i);
      await lab.on("adama", "umount /mnt/drive");
      expect((await lab.ssh("adama", `${HOMELAB} copy drive`)).stdout).toContain("what is to be mounted there is not");
      await lab.on("adama", "test ! -e /mnt/drive/adama && mount -t tmpfs tmpfs /mnt/drive");
      await lab.on("adama", `mv ${LOCAL_REPOSITORY} ${LOCAL_REPOSITORY}.gone`);
      const { status, stderr } = await lab.ssh("adama", `${HOMELAB} backup mosquitto`);
      expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining("was there and is gone") });
      expect(await metric("adama", 'homelab_backup_success{workload="mosquitto"}')).toBe("0");
      await lab.on("adama", `mv ${LOCAL_REPOSITORY}.gone ${LOCAL_REPOSITORY} && ${HOMELAB} backup mosquitto`);
      await expectHealthy(lab);
    },
    TEST_TIMEOUT,
  );

  it(
    "a rebuilt adama with starbuck down does not begin without its data, and gets it when starbuck is back",
    async () => {
      await write("latest");
      await lab.on("adama", `${HOMELAB} backup mosquitto && ${HOMELAB} copy starbuck`);
      await lab.cutPower("starbuck");
      await replaceAdama();
      await lab.on("adama", "mkdir -p /mnt/drive && mount -t tmpfs tmpfs /mnt/drive");
      const said = await failedUp(lab, "adama");
      expect(said).toMatch(/mosquitto has no data on this host, and whether there is a snapshot of it cannot be told/);
      expect(said).toContain("starbuck:");
      expect(said).toContain("homelab:initialise");
      expect((await lab.ssh("adama", `test -e ${DATA}`)).status).not.toBe(0);
      await lab.switchOn("starbuck");
      // The state has the Pi of before still, where a refresh would ask.
      const { status, stdout, stderr } = await lab.operation("deploy", ["adama", "--yes"]);
      expect(status, stdout + stderr).toBe(0);
      expect(stdout).toContain("the address or the ssh key of adama is another one now than at the last up");
      expect(await read()).toBe("latest");
      // Its key is there again, too.
      await lab.on("adama", `${HOMELAB} copy box`);
      // The new card knows of what was saved before it: where it lies, and how to have it back.
      const { snapshots } = JSON.parse(await lab.on("adama", `${HOMELAB} snapshots mosquitto --json`));
      expect(snapshots[0]).toMatchObject({ place: "starbuck", kind: "hot" });
      await lab.on("adama", `${HOMELAB} restore mosquitto --snapshot ${snapshots[0].id.slice(0, 8)} --to /root/first`);
      expect(await lab.on("adama", "cat /root/first/data/treasure")).toBe("first");
      expect(await metric("adama", 'homelab_restore_success{workload="mosquitto"}')).toBe("1");
      await expectHealthy(lab);
      expect(await lab.previewChanges("adama", { refresh: true })).toEqual([]);
    },
    UP_TIMEOUT,
  );

  it(
    "with homelab:initialise it begins anew although nobody can tell",
    async () => {
      await lab.cutPower("starbuck");
      await replaceAdama();
      lab.editStack("adama", (file) => file.setIn(["config", "homelab:initialise"], file.createNode(["mosquitto"])));
      await lab.up("adama");
      expect((await lab.ssh("adama", `test -e ${DATA}/treasure`)).status).not.toBe(0);
      lab.editStack("adama", (file) => file.deleteIn(["config", "homelab:initialise"]));
      expect(await lab.previewChanges("adama")).toEqual([]);
      await lab.switchOn("starbuck");
      lab.resetConfig();
      for (const { name } of lab.instance.hosts) await lab.up(name, "--refresh");
      whole = true;
    },
    UP_TIMEOUT,
  );
});
