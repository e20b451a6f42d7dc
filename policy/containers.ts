/** What every container has: limits, a digest, a health check, a restart by systemd, a graceful stop. */
import type { Policy } from "./policy.ts";
import { podmanOption, UNITS, value } from "./unit.ts";
import { member, type PlannedWorkload, text, workloadPolicy } from "./workload.ts";

export const limits = workloadPolicy(
  "limits",
  "Every container has limits for memory (without swap), processor time and processes.",
  ({ name, unit, file, host }) => {
    const memory = podmanOption(unit, "memory");
    const lacking = [
      ...(isAmount(memory) && podmanOption(unit, "memory-swap") === memory ? [] : ["memory (and the same for memory and swap)"]),
      ...(isAmount(podmanOption(unit, "cpus")) ? [] : ["processor time"]),
      ...(isAmount(value(unit, "Container", "PidsLimit")) ? [] : ["processes"]),
    ];
    const remedy = `Write \`limits\` in ${file}, or homelab:limits.${name} in Pulumi.${host}.yaml.`;
    return lacking.map((what) => `${name} has no limit for ${what}: it could take the whole Pi with it. ${remedy}`);
  },
);

/** More than nothing: to podman 0 and -1 are no limit. */
function isAmount(written: string | undefined): boolean {
  return written !== undefined && Number.parseFloat(written) > 0;
}

const IMAGE = "docker:index/remoteImage:RemoteImage";
const DIGEST = /@(sha256:[0-9a-f]{64})$/;

export const digest: Policy = {
  name: "digest",
  description: "Every image has a digest, and what is pulled is what runs.",
  resource: ({ type, name, inputs }, plan) => {
    if (type === IMAGE && !DIGEST.test(text(inputs.name))) return [unpinned(name, text(inputs.name))];
    return pinned.resource?.({ type, name, inputs }, plan) ?? [];
  },
};

const pinned = workloadPolicy("digest", "", ({ name, inputs, unit }) => {
  const declared = DIGEST.exec(text(inputs.image))?.[1];
  const started = value(unit, "Container", "Image") ?? "";
  if (declared === undefined) return [unpinned(name, text(inputs.image))];
  if (DIGEST.exec(started)?.[1] !== declared) {
    return [
      `${name} would start ${started}, and not the image with the digest ${declared}. Let the unit's Image= end in it (${UNITS}).`,
    ];
  }
  if (value(unit, "Container", "Pull") !== "never") {
    return [
      `${name} would pull its image when it starts: without the internet it would be down. Write Pull=never into its unit (${UNITS}).`,
    ];
  }
  return [];
});

function unpinned(name: string, image: string): string {
  return `${name} has no digest (${image}): whoever owns the tag decides what runs. Run \`npm run pin\`.`;
}

/** Commands that always say yes. */
const NO_QUESTION = ["true", "/bin/true", "/usr/bin/true", ":", "echo"];

export const health = workloadPolicy(
  "health",
  "Every container is asked, from its host, whether the application answers.",
  ({ name, inputs, file }) => {
    const command = member(inputs.health, "command");
    const first = Array.isArray(command) ? text(command[0]) : "";
    if (first !== "" && !NO_QUESTION.includes(first) && Number(member(inputs.health, "withinSeconds")) > 0) return [];
    return [
      `${name} has no health check: a version that does not work would pass for one that does. Write \`health\` in ${file}.`,
    ];
  },
);

const CONTAINER = "docker:index/container:Container";

export const restart: Policy = {
  name: "restart",
  description: "Every container is a unit of systemd, which starts it at boot and restarts it for ever.",
  resource: ({ type, name, inputs }, plan) => {
    if (type !== CONTAINER) return restarted.resource?.({ type, name, inputs }, plan) ?? [];
    return [
      `${name} is a docker.Container: nobody starts it at boot, and a change of it is no transaction. Declare it as a workload: a file in lab/workloads/.`,
    ];
  },
};

const restarted = workloadPolicy("restart", "", ({ name, unit }) => {
  const wanted = [
    ["Service", "Restart", "always"],
    ["Unit", "StartLimitIntervalSec", "0"],
    ["Install", "WantedBy", "multi-user.target"],
  ] as const;
  return wanted
    .filter(([section, key, wish]) => value(unit, section, key) !== wish)
    .map(
      ([section, key, wish]) =>
        `${name} would not come back by itself for ever: write ${key}=${wish} under [${section}] of its unit (${UNITS}).`,
    );
});

/** Less than this is hardly more than SIGKILL, in seconds. */
const SHORTEST_STOP = 5;

/** What systemd has to wait longer than podman, or it kills what podman has not ended yet, in seconds. */
const STOP_MARGIN = 15;

export const stop = workloadPolicy(
  "stop",
  "Every container has time to end by itself before it is killed.",
  ({ name, unit, file }) => {
    const graceful = Number(value(unit, "Container", "StopTimeout") ?? 0);
    if (!(graceful >= SHORTEST_STOP)) {
      return [
        `${name} has ${graceful} seconds to stop, too few to save its data. Write \`stopTimeoutSeconds\` of at least ${SHORTEST_STOP} in ${file}.`,
      ];
    }
    return [...killedEarly({ name, unit }, graceful), ...killedAtOnce({ name, unit })];
  },
);

type Named = Pick<PlannedWorkload, "name" | "unit">;

function killedEarly({ name, unit }: Named, graceful: number): readonly string[] {
  const least = graceful + STOP_MARGIN;
  const given = value(unit, "Service", "TimeoutStopSec") ?? "nothing";
  if (Number(given) >= least) return [];
  return [
    `${name} would be killed by systemd while it stops: TimeoutStopSec is ${given}. Write at least ${least} into its unit (${UNITS}).`,
  ];
}

function killedAtOnce({ name, unit }: Named): readonly string[] {
  const signal = value(unit, "Container", "StopSignal");
  if (signal === undefined || !/^(SIG)?KILL$|^9$/.test(signal)) return [];
  return [`${name} would be stopped by ${signal}, which it cannot hear. Remove StopSignal= from its unit (${UNITS}).`];
}
