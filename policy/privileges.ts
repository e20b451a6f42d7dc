/** What a container may do beyond the baseline: nothing that its file does not give a reason for. */
import { configDirectory } from "../providers/workload/quadlet.ts";
import { podmanArguments, UNITS, value, values } from "./unit.ts";
import { type PlannedWorkload, workloadPolicy } from "./workload.ts";

/** Keys of [Container] that give no privilege, or whose values are looked at here or by another policy. */
const HARMLESS = [
  ...["ContainerName", "Label", "Image", "Pull", "Network", "PublishPort", "AddHost", "User", "Group", "PodmanArgs"],
  ...["PidsLimit", "ReadOnly", "ReadOnlyTmpfs", "Tmpfs", "NoNewPrivileges", "DropCapability", "AddCapability", "Volume"],
  ...["Environment", "Entrypoint", "Exec", "HealthCmd", "StopTimeout", "StopSignal", "ShmSize", "WorkingDir", "Timezone"],
];

/** The same of options that go to podman as they are. */
const HARMLESS_OPTIONS = ["--memory", "--memory-swap", "--cpus", "--image-volume"];

export const privileges = workloadPolicy("privileges", "No container has a privilege without a written reason.", (workload) => [
  ...baseline(workload),
  ...root(workload),
  ...capabilities(workload),
  ...hostNetwork(workload),
  ...mounts(workload),
  ...unknown(workload),
]);

function baseline({ name, unit }: PlannedWorkload): readonly string[] {
  const wanted = [
    ["ReadOnly", "true", "could write to its root file system"],
    // podman's own tmpfs on /run, /tmp and /var/tmp would have no size limit.
    ["ReadOnlyTmpfs", "false", "could fill the memory by its temporary files"],
    ["NoNewPrivileges", "true", "could gain privileges by a program with the setuid bit"],
    ["DropCapability", "all", "would keep podman's default capabilities"],
  ] as const;
  return wanted
    .filter(([key, wish]) => value(unit, "Container", key) !== wish)
    .map(([key, wish, what]) => `${name} ${what}. Write ${key}=${wish} into its unit (${UNITS}).`);
}

function root({ name, unit, placed, file }: PlannedWorkload): readonly string[] {
  const user = value(unit, "Container", "User");
  if (/^[1-9]\d*$/.test(user ?? "") || isReason(placed?.definition.exceptions?.root)) return [];
  return [
    `${name} would run as root. Write the numeric \`user\` that the application needs in ${file}, or why it has to be root as \`exceptions.root\`.`,
  ];
}

function capabilities({ name, unit, placed, file }: PlannedWorkload): readonly string[] {
  const reasons = placed?.definition.exceptions?.capabilities ?? {};
  return values(unit, "Container", "AddCapability")
    .flatMap((line) => line.split(/\s+/))
    .filter((capability) => !isReason(reasons[capability]))
    .map(
      (capability) =>
        `${name} would have the capability ${capability} without a reason. Remove it, or write why as \`exceptions.capabilities.${capability}\` in ${file}.`,
    );
}

function hostNetwork({ name, unit, placed, file }: PlannedWorkload): readonly string[] {
  const networks = values(unit, "Container", "Network");
  const foreign = networks.filter((network) => network !== `${name}.network`);
  if (networks.length > 0 && foreign.length === 0) return [];
  if (
    foreign.every((network) => network === "host") &&
    networks.length > 0 &&
    isReason(placed?.definition.exceptions?.hostNetwork)
  )
    return [];
  return [
    `${name} would not be in a network of its own (${foreign.join(", ") || "podman's default"}). Remove that, or write why it needs the host's as \`exceptions.hostNetwork\` in ${file}.`,
  ];
}

/** Only its own configuration, which it cannot change, and its own data. */
function mounts({ name, unit, placed, file }: PlannedWorkload): readonly string[] {
  const own = new Map(placed?.volumes.map(({ source, target }) => [source, target]));
  return volumesOf(unit)
    .filter(({ source, target, options }) => {
      if (source === configDirectory(name)) return !options.includes("ro");
      return source.startsWith("/") && own.get(source) !== target;
    })
    .map(
      ({ source }) =>
        `${name} would have ${source} of its host. Keep its data in \`volumes\` and its configuration in \`files\` of ${file}.`,
    );
}

function unknown({ name, unit }: PlannedWorkload): readonly string[] {
  const keys = unit
    .filter(({ section, key }) => section === "Container" && !HARMLESS.includes(key))
    .map(({ key, value }) => `${key}=${value}`);
  const options = podmanArguments(unit).filter((word) => !HARMLESS_OPTIONS.some((option) => word.startsWith(`${option}=`)));
  return [...keys, ...options].map(
    (what) =>
      `${name} has ${what} in its unit, of which nobody has said that it gives no privilege. Remove it, or add it to the words that policy/privileges.ts knows.`,
  );
}

export const socket = workloadPolicy("socket", "No container mounts podman's socket.", ({ name, unit }) =>
  volumesOf(unit)
    .filter(
      ({ source }) =>
        /\.sock$/.test(source) ||
        ["/", "/run", "/var", "/var/run", "/run/podman", "/var/run/podman"].includes(source.replace(/(?<=.)\/+$/, "")),
    )
    .map(
      ({ source }) =>
        `${name} would have podman's socket by ${source}, and with it the whole Pi. There is no exception: let the host do that work, by a timer or a service.`,
    ),
);

/** What a container mounts. */
export function volumesOf(
  unit: PlannedWorkload["unit"],
): readonly { readonly source: string; readonly target: string; readonly options: readonly string[] }[] {
  return values(unit, "Container", "Volume").map((line) => {
    const [source = "", target = "", options = ""] = line.split(":");
    return { source, target, options: options.split(",") };
  });
}

/** A person can read why. */
function isReason(reason: string | undefined): boolean {
  return (reason ?? "").trim().length >= 10;
}
