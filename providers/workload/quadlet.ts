import type { WorkloadPlan } from "../../lab/model.ts";
import type { WorkloadReading } from "./protocol.ts";

/**
 * A workload in podman's words: the only file that knows them. Keys as in podman-systemd.unit(5) of podman 5.4, the version
 * of Raspberry Pi OS 13; what 5.4 has no key for goes by `PodmanArgs=`.
 */

/** Where a workload's configuration directories lie on its host; the container sees this folder at `/config`. */
export function configDirectory(workload: string): string {
  return `/var/lib/homelab/config/${workload}`;
}

/** The first line of each of our unit files: a file without it is not ours and is never overwritten. */
function mark(workload: string): string {
  return `# homelab: ${workload}`;
}

/**
 * The Quadlet files of a workload.
 *
 * @returns text by file name: `<name>.container`, and `<name>.network` unless it uses the host's network.
 */
export function renderUnits(plan: WorkloadPlan): Record<string, string> {
  const { name, definition } = plan.placed;
  const container = { [`${name}.container`]: renderContainer(plan) };
  return definition.exceptions?.hostNetwork ? container : { ...container, [`${name}.network`]: renderNetwork(plan) };
}

/** systemd gives up on a stop after this long; shorter than podman's own limit it would leave a process behind. */
const STOP_MARGIN_SECONDS = 15;

const MIB = 1024 * 1024;

function renderContainer(plan: WorkloadPlan): string {
  const { placed, image } = plan;
  const { name, definition } = placed;
  return unit(mark(name), {
    Unit: [
      ["Description", value(definition.summary)],
      ["RequiresMountsFor", "/var/lib/homelab"],
      // No `Requires=`: who is called may be down, and a stop of it must not stop its callers.
      ...(placed.after.length > 0 ? [["After", placed.after.map((other) => `${other}.service`).join(" ")] satisfies Line] : []),
      // Restarted for ever: with a limit a crash loop ends in `failed`, and a corrected unit does not start either.
      ["StartLimitIntervalSec", "0"],
    ],
    Container: [
      ["ContainerName", name],
      ["Label", `homelab.workload=${name}`],
      ["Image", `${image.repository}:${image.tag}@${image.digest}`],
      // The image is there before the transaction starts. A pull at boot would need the internet for the lab to come up.
      ["Pull", "never"],
      ...network(plan),
      ...plan.placed.ports.map(
        (port): Line => ["PublishPort", `${port.address}:${port.number}:${port.containerPort ?? port.number}/${port.protocol}`],
      ),
      ...placed.hosts.map((host): Line => ["AddHost", `${host.name}:${host.address}`]),
      ["User", String(definition.user.uid)],
      ["Group", String(definition.user.gid)],
      ...limits(plan),
      ...hardening(plan),
      ["Volume", `${configDirectory(name)}:/config:ro`],
      ...placed.volumes.map((volume): Line => ["Volume", `${volume.source}:${volume.target}`]),
      ...Object.entries(plan.environment).map(([key, text]): Line => ["Environment", word(`${key}=${text}`)]),
      ...(definition.entrypoint ? [["Entrypoint", definition.entrypoint] satisfies Line] : []),
      ...(plan.arguments.length > 0 ? [["Exec", plan.arguments.map(word).join(" ")] satisfies Line] : []),
      // The host asks the application itself; a check baked into an image would only cost memory.
      ["HealthCmd", "none"],
      ["StopTimeout", String(definition.stopTimeoutSeconds)],
    ],
    Service: [
      ["Restart", "always"],
      ["RestartSec", "1"],
      ["TimeoutStopSec", String(definition.stopTimeoutSeconds + STOP_MARGIN_SECONDS)],
      ...(definition.reload
        ? [["ExecReload", `/usr/bin/podman kill --signal=${definition.reload.signal} ${name}`] satisfies Line]
        : []),
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

function renderNetwork(plan: WorkloadPlan): string {
  const { name, subnet } = plan.placed;
  return unit(mark(name), {
    Unit: [["Description", `Network of ${name}`]],
    Network: [
      ["NetworkName", name],
      ["Label", `homelab.workload=${name}`],
      ["Subnet", subnet],
      // Whom a workload calls stands in its /etc/hosts: no DNS server of podman's to run, or to fail.
      ["DisableDNS", "true"],
    ],
  });
}

function network(plan: WorkloadPlan): Line[] {
  return [["Network", plan.placed.definition.exceptions?.hostNetwork ? "host" : `${plan.placed.name}.network`]];
}

function limits(plan: WorkloadPlan): Line[] {
  const { memoryMiB, cpus, pids } = plan.limits;
  return [
    // Swap equal to memory is no swap: on a Pi it would wear out the card and slow down everyone else.
    ["PodmanArgs", `--memory=${memoryMiB}m --memory-swap=${memoryMiB}m --cpus=${cpus}`],
    ["PidsLimit", String(pids)],
  ];
}

/** The limits that {@link renderUnits} wrote into a container's text, as a reading has them; null for a text of someone else. */
export function limitsIn(text: string): WorkloadReading["limits"] {
  const arguments_ = /^PodmanArgs=--memory=(\d+)m --memory-swap=(\d+)m --cpus=([\d.]+)$/m.exec(text);
  const pids = /^PidsLimit=(\d+)$/m.exec(text);
  if (!arguments_ || !pids) return null;
  const [memory, swap, cpus] = arguments_.slice(1).map(Number);
  return { memory: (memory ?? 0) * MIB, memorySwap: (swap ?? 0) * MIB, cpus: thousandths(cpus ?? 0), pids: Number(pids[1]) };
}

/** podman has hundred-thousandths and cuts off the rest: what it says of 0.29 is a little less. */
function thousandths(cpus: number): number {
  return Math.round(cpus * 1000) / 1000;
}

function hardening(plan: WorkloadPlan): Line[] {
  const { definition } = plan.placed;
  return [
    ["ReadOnly", "true"],
    // For a directory that an image declares as volume and we do not, podman would make a volume that nobody knows nor backs up.
    ["PodmanArgs", "--image-volume=ignore"],
    // podman's own tmpfs on /run, /tmp and /var/tmp would have no size limit.
    ["ReadOnlyTmpfs", "false"],
    ...definition.tmpfs.map((mount): Line => ["Tmpfs", `${mount.target}:size=${mount.sizeMiB}m,mode=1777`]),
    ["NoNewPrivileges", "true"],
    ["DropCapability", "all"],
    ...Object.keys(definition.exceptions?.capabilities ?? {}).map((capability): Line => ["AddCapability", capability]),
  ];
}

type Line = readonly [key: string, value: string];

function unit(comment: string, sections: Record<string, readonly Line[]>): string {
  const text = Object.entries(sections).map(([name, lines]) =>
    [`[${name}]`, ...lines.map(([key, text]) => `${key}=${text}`), ""].join("\n"),
  );
  return [comment, ...text].join("\n");
}

/** A plain value: systemd expands `%`. */
function value(text: string): string {
  return text.replaceAll("%", "%%");
}

/**
 * Expands to nothing: the name of the instance, which only a unit made from a template has. For words that quotes do not
 * protect: the generator of podman 5.4 takes an empty one for the end of the line, and hands on `";"` without its quotes, which
 * systemd takes for the end of the command.
 */
const NOTHING = "%i";

/**
 * One word of a command line or of `Environment=`, quoted as systemd.syntax(7) says. The generator hands it on to `ExecStart=`,
 * where `%` is a specifier and `$` a variable.
 */
export function word(text: string): string {
  if (text === "" || text === ";") return `${NOTHING}${text}`;
  const escaped = value(text)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("$", "$$$$")
    .replaceAll(/\p{Cc}/gu, controlCharacter);
  return /^[A-Za-z0-9_@+=:,./-]+$/.test(text) ? text : `"${escaped}"`;
}

/** Not only a line feed ends a line: to systemd a carriage return does too. */
function controlCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
