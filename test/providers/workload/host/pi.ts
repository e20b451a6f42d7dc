import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A simulated Pi: Debian 13 with systemd as PID 1 and its own podman, in a privileged container. */
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

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The image of a simulated Pi, made by the rehearsal. */
export const PI_IMAGE = process.env.HOMELAB_PI_IMAGE ?? "localhost/lab/pi";

const HOST_PROGRAM = new URL("../../../../providers/workload/host", import.meta.url).pathname;
const APPLICATION = new URL("./app.py", import.meta.url).pathname;

/** On its loopback interface: podman would give the container another address at each start. */
const ADDRESS = "10.66.0.1";

const ADDRESS_UNIT = `[Unit]
DefaultDependencies=no
After=sys-subsystem-net-devices-lo.device
Before=sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip address replace ${ADDRESS}/32 dev lo
[Install]
WantedBy=sysinit.target
`;

/** What podman needs on a machine with few rights. Tests must not depend on the machine's own settings. */
const CONTAINERS_CONF = `[containers]
default_ulimits=["nofile=4096:4096","nproc=4096:4096"]
log_driver="k8s-file"
[engine]
events_logger="file"
runtime="runc"
`;

/** Whether this machine can run a simulated Pi at all. */
export async function piAvailable(): Promise<boolean> {
  return (await podman(["image", "exists", PI_IMAGE])).status === 0;
}

/** A new simulated Pi with the host's program. Its name has the checkout in it, so that tests of two do not meet. */
export async function startPi(role: string): Promise<Pi> {
  const name = `homelab-test-${role}-${createHash("sha256").update(import.meta.url).digest("hex").slice(0, 6)}`;
  await podman(["rm", "--force", "--time", "0", "--volumes", name]);
  const options = ["--privileged", "--systemd=always", "--cgroupns=private", "-e", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"];
  await demand(await podman(["run", "-d", "--name", name, ...options, "-v", "/var/lib/containers", PI_IMAGE]), "podman run");
  await booted(name);
  const pi: Pi = {
    address: ADDRESS,
    exec: (command, stdin) => shell(name, command, stdin),
    must: async (command, stdin) => demand(await shell(name, command, stdin), command),
    powerCut: async () => {
      await demand(await podman(["kill", "--signal", "KILL", name]), "podman kill");
      await podman(["wait", name]);
    },
    powerOn: async () => {
      await demand(await podman(["start", name]), "podman start");
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
  // Quadlet's own `--cgroups=split` needs cgroup v2, which the machine of the tests may not have.
  await pi.must(`set -e
    mkdir -p /etc/containers/systemd/container.d /usr/local/lib/homelab
    printf '[Container]\\nCgroupsMode=enabled\\n' >/etc/containers/systemd/container.d/10-cgroups.conf`);
  await demand(await podman(["cp", `${HOST_PROGRAM}/.`, `${name}:/usr/local/lib/homelab/`]), "podman cp");
  await pi.must(
    `set -e
    cp /usr/local/lib/homelab/units/* /etc/systemd/system/
    cat >/etc/systemd/system/test-address.service
    systemctl daemon-reload
    systemctl enable --quiet --now test-address.service
    systemctl enable --quiet homelab-settle.service`,
    ADDRESS_UNIT,
  );
}

/** Behaviours of the test application; each is an image of its own. */
export type Behaviour = "v1" | "v2" | "v3" | "sick" | "dies" | "stubborn";

/** Makes images of the test application from the Pi's own Python. Returns `repository@digest` by behaviour. */
export async function importImages(pi: Pi, behaviours: readonly Behaviour[]): Promise<Record<Behaviour, string>> {
  await pi.must("mkdir -p /root/image && cat >/root/image/app.py", readFileSync(APPLICATION, "utf8"));
  await pi.must(`set -e; cd /root/image
    cp --parents /usr/bin/python3.13 .
    for library in $(ldd /usr/bin/python3.13 | grep -o '/lib[^ ]*'); do cp --parents --dereference $library .; done
    mkdir -p usr/lib config data tmp
    cp -r /usr/lib/python3.13 usr/lib/; rm -rf usr/lib/python3.13/{test,idlelib,ensurepip,lib2to3,pydoc_data,__pycache__} usr/lib/python3.13/*/__pycache__`);
  const images = {} as Record<Behaviour, string>;
  for (const behaviour of behaviours) {
    await pi.must(`set -e; cd /root/image; echo ${behaviour} >version; echo ${behaviour} >behaviour
      tar -c . | podman import - localhost/test/app:${behaviour}`);
    const digest = await pi.must(`podman image inspect --format '{{.Digest}}' localhost/test/app:${behaviour} 2>/dev/null`);
    images[behaviour] = `localhost/test/app@${digest}`;
  }
  return images;
}

async function booted(name: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const { stdout } = await shell(name, "systemctl is-system-running");
    if (/running|degraded/.test(stdout)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${name} did not boot`);
}

function shell(name: string, command: string, stdin = ""): Promise<Result> {
  return podman(["exec", "-i", name, "bash", "-c", command], stdin);
}

async function demand(result: Result, what: string): Promise<string> {
  if (result.status !== 0) throw new Error(`${what}: status ${result.status}\n${result.stderr}\n${result.stdout}`);
  return result.stdout.trimEnd();
}

let settings: Promise<string> | undefined;

async function podman(args: readonly string[], stdin = ""): Promise<Result> {
  settings ??= mkdtemp(join(tmpdir(), "homelab-test-")).then(async (folder) => {
    await writeFile(join(folder, "containers.conf"), CONTAINERS_CONF);
    return join(folder, "containers.conf");
  });
  const env = { ...process.env, CONTAINERS_CONF: await settings };
  return new Promise((resolve) => {
    const child = execFile("podman", [...args], { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const status = error ? (typeof error.code === "number" ? error.code : 255) : 0;
      resolve({ status, stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}
