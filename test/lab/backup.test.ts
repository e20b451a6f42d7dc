import { describe, expect, it } from "vitest";
import { checkBackup } from "../../lab/backup/check.ts";
import { copierAuthorization, copiersText } from "../../lab/backup/copiers.ts";
import { type BackupConfig, NO_COPIES } from "../../lab/backup/model.ts";
import { backupSettings, knownHostsFiles } from "../../lab/backup/settings.ts";
import { knownHosts, type SftpServer, sftpServer } from "../../lab/backup/sftp.ts";
import { backupTimers } from "../../lab/backup/units.ts";
import { MEMORY_RESERVE_MIB } from "../../lab/capacity.ts";
import type { LabConfig, PlannedHost, StackConfig } from "../../lab/model.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { hostUnits } from "../../providers/workload/host-program.ts";
import { hostProgram } from "../support/host-program.ts";
import { firstLab, HOST_KEY, stackOf } from "./fixtures.ts";

const copies = { adama: ["starbuck"], starbuck: ["adama"] };

/** Path and message of what is wrong with backups. */
function problems(backup: Partial<BackupConfig>, changes: Partial<LabConfig> = {}, stack: Partial<StackConfig> = {}) {
  const config = { ...firstLab, ...changes, backup: { ...NO_COPIES, copies, ...backup } };
  const found = checkBackup(planLab(config), { ...stackOf("adama"), ...stack }, Object.keys(config.hosts));
  return found.map(({ path, message }) => `${path} ${message}`);
}

const place = (repository: string, hostKey?: string) => ({ places: { remote: { repository, prune: true, hostKey } } });
/** The same on an sftp server whose key is known, to a stack that was given its own. */
const sftp = (repository: string) => problems(place(repository, HOST_KEY), {}, { secrets: ["backup.remote.SSH_KEY"] });

describe("where backups go", () => {
  it("is fine as the repository has it, and with every backend that needs nothing but restic", () => {
    expect(problems({})).toEqual([]);
    for (const repository of [
      "s3:https://s3.example.org/x/{host}",
      "rest:https://backup.example.org/{host}/",
      "/mnt/drive/{host}",
    ]) {
      expect(problems(place(repository))).toEqual([]);
    }
  });

  it("may not be the Pi alone, unless that is said", () => {
    expect(problems({ copies: {} })).toEqual([
      "homelab:backup.copies.adama is missing: the backups of mosquitto would lie on adama alone",
      "homelab:backup.copies.starbuck is missing: the backups of prometheus would lie on starbuck alone",
    ]);
    expect(problems({ copies: { adama: [], starbuck: [] } })).toEqual([]);
    expect(problems({ copies: {}, ...place("/mnt/drive/{host}") })).toEqual([]);
  });

  it.each<[string, Partial<BackupConfig>, string]>([
    ["a copy on itself", { copies: { ...copies, adama: ["adama"] } }, "copies.adama[0] is the host itself"],
    ["a host that there is not", { copies: { ...copies, adama: ["galactica"] } }, "copies.adama[0] is no host"],
    ["copies of one that there is not", { copies: { ...copies, galactica: ["adama"] } }, "copies.galactica is no host"],
    ["a drive of one that there is not", { repositories: { galactica: "/mnt/x" } }, "repositories.galactica is no host"],
    ["a repository among the data", { repositories: { adama: "/var/lib/homelab/data/x" } }, "repositories.adama lies among"],
    ["a backend that restic needs help for", place("rclone:x:{host}"), "places.remote.repository is no repository that"],
    ["a relative path", place("drive/{host}"), "places.remote.repository is no repository that"],
    ["a password", place("rest:https://me:secret@example.org/{host}"), "places.remote.repository has a name or a password"],
    ["one repository for all", place("/mnt/drive"), "places.remote.repository is the same for all hosts"],
    ["a server's key where there is no ssh", place("s3:x/{host}", HOST_KEY), "places.remote.hostKey is of no use"],
    ["core too seldom", { every: { ...NO_COPIES.every, core: 31 } }, "every.core is more than 30 minutes"],
  ])("is refused with %s", (_, backup, message) => {
    expect(problems(backup)).toEqual([expect.stringContaining(`homelab:backup.${message}`)]);
  });

  it("is refused for a host whose name rest-server takes for a part of a repository, unless it brings no copies", () => {
    const { adama } = firstLab.hosts;
    if (!adama) throw new Error("The first lab has no adama.");
    const hosts = { adama, data: { ...adama, address: "192.168.1.13" } };
    const placement = { nginx: ["adama"], "rest-server": ["adama"] };
    expect(problems({ copies: { data: ["adama"] } }, { hosts, placement })).toEqual([
      expect.stringContaining("homelab:backup.copies.data is a name that rest-server takes"),
    ]);
    expect(problems({ copies: { data: [] } }, { hosts, placement })).toEqual([]);
  });

  it.each([
    "rest:https://me:secret@example.org/{host}",
    "sftp://me:secret@example.org/{host}",
    "sftp:me:secret@example.org:/{host}",
  ])("never shows a password that somebody wrote: %s", (repository) => {
    const config = { ...firstLab, backup: { ...NO_COPIES, copies, ...place(repository) } };
    const found = checkBackup(planLab(config), stackOf("adama"), ["adama", "starbuck"]);
    expect(found.map(({ message }) => message)).toContainEqual(expect.stringContaining("a password in it"));
    expect(JSON.stringify(found)).not.toContain("secret@");
  });

  it.each([
    "sftp:me@nas.example.org:/backups/{host}",
    "sftp:nas:backups/{host}",
    "sftp:me@{host}.example.org:/backups",
    "sftp://u1234@u1234.example.org:23/homelab/{host}",
    "sftp://[fd00::5]//backups/{host}",
  ])("is an sftp server: %s", (repository) => {
    expect(sftp(repository)).toEqual([]);
  });

  it.each([
    "sftp:nas/backups/{host}",
    "sftp:-oProxyCommand=x:/{host}",
    "sftp:nas:~/{host}",
    "sftp://nas:ssh/{host}",
    "sftp://nas?{host}",
  ])("is no sftp server that restic understands: %s", (repository) => {
    expect(sftp(repository)).toEqual([
      "homelab:backup.places.remote.repository names no server and folder that restic understands",
    ]);
  });

  it("is no sftp server whose key nobody knows; what prints it has the server's port", () => {
    const remote = { ...firstLab, backup: { ...NO_COPIES, copies, ...place("sftp://me@nas.example.org:23//x/{host}") } };
    const stack = { ...stackOf("adama"), secrets: ["backup.remote.SSH_KEY"] };
    expect(checkBackup(planLab(remote), stack, ["adama", "starbuck"])).toEqual([
      {
        file: "Pulumi.yaml",
        path: "homelab:backup.places.remote.hostKey",
        message: "is missing: without it nobody can tell nas.example.org from another machine",
        remedy: expect.stringMatching(/^ssh-keyscan -t ed25519 -p 23 nas\.example\.org\n/),
        unfilled: true,
      },
    ]);
  });

  it("is a host that takes copies in", () => {
    const placement = { ...firstLab.placement, "rest-server": ["adama"] };
    expect(problems({}, { placement })).toEqual(["homelab:backup.copies.adama[0] has no rest-server, which takes copies in"]);
  });

  it("is a place whose name means nothing else", () => {
    const local = { places: { local: { repository: "/mnt/drive/{host}", prune: true } } };
    expect(problems(local)).toEqual(["homelab:backup.places.local has a name that means another place already"]);
  });
});

it("homelab:initialise names workloads with data of this host", () => {
  expect(problems({}, {}, { initialise: ["mosquitto"] })).toEqual([]);
  expect(problems({}, {}, { initialise: ["prometheus"] })).toEqual(["homelab:initialise is no workload with data on adama"]);
});

describe("the settings of a host", () => {
  const config = { ...firstLab, backup: { ...NO_COPIES, copies, ...place("s3:https://s3.example.org/{host}") } };
  const plan = planLab(config);
  const settings = (host: string) => JSON.parse(backupSettings(planHost(plan, stackOf(host)), "a disk"));

  it("name the other Pi by its address, with the lab's certificate, and the remote with its credentials", () => {
    expect(settings("adama").places).toEqual([
      {
        name: "starbuck",
        repository: "rest:https://192.168.1.21:8443/backup/adama/",
        prune: false,
        environment: {
          RESTIC_CACERT: "/etc/homelab/backup/tls/ca.pem",
          RESTIC_TLS_CLIENT_CERT: "/etc/homelab/backup/tls/client.pem",
        },
      },
      {
        name: "remote",
        repository: "s3:https://s3.example.org/adama",
        prune: true,
        environment: {},
        credentials: "/etc/homelab/backup/credentials/remote",
      },
    ]);
  });

  it("say where ssh goes to, with the files of both keys; the server is known by its port", () => {
    const remote = { ...firstLab, backup: { ...NO_COPIES, copies, ...place("sftp://me@nas.lan:23//x/{host}", HOST_KEY) } };
    const planned = planHost(planLab(remote), stackOf("adama"));
    expect(JSON.parse(backupSettings(planned, "a disk")).places[1]).toEqual({
      name: "remote",
      repository: "sftp://me@nas.lan:23//x/adama",
      prune: true,
      environment: {},
      credentials: "/etc/homelab/backup/credentials/remote",
      ssh: {
        host: "nas.lan",
        port: 23,
        key: "/etc/homelab/backup/credentials/remote.SSH_KEY",
        knownHosts: "/etc/homelab/backup/known-hosts/remote",
      },
    });
    expect(knownHostsFiles(planned.host.backup)).toEqual({ "known-hosts/remote": `[nas.lan]:23 ${HOST_KEY}\n` });
    expect(knownHostsFiles(planHost(plan, stackOf("adama")).host.backup)).toEqual({});
  });

  it.each([
    ["sftp:me@nas.lan:/x", "nas.lan"],
    ["sftp://nas.lan:22/x", "nas.lan"],
    ["sftp://[fd00::5]:2222/x", "[fd00::5]:2222"],
  ])("know the server of %s as %s", (repository, name) => {
    expect(knownHosts(sftpServer(repository) as SftpServer, HOST_KEY)).toBe(`${name} ${HOST_KEY}\n`);
  });

  it("name what it keeps for others, which it thins out itself", () => {
    expect(settings("adama").keeps).toEqual([
      {
        host: "starbuck",
        repository: "/var/lib/homelab/data/rest-server/repositories/starbuck",
        password: "/etc/homelab/backup/passwords/starbuck",
      },
    ]);
  });

  it("name its workloads with data to save, how often by their tier", () => {
    expect(settings("adama").workloads).toEqual({ mosquitto: { tier: "core", everyMinutes: 30 } });
    expect(settings("starbuck").workloads).toEqual({ prometheus: { tier: "important", everyMinutes: 60 } });
  });
});

describe("the timers of a host", () => {
  it("share the memory that they may have, however many they are, and leave an upgrade and the system theirs", () => {
    const places = { remote: { repository: "s3:https://s3.example.org/{host}", prune: true } };
    const { hosts } = planLab({ ...firstLab, backup: { ...NO_COPIES, copies, places } });
    const { "homelab-backup.slice": slice = "", ...units } = backupTimers(hosts[0] as PlannedHost, "/homelab").files;
    const services = Object.entries(units).filter(([name]) => name.endsWith(".service"));
    expect(services.map(([name]) => name)).toContain("homelab-backup-copy-remote.service");
    for (const [, text] of services) expect(text).toContain("\nSlice=homelab-backup.slice\n");
    const upgrade = hostProgram().files["apply.py"] ?? "";
    const settling = hostUnits().files["homelab-settle@.service"] ?? "";
    const [timers, transaction, settled] = [slice, upgrade, settling].map((text) => Number(/(\d+)M\b/.exec(text)?.[1]));
    expect(settled).toBe(transaction);
    const system = 128;
    expect((timers ?? 0) + (transaction ?? 0)).toBe(MEMORY_RESERVE_MIB - system);
  });
});

describe("who brings copies", () => {
  it("is let in by Nginx with its certificate, to its own path, and told to rest-server by name and password", () => {
    expect(copiersText("adama", firstLab, "$2a$hash")).toBe("starbuck:$2a$hash\n");
    const map = copierAuthorization("adama", firstLab, "password");
    expect(map).toContain(`"CN=backup.starbuck.lab.home.arpa" "Basic ${btoa("starbuck:password")}";`);
    const nginx = planLab(firstLab).workloads.find(({ name, host }) => name === "nginx" && host === "adama");
    const clients = nginx?.ports.find(({ name }) => name === "service")?.clients;
    expect(clients).toEqual(["backup.starbuck.lab.home.arpa", "health.adama.lab.home.arpa"]);
  });
});
