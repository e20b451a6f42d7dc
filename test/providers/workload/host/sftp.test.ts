import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { credentialText } from "../../../../lab/backup/credentials.ts";
import { NO_COPIES } from "../../../../lab/backup/model.ts";
import {
  BACKUP_DIRECTORY,
  backupSettings,
  credentialFile,
  credentialsFile,
  knownHostsFiles,
} from "../../../../lab/backup/settings.ts";
import { planHost, planLab } from "../../../../lab/plan.ts";
import { firstLab, HOST_KEY, stackOf } from "../../../lab/fixtures.ts";
import { Lab, type Wish } from "./lab.ts";
import { giveBackups, importImages, startPi } from "./pi.ts";

const HOMELAB = "/usr/local/lib/homelab/homelab";
const TREASURE = "/var/lib/homelab/data/app/data/treasure";
const PORT = 23;

/** A place on an sftp server as a person rents one: a user without a shell, at a port of its own. The Pi plays it to itself. */
describe("backups to an sftp server", { timeout: 180_000 }, () => {
  let lab: Lab;
  let wish: Wish;
  /** The server's public key, and the private one that it lets in. */
  let hostKey: string;
  let sshKey: string;

  beforeAll(async () => {
    const pi = await startPi("sftp");
    lab = new Lab(pi);
    const { v1 } = await importImages(pi, ["v1"]);
    // Under another name too: no registry would have it again when the workload is removed.
    await pi.must("podman tag localhost/test/app:v1 localhost/kept/app:v1");
    wish = { image: v1, data: true, backup: { kind: "files", flush: null } };
    await giveBackups(pi);
    await pi.must(`set -e
      useradd --create-home box
      ssh-keygen -q -t ed25519 -N '' -f /root/remote-key
      install -D -o box -m 600 /root/remote-key.pub /home/box/.ssh/authorized_keys
      ssh-keygen -A
      printf 'Port ${PORT}\\nMatch User box\\n  ForceCommand internal-sftp\\n' >/etc/ssh/sshd_config.d/box.conf
      # A person's settings on this card, which the next one would lack.
      printf 'Host *\\n  Port 1\\n' >/root/.ssh/config
      systemctl reset-failed ssh && systemctl restart ssh`);
    [hostKey, sshKey] = [
      await pi.must("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub"),
      await pi.must("cat /root/remote-key && rm /root/remote-key"),
    ];
    await declare(hostKey, sshKey);
    await lab.confirm(wish);
    await pi.must(`echo "worth keeping" >${TREASURE}`);
  }, 240_000);

  afterAll(async () => lab?.pi.remove());

  /** What the components would write of such a place. */
  async function declare(serverKey: string, key: string): Promise<void> {
    const repository = `sftp://box@${lab.pi.address}:${PORT}/backups/{host}`;
    const places = { remote: { repository, prune: true, hostKey: serverKey } };
    const host = planHost(planLab({ ...firstLab, backup: { ...NO_COPIES, places } }), stackOf("adama"));
    const workloads = { app: { tier: "core", everyMinutes: 30 } };
    const files = {
      "settings.json": JSON.stringify({ ...JSON.parse(backupSettings(host, "")), workloads }),
      [credentialsFile("remote")]: "",
      [credentialFile("remote", "SSH_KEY")]: credentialText(key),
      ...knownHostsFiles(host.host.backup),
    };
    for (const [path, text] of Object.entries(files)) {
      await lab.pi.must(`install -D -m 600 /dev/stdin ${BACKUP_DIRECTORY}/${path}`, text);
    }
  }

  test("what is saved is copied there; it is checked and thinned out as at any other place", async () => {
    await lab.pi.must(`${HOMELAB} backup app && ${HOMELAB} copy remote`);
    expect(await lab.pi.must("stat -c %U /home/box/backups/adama/config")).toBe("box");
    await lab.pi.must(`${HOMELAB} forget && ${HOMELAB} check`);
    const { forget, check } = JSON.parse(await lab.pi.must("cat /var/lib/homelab/backup/results.json"));
    expect([forget.remote, check.remote]).toMatchObject([{ problem: null }, { problem: null, part: 1 }]);
  });

  test("a server with another key is not talked to, one that does not let us in or does not answer is told", async () => {
    const copy = async () => {
      const { status, stdout } = await lab.pi.exec(`${HOMELAB} copy remote`);
      return `${status} ${stdout}`;
    };
    await declare(HOST_KEY, sshKey);
    expect(await copy()).toMatch(
      /^1 copy remote: .*10\.66\.0\.1: it shows another ssh key than hostKey of the place in Pulumi\.yaml/,
    );
    const stranger = await lab.pi.must("ssh-keygen -q -t ed25519 -N '' -f /root/stranger && cat /root/stranger");
    await declare(hostKey, stranger);
    expect(await copy()).toMatch(/^1 copy remote: .*10\.66\.0\.1: it does not let this host in: the SSH_KEY of the place/);
    await declare(hostKey, sshKey);
    await lab.pi.must("systemctl stop ssh");
    const began = performance.now();
    expect(await copy()).toMatch(/^1 copy remote: .*10\.66\.0\.1:23 does not answer: Connection refused/);
    expect(performance.now() - began).toBeLessThan(10_000);
    await lab.pi.must(`systemctl start ssh && ${HOMELAB} copy remote`);
  });

  test("a Pi with a new card takes its data from there", async () => {
    await lab.remove("app", true);
    await lab.pi.must("rm -rf /var/lib/homelab/backup /var/lib/homelab/data /var/cache/homelab");
    const { message } = await lab.confirm(wish);
    expect(await lab.pi.must(`cat ${TREASURE}`), message).toBe("worth keeping");
    const { snapshots } = JSON.parse(await lab.pi.must(`${HOMELAB} snapshots app --json`));
    expect(snapshots).toMatchObject([{ place: "remote", kind: "hot" }]);
    await lab.pi.must(`${HOMELAB} restore app --snapshot ${snapshots[0].id} --to /root/beside`);
    expect(await lab.pi.must("cat /root/beside/data/treasure")).toBe("worth keeping");
  });
});
