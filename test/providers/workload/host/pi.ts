import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { attempt, type Result } from "../../../../rehearsal/shell.ts";
import { ensureImage } from "../../../../rehearsal/simulation/images.ts";
import { cgroupsV1 } from "../../../../rehearsal/toolchain/machine.ts";
import { engineLimits, podmanEnvironment, toml } from "../../../../rehearsal/toolchain/podman.ts";

/** A simulated Pi on its own: Debian 13 with systemd as its first process and its own podman. No ssh, no network of a lab. */
export interface Pi {
  /** Where its workloads are published, for clients on the Pi itself. The same after a power cut. */
  readonly address: string;
  /** Runs a shell command as root. Never throws for an exit status. */
  exec(command: string, stdin?: string): Promise<Result>;
  /** Like {@link exec}, throws unless the status is 0, gives stdout without the last line's end. */
  must(command: string, stdin?: string): Promise<string>;
  /** SIGKILL to everything at once. */
  powerCut(): Promise<void>;
  /** Starts it again and waits for systemd. */
  powerOn(): Promise<void>;
  remove(): Promise<void>;
}

const HOST_PROGRAM = new URL("../../../../providers/workload/host", import.meta.url).pathname;
const APPLICATION = new URL("./app.py", import.meta.url).pathname;

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
    powerCut: async () => {
      await must(podman(["kill", "--signal", "KILL", name]));
      // `podman wait` would take twenty seconds to see it.
      await until(name, async () =>
        /stopped|exited/.test((await podman(["inspect", "--format", "{{.State.Status}}", name])).stdout),
      );
      // Podman would keep the network's namespace for the next start, and with it the firewall that a Pi loses without power.
      await podman(["container", "cleanup", name]);
    },
    powerOn: async () => {
      await must(podman(["start", name]));
      await booted(name);
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

/** Behaviours of the test application; each is an image of its own. */
export type Behaviour = "v1" | "v2" | "v3" | "sick" | "dies" | "stubborn";

/** Makes images of the test application from the Pi's own Python. Returns `repository@digest` by behaviour. */
export async function importImages(pi: Pi, behaviours: readonly Behaviour[]): Promise<Record<Behaviour, string>> {
  await pi.must("mkdir -p /root/image && cat >/root/image/app.py", readFileSync(APPLICATION, "utf8"));
  await pi.must(`set -e; cd /root/image
    mkdir -p usr/lib config data tmp
    cp --parents /usr/bin/python3.13 .
    for library in $(ldd /usr/bin/python3.13 | grep -o '/lib[^ ]*'); do cp --parents --dereference $library .; done
    cp -r /usr/lib/python3.13 usr/lib/
    rm -rf usr/lib/python3.13/{test,idlelib,ensurepip,pydoc_data,__pycache__} usr/lib/python3.13/*/__pycache__`);
  const images = {} as Record<Behaviour, string>;
  for (const behaviour of behaviours) {
    await pi.must(`set -e; cd /root/image; echo ${behaviour} >version; echo ${behaviour} >behaviour
      tar -c . | podman import --quiet - localhost/test/app:${behaviour}`);
    const digest = await pi.must(`podman image inspect --format '{{.Digest}}' localhost/test/app:${behaviour}`);
    images[behaviour] = `localhost/test/app@${digest}`;
  }
  return images;
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
