import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkBackup } from "../../lab/backup/check.ts";
import { credentialProblem, credentialText } from "../../lab/backup/credentials.ts";
import { NO_COPIES } from "../../lab/backup/model.ts";
import { credentialLine } from "../../lab/backup/settings.ts";
import { checkHome } from "../../lab/check-home.ts";
import { planLab } from "../../lab/plan.ts";
import { firstLab, HOST_KEY, stackOf } from "./fixtures.ts";

describe("credentials of places", () => {
  const places = { remote: { repository: "s3:https://s3.example.org/{host}", prune: true } };
  const plan = planLab({ ...firstLab, backup: { ...NO_COPIES, places } });

  it.each(["adama", "starbuck"])("are a stack's own, on %s, and no routers' business", (host) => {
    const stack = { ...stackOf(host), secrets: ["backup.remote.AWS_SECRET_ACCESS_KEY"] };
    expect(checkBackup(plan, stack, ["adama", "starbuck"])).toEqual([]);
    expect(checkHome(plan, stack, { hosts: [], images: [], network: false, routers: [] })).toEqual([]);
  });

  it("are of a place that there is", () => {
    const found = checkBackup(plan, { ...stackOf("adama"), secrets: ["backup.drive.A"] }, ["adama", "starbuck"]);
    expect(found.map(({ path, message }) => `${path} ${message}`)).toEqual(["secret:backup.drive.A is of no place of backups"]);
  });

  it("that are files are of a place that reads them", () => {
    const places = {
      nas: { repository: "sftp:nas:/{host}", prune: true, hostKey: HOST_KEY },
      drive: { repository: "/mnt/drive/{host}", prune: true },
      cloud: { repository: "gs:bucket:/{host}", prune: true },
    };
    const config = planLab({ ...firstLab, backup: { ...NO_COPIES, places } });
    const found = (...secrets: string[]) =>
      checkBackup(config, { ...stackOf("adama"), secrets }, ["adama", "starbuck"]).map(
        ({ path, message }) => `${path} ${message}`,
      );
    expect(found("backup.nas.SSH_KEY", "backup.cloud.GOOGLE_APPLICATION_CREDENTIALS")).toEqual([]);
    expect(found("backup.nas.SSH_KEY", "backup.drive.SSH_KEY", "backup.nas.GOOGLE_APPLICATION_CREDENTIALS")).toEqual([
      "secret:backup.drive.SSH_KEY is of no use: only a place with sftp: asks for SSH_KEY",
      "secret:backup.nas.GOOGLE_APPLICATION_CREDENTIALS is of no use: only a place with gs: asks for GOOGLE_APPLICATION_CREDENTIALS",
    ]);
  });

  it("have the ssh key of each sftp place among them, in the file of each stack", () => {
    const places = { nas: { repository: "sftp:nas:/{host}", prune: true, hostKey: HOST_KEY } };
    const config = planLab({ ...firstLab, backup: { ...NO_COPIES, places } });
    expect(checkBackup(config, stackOf("starbuck"), ["adama", "starbuck"])).toEqual([
      {
        file: "Pulumi.starbuck.yaml",
        path: "secret:backup.nas.SSH_KEY",
        message: "is missing: without it nas does not let starbuck in",
        remedy:
          "npx pulumi config set --stack starbuck --secret secret:backup.nas.SSH_KEY < remote-key\n       takes it out of that file.",
        unfilled: true,
      },
    ]);
  });

  it("have the end of their last line, as they had before Pulumi took them in", () => {
    expect(credentialText("one\ntwo")).toBe("one\ntwo\n");
    expect(credentialText("one\r\ntwo\r\n")).toBe("one\ntwo\n");
  });

  it("that are lines come in one file, with the paths of those that are not", () => {
    expect(credentialLine("backup.remote.B2_ACCOUNT_ID", "me")).toBe("B2_ACCOUNT_ID=me\n");
    expect(credentialLine("backup.remote.SSH_KEY", "a\nb")).toBe("");
    expect(credentialLine("backup.remote.GOOGLE_APPLICATION_CREDENTIALS", "{\n}")).toBe(
      "GOOGLE_APPLICATION_CREDENTIALS=/etc/homelab/backup/credentials/remote.GOOGLE_APPLICATION_CREDENTIALS\n",
    );
  });

  it("are ssh keys as ssh-keygen makes them, without a passphrase", () => {
    const folder = mkdtempSync(join(tmpdir(), "homelab-key-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const made = (passphrase: string, ...type: string[]) => {
      const file = join(folder, `key-${passphrase}${type.join("")}`);
      execFileSync("ssh-keygen", ["-q", ...type, "-N", passphrase, "-f", file]);
      return credentialProblem("backup.remote.SSH_KEY", readFileSync(file, "utf8"));
    };
    expect(made("", "-t", "ed25519")).toBe(undefined);
    expect(made("", "-t", "rsa")).toBe(undefined);
    expect(made("hush", "-t", "ed25519")).toMatch(/^has a passphrase/);
    expect(made("", "-t", "rsa", "-m", "PEM")).toMatch(/^is no private ssh key/);
  });

  it.each<[string, string, string | undefined]>([
    ["backup.remote.SSH_KEY", HOST_KEY, "is no private ssh key as ssh-keygen writes it, all of its lines"],
    [
      "backup.remote.SSH_KEY",
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      "is no private ssh key as ssh-keygen writes it, all of its lines",
    ],
    ["backup.remote.GOOGLE_APPLICATION_CREDENTIALS", '{\n"type": "service_account"\n}', undefined],
    ["backup.remote.GOOGLE_APPLICATION_CREDENTIALS", "/root/key.json", "is not the JSON of a service account's key"],
    ["backup.remote.AWS_SECRET_ACCESS_KEY", "hush", undefined],
    ["wifi.home", "hush\n", undefined],
    ["backup.remote.path", "hush", "names no environment variable of restic after the place"],
    ["backup.remote.A", "hush\nPATH=/tmp", "has more than one line"],
  ])("%s: %j is judged without being shown", (name, value, problem) => {
    expect(credentialProblem(name, value)).toBe(problem);
  });
});
