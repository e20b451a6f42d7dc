import type { WorkloadDefinition } from "./definition.ts";
import {
  type ConfigProblem,
  type HostConfig,
  type LabConfig,
  type LabPlan,
  RESTIC,
  type StackConfig,
  UNKNOWN_HOST_KEY,
  UNPINNED,
} from "./model.ts";
import { sortedNames } from "./names.ts";

const PROJECT = "Pulumi.yaml";

/** Whether the primary host is one of the hosts. An empty name was reported as missing. */
export function checkPrimary({ primary }: LabConfig, hosts: readonly string[]): readonly ConfigProblem[] {
  if (primary === "" || hosts.includes(primary)) return [];
  const remedy = `Hosts are: ${hosts.join(", ")}.`;
  return [{ file: PROJECT, path: "homelab:primary", value: primary, message: "is no host", remedy }];
}

/**
 * Whether the placement names workloads and hosts that there are.
 * @param hosts names of all hosts that a person wrote
 */
export function checkPlacement(
  lab: LabConfig,
  catalogue: readonly WorkloadDefinition[],
  hosts: readonly string[],
): readonly ConfigProblem[] {
  return sortedNames(lab.placement).flatMap((name) => {
    const placed = lab.placement[name] ?? [];
    const path = `homelab:placement.${name}`;
    const definition = catalogue.find((candidate) => candidate.name === name);
    if (!definition) return [unknownWorkload(PROJECT, path, catalogue)];
    const problems: ConfigProblem[] = placed.flatMap((host, index) => {
      const at = { file: PROJECT, path: `${path}[${index}]`, value: host };
      if (!hosts.includes(host)) return [{ ...at, message: "is no host", remedy: `Hosts are: ${hosts.join(", ")}.` }];
      if (placed.indexOf(host) === index) return [];
      return [{ ...at, message: "is named twice", remedy: "Remove one of the two." }];
    });
    if (definition.instances === "one" && new Set(placed).size > 1) {
      const message = "can be on one host only: it has one name in the lab";
      problems.push({ file: PROJECT, path, value: placed, message, remedy: "Leave one host." });
    }
    if (hosts.includes(name)) {
      const message = "has the name of a host: both would be the same in the domain";
      problems.push({ file: PROJECT, path, message, remedy: "Give the host another name." });
    }
    return problems;
  });
}

/** Whether a stack belongs to a host, and has what its workloads need. */
export function checkStack(
  plan: LabPlan,
  stack: StackConfig,
  catalogue: readonly WorkloadDefinition[],
  written: { readonly hosts: readonly string[]; readonly images: readonly string[] },
): readonly ConfigProblem[] {
  const file = `Pulumi.${stack.host}.yaml`;
  if (!written.hosts.includes(stack.host)) {
    const remedy = `Add the host to homelab:hosts, or take a stack of its name: ${written.hosts.join(", ")}.`;
    return [{ file: PROJECT, path: `homelab:hosts.${stack.host}`, message: "is missing, and the stack has its name", remedy }];
  }
  const host = plan.hosts.find(({ name }) => name === stack.host);
  const missing = (host?.workloads ?? []).filter(({ name }) => !written.images.includes(name));
  const withoutRestic = host !== undefined && !written.images.includes(RESTIC);
  return [
    ...(host?.config.hostKey === UNKNOWN_HOST_KEY ? [unknownHostKey(file, host.name, host.config)] : []),
    ...missing.map(({ name }) => missingImage(file, name, `Pulumi.yaml places ${name} on ${stack.host}`)),
    ...(withoutRestic ? [missingImage(file, RESTIC, "every host backs up with it")] : []),
    ...sortedNames(stack.images).flatMap((name) => checkImage(file, name, stack, catalogue)),
    ...sortedNames(stack.limits)
      .filter((name) => !catalogue.some((definition) => definition.name === name))
      .map((name) => unknownWorkload(file, `homelab:limits.${name}`, catalogue)),
  ];
}

function unknownHostKey(file: string, name: string, { address, sshPort }: HostConfig): ConfigProblem {
  const port = sshPort === 22 ? "" : `-p ${sshPort} `;
  return {
    file,
    path: "homelab:hostKey",
    value: UNKNOWN_HOST_KEY,
    message: `is not known yet: without it nobody can tell ${name} from another machine at ${address}`,
    remedy: `ssh-keyscan -t ed25519 ${port}${address}
       prints it after the address. Compare it with /etc/ssh/ssh_host_ed25519_key.pub on ${name} itself, then write type and key here:
       npx pulumi config set --stack ${name} homelab:hostKey "ssh-ed25519 AAAA…"`,
    unfilled: true,
  };
}

function missingImage(file: string, name: string, why: string): ConfigProblem {
  return {
    file,
    path: `homelab:images.${name}`,
    message: `is missing: ${why}`,
    remedy: `Add "${name}: <registry>/<image>:<tag>@${UNPINNED}" and run: npm run pin -- ${name}`,
  };
}

function checkImage(
  file: string,
  name: string,
  stack: StackConfig,
  catalogue: readonly WorkloadDefinition[],
): readonly ConfigProblem[] {
  const path = `homelab:images.${name}`;
  if (name !== RESTIC && !catalogue.some((definition) => definition.name === name))
    return [unknownWorkload(file, path, catalogue)];
  const image = stack.images[name];
  if (image?.digest !== UNPINNED) return [];
  const value = `${image.repository}:${image.tag}@${image.digest}`;
  const message = "has no digest yet: the tag alone may be another image tomorrow";
  return [{ file, path, value, message, remedy: `npm run pin -- ${name} looks it up and writes it here.`, unfilled: true }];
}

function unknownWorkload(file: string, path: string, catalogue: readonly WorkloadDefinition[]): ConfigProblem {
  const known = catalogue.map(({ name }) => name).join(", ");
  return { file, path, message: "is no workload", remedy: `Workloads (lab/workloads/) are: ${known}.` };
}
