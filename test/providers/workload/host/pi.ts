import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LOCAL_REPOSITORY } from "../../../../lab/backup/plan.ts";
import { attempt, type Result } from "../../../../operations/shell.ts";
import { ensureImage } from "../../../../rehearsal/simulation/images.ts";
import { cgroupsV1 } from "../../../../rehearsal/toolchain/machine.ts";
import { engineLimits, podmanEnvironment, toml } from "../../../../rehearsal/toolchain/podman.ts";
import { ensureResticPrograms } from "../../../../rehearsal/toolchain/restic.ts";
import { giveCheapKey } from "../../../support/restic-key.ts";

/** A simulated Pi on its own: Debian 13 with systemd as its first process and its own podman. No ssh, no network of a lab. */
export interface Pi {
  /** Where its workloads are published, for clients on the Pi itself. The same after a power cut. */
  readonly address: string;
  /** Runs a shell command as root. Never throws for an exit status. */
  exec(command: string, stdin?: string): Promise<Result>;
  /** Like {@link exec}, throws unless the status is 0, gives stdout without the last line's end. */
  must(command: string, stdin?: string): Promise<string>;
  /** Copies a file of this machine to it. */
  copy(source: string, target: string): Promise<void>;
  /** SIGKILL to everything at once. */
  powerCut(): Promise<void>;
  /** Starts it again and waits for systemd. */
  powerOn(): Promise<void>;
  /** As a person does it: everything is told to end. */
  shutDown(): Promise<void>;
  remove(): Promise<void>;
}

const HOST_PROGRAM = new URL("../../../../providers/workload/host", import.meta.url).pathname;
const APPLICATION = new URL("./app.py", import.meta.url).pathname;
const LEDGER = new URL("../../../../rehearsal/ledger/ledger.py", import.meta.url).pathname;

/** One as it was when the Pi got its backups, to begin with again. */
const NEW_REPOSITORY = "/root/repository";

/** Shell command: as if there had never been a backup. */
export const forgetBackups = `rm -rf ${LOCAL_REPOSITORY}* && cp -a ${NEW_REPOSITORY} ${LOCAL_REPOSITORY}`;

/** On its loopback interface: podman would give the container another address at each start. */
const ADDRESS = "10.66.0.1";

/** Settings of the Pi that the machine of the tests forces upon it, by path. Those for cgroup v1 as in rehearsal/simulation/pi.ts. */
const SETTINGS: Readonly<Record<string, string>> = {
  "/etc/containers/containers.conf.d/test.conf": toml({
    containers: { ...engineLimits().containers, log_driver: "journald" },
    engine: { ...engineLimits().engine, events_logger: "file" },
  }),
  "/etc/systemd/system/test-address.service": `[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip address replace ${ADDRESS}/32 dev lo
[Install]
WantedBy=sysinit.target
`,
  ...(cgroupsV1()
    ? {
        "/etc/containers/systemd/container.d/10-cgroups.conf": "[Container]\nCgroupsMode=enabled\n",
        "/etc/systemd/system.conf.d/test.conf": "[Manager]\nDefaultEnvironment=PODMAN_IGNORE_CGROUPSV1_WARNING=1\n",
      }
    : {}),
};

/** A fresh mount of systemd's hierarchy: shared, a Pi that is switched off takes the groups of the others away. */
const START_ON_CGROUPS_V1 =
  "mount -t cgroup -o none,name=systemd,nosuid,nodev,noexec cgroup /sys/fs/cgroup/systemd; exec /sbin/init";

/**
 * A new simulated Pi with the host's program installed. Its name has the checkout in it, so that tests of two do not meet.
 *
 * @param role tells the Pis of one checkout apart.
 */
export async function startPi(role: string): Promise<Pi> {
  const id = createHash("md5")
    .update(`${import.meta.url} ${role}`)
    .digest("hex");
  const name = `homelab-test-${role}-${id.slice(0, 6)}`;
  await podman(["rm", "--force", "--time", "0", "--volumes", "--ignore", name]);
  await must(
    podman([
      "run",
      "--detach",
      ...["--name", name, "--privileged", "--systemd=always", "--cgroupns=private"],
      ...["--env", "PODMAN_IGNORE_CGROUPSV1_WARNING=1", "--env", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"],
      ...["--volume", "/var/lib/containers"],
      await ensureImage("pi"),
      // Otherwise systemd takes this machine's id, and with it journals of Pis look like one.
      ...["/bin/sh", "-c", `echo ${id} >/etc/machine-id; ${cgroupsV1() ? START_ON_CGROUPS_V1 : "exec /sbin/init"}`],
    ]),
  );
  await booted(name);
  const pi: Pi = {
    address: ADDRESS,
    exec: (command, stdin) => shell(name, command, stdin),
    must: (command, stdin) => must(shell(name, command, stdin), command),
    copy: async (source, target) => {
      await must(podman(["cp", source, `${name}:${target}`]));
    },
    powerCut: async () => {
      await must(podman(["kill", "--signal", "KILL", name]));
      await isOff(name);
    },
    powerOn: async () => {
      await must(podman(["start", name]));
      await booted(name);
    },
    shutDown: async () => {
      // It is cut off by what it does.
      await shell(name, "systemctl poweroff");
      await isOff(name);
    },
    remove: async () => {
      await podman(["rm", "--force", "--time", "0", "--volumes", name]);
    },
  };
  await install(pi, name);
  return pi;
}

async function install(pi: Pi, name: string): Promise<void> {
  for (const [path, text] of Object.entries(SETTINGS)) await pi.must(`mkdir -p $(dirname ${path}) && cat >${path}`, text);
  await pi.must("mkdir -p /usr/local/lib/homelab");
  await must(podman(["cp", `${HOST_PROGRAM}/.`, `${name}:/usr/local/lib/homelab/`]));
  await pi.must(`set -e
    cp /usr/local/lib/homelab/units/* /etc/systemd/system/
    install --mode=755 /usr/local/lib/homelab/commands/* /usr/local/bin/
    systemctl daemon-reexec
    systemctl enable --quiet --now test-address.service
    systemctl enable --quiet homelab-settle.service`);
}

/** What backups need on a host, which the lab would bring: restic, and settings with a repository on the host's own disk. */
export async function giveBackups(pi: Pi): Promise<void> {
  const program = join(await ensureResticPrograms(), "restic");
  await pi.copy(program, "/usr/local/bin/restic");
  const settings = {
    host: "adama",
    repository: LOCAL_REPOSITORY,
    places: [],
    keeps: [],
    workloads: { app: { tier: "core", everyMinutes: 30 } },
    disk: "",
  };
  await pi.must("install -d -m 700 /etc/homelab/backup && cat >/etc/homelab/backup/settings.json", JSON.stringify(settings));
  await pi.must("install -m 600 /dev/stdin /etc/homelab/backup/password", "of the tests");
  await giveCheapKey(pi.must);
  await pi.must(`cp -a ${LOCAL_REPOSITORY} ${NEW_REPOSITORY}`);
}

/** Versions of the ledger (rehearsal/ledger). Returns `repository@digest` by version. */
export async function importLedger<V extends string>(pi: Pi, versions: readonly V[]): Promise<Record<V, string>> {
  await prepareImage(pi);
  await pi.must("cat >/root/image/ledger.py", readFileSync(LEDGER, "utf8"));
  const images = {} as Record<V, string>;
  for (const version of versions) {
    images[version] = await importImage(pi, version, "v1");
    // Under another name too: no registry would have it again when the host has removed it.
    await pi.must(`podman tag localhost/test/app:${version} localhost/kept/app:${version}`);
  }
  return images;
}

/** Behaviours of the test application; each is an image of its own. */
export type Behaviour = "v1" | "v2" | "v3" | "sick" | "dies" | "stubborn";

/** Makes images of the test application from the Pi's own Python. Returns `repository@digest` by behaviour. */
export async function importImages(pi: Pi, behaviours: readonly Behaviour[]): Promise<Record<Behaviour, string>> {
  await prepareImage(pi);
  await pi.must("cat >/root/image/app.py", readFileSync(APPLICATION, "utf8"));
  const images = {} as Record<Behaviour, string>;
  for (const behaviour of behaviours) images[behaviour] = await importImage(pi, behaviour, behaviour);
  return images;
}

async function prepareImage(pi: Pi): Promise<void> {
  await pi.must(`set -e; mkdir -p /root/image; cd /root/image
    mkdir -p usr/lib config data tmp
    cp --parents /usr/bin/python3.13 .
    libraries="/usr/bin/python3.13 /usr/lib/python3.13/lib-dynload/_sqlite3.*"
    for library in $(ldd $libraries | grep -o '/lib[^ ]*\\.so[^ :]*'); do cp --parents --dereference $library .; done
    cp -r /usr/lib/python3.13 usr/lib/
    rm -rf usr/lib/python3.13/{test,idlelib,ensurepip,pydoc_data,__pycache__} usr/lib/python3.13/*/__pycache__`);
}

async function importImage(pi: Pi, version: string, behaviour: string): Promise<string> {
  await pi.must(`set -e; cd /root/image; echo ${version} >version; echo ${behaviour} >behaviour
    tar -c . | podman import --quiet - localhost/test/app:${version}`);
  return `localhost/test/app@${await pi.must(`podman image inspect --format '{{.Digest}}' localhost/test/app:${version}`)}`;
}

async function isOff(name: string): Promise<void> {
  await must(podman(["wait", name]));
  // Podman would keep the network's namespace for the next start, and with it the firewall that a Pi loses without power.
  await podman(["container", "cleanup", name]);
}

async function booted(name: string): Promise<void> {
  await until(name, async () => /running|degraded/.test((await shell(name, "systemctl is-system-running")).stdout));
}

/** Asks every now and then, for a minute. */
async function until(name: string, condition: () => Promise<boolean>): Promise<void> {
  for (let attempts = 0; attempts < 300; attempts += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${name} is not in the state that the test waits for`);
}

function shell(name: string, command: string, stdin = ""): Promise<Result> {
  return podman(["exec", "--interactive", name, "bash", "-c", command], stdin);
}

async function must(pending: Promise<Result>, what = "podman"): Promise<string> {
  const { status, stdout, stderr } = await pending;
  if (status !== 0) throw new Error(`${what}: status ${status}\n${stderr}\n${stdout}`);
  return stdout.trimEnd();
}

function podman(args: readonly string[], input = ""): Promise<Result> {
  return attempt("podman", args, { env: podmanEnvironment(), input });
}
