/** Runs a container by a unit of ours on a simulated Pi, and reads from the kernel what its process was really given. */
import type { WorkloadDefinition } from "../../lab/definition.ts";
import type { WorkloadPlan } from "../../lab/model.ts";
import { waitFor } from "../../operations/shell.ts";
import { renderUnits } from "../../providers/workload/quadlet.ts";
import { cgroupsV1 } from "../../rehearsal/toolchain/machine.ts";
import type { BarePi } from "./pi.ts";

/** What a process was started with. */
export interface Started {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const name = "quoting";
const repository = `localhost/test/${name}`;
const shell = "/bin/sh";
/** It waits; what follows are its own arguments, which it does not look at. */
const waiting = ["-c", "sleep infinity & wait", name];

/**
 * Starts a workload with these arguments and this environment, exactly as the program would declare it.
 *
 * @returns both as its process has them; the environment with what podman adds
 */
export async function startedWith(pi: BarePi, wanted: Started): Promise<Started> {
  const plan = planOf(await importImage(pi), wanted);
  const unit = renderUnits(plan)[`${name}.container`] ?? "";
  await pi.write({
    [`/run/containers/systemd/${name}.container`]: unit,
    // Quadlet asks for `--cgroups=split`, which works on v2 only.
    ...(cgroupsV1() ? { "/run/containers/systemd/container.d/cgroups.conf": "[Container]\nCgroupsMode=enabled\n" } : {}),
  });
  await pi.run(`mkdir -p /var/lib/homelab/config/${name} && systemctl daemon-reload`);
  await pi.run(`systemctl start ${name} || { journalctl --no-pager --all --lines 30 --unit ${name}; exit 1; }`);
  const pid = (await pi.run(`podman container inspect --format '{{.State.Pid}}' ${name}`)).trim();
  // "Started" may come a moment before the runtime gives way to the program.
  const given = await waitFor("the container's own program runs", 20, async () => {
    const [program, ...rest] = await strings(pi, `/proc/${pid}/cmdline`);
    return program === shell ? rest : undefined;
  });
  const environment = (await strings(pi, `/proc/${pid}/environ`)).map((text) => splitAt(text, text.indexOf("=")));
  return { arguments: given.slice(waiting.length), environment: Object.fromEntries(environment) };
}

/** An image of a shell and nothing else. Returns its digest. */
async function importImage(pi: BarePi): Promise<string> {
  await pi.run(`mkdir -p /tmp/image/config && cd /tmp/image && ln -sfn usr/bin bin
    cp --parents --dereference /usr/bin/sh /usr/bin/sleep .
    ldd /usr/bin/sh /usr/bin/sleep | grep -o '/lib[^ ]*' | sort -u | xargs cp --parents --dereference --target-directory=.
    tar --create . | podman import --quiet - ${repository}:1`);
  return (await pi.run(`podman image inspect --format '{{.Digest}}' ${repository}:1`)).trim();
}

function planOf(digest: string, wanted: Started): WorkloadPlan {
  const definition: WorkloadDefinition = {
    name,
    network: 0,
    summary: "Waits",
    tier: "optional",
    instances: "one",
    limits: { memoryMiB: 64, cpus: 0.5, pids: 16 },
    user: { uid: 1000, gid: 1000 },
    entrypoint: shell,
    arguments: () => [],
    ports: [],
    volumes: [],
    tmpfs: [],
    files: () => [],
    certificates: [],
    calls: () => [],
    health: { kind: "https", port: "https", path: "/" },
    healthyWithinSeconds: 10,
    stopTimeoutSeconds: 1,
    exceptions: { hostNetwork: "the Pi of this test has none for containers" },
  };
  return {
    placed: {
      definition,
      name,
      host: "pi",
      turn: 0,
      after: [],
      identity: `${name}.lab.test`,
      address: "127.0.0.1",
      limits: definition.limits,
      subnet: "10.98.0.0/28",
      ports: [],
      volumes: [],
      certificates: [],
      calls: [],
      hosts: [],
    },
    image: { repository, tag: "1", digest },
    limits: definition.limits,
    arguments: [...waiting, ...wanted.arguments],
    environment: wanted.environment,
    files: [],
    secretFiles: [],
    healthCommand: ["true"],
  };
}

/** Strings of a file in which each ends with a zero byte. */
async function strings(pi: BarePi, file: string): Promise<readonly string[]> {
  const bytes = Buffer.from(await pi.run(`base64 ${file}`), "base64");
  return bytes.toString("utf8").split("\0").slice(0, -1);
}

function splitAt(text: string, index: number): [string, string] {
  return [text.slice(0, index), text.slice(index + 1)];
}
