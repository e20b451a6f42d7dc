import { missingSecret } from "../missing-secret.ts";
import type { ConfigProblem, LabPlan, PlannedHost, StackConfig } from "../model.ts";
import { sortedNames } from "../names.ts";
import { credentialFileOf, credentialName, placeOf, SSH_KEY, variableOf } from "./credentials.ts";
import type { BackupConfig, PlaceConfig } from "./model.ts";
import { backupConfig, REST_SERVER, repositoryOf } from "./plan.ts";
import { keyscan, type SftpServer, sftpServer } from "./sftp.ts";

const FILE = "Pulumi.yaml";
const KEY = "homelab:backup";

/** Most minutes between two backups of a core workload: with the time that a copy takes, what is lost is less than an hour's. */
const CORE_MINUTES = 30;

/**
 * Backends of restic that need nothing on the host but restic, and the ssh that every Pi has:
 * https://restic.readthedocs.io/en/stable/030_preparing_a_new_repo.html
 */
const BACKENDS = ["s3", "rest", "b2", "azure", "gs", "swift", "sftp"];

/** Names of places that mean something else already. */
const RESERVED = ["local"];

/** What rest-server takes in a path for a part of a repository, and not for whose it is: `ObjectTypes` and `FileTypes` of its repo/repo.go. */
const REPOSITORY_PARTS = ["data", "index", "keys", "locks", "snapshots", "config"];

/** Whether backups have somewhere to go, and what is asked of other hosts is there. */
export function checkBackup(plan: LabPlan, stack: StackConfig, hosts: readonly string[]): readonly ConfigProblem[] {
  const backup = backupConfig(plan.config);
  const host = plan.hosts.find(({ name }) => name === stack.host);
  return [
    ...checkHosts(backup, hosts),
    ...plan.hosts.flatMap((copier) => checkCopies(copier, plan, hosts, backup)),
    ...sortedNames(backup.places).flatMap((name) => checkPlace(name, backup, hosts)),
    ...checkIntervals(backup),
    ...plan.hosts.flatMap((each) => checkElsewhere(each, backup)),
    ...(host ? checkInitialise(host, stack) : []),
    ...checkCredentials(backup, stack),
  ];
}

function checkHosts({ repositories, copies }: BackupConfig, hosts: readonly string[]): ConfigProblem[] {
  const named = (key: "repositories" | "copies", names: readonly string[]) =>
    names
      .filter((name) => !hosts.includes(name))
      .map((name) => problem(`${key}.${name}`, undefined, "is no host", `Hosts are: ${hosts.join(", ")}.`));
  const inData = sortedNames(repositories).filter((name) => /^\/var\/lib\/homelab\/(?!backup\/)/.test(`${repositories[name]}/`));
  const takenForParts = sortedNames(copies).filter((name) => REPOSITORY_PARTS.includes(name) && (copies[name] ?? []).length > 0);
  return [
    ...named("repositories", sortedNames(repositories)),
    ...named("copies", sortedNames(copies)),
    ...takenForParts.map((name) => {
      const message = "is a name that rest-server takes for a part of a repository: it would refuse the host's copies";
      return problem(`copies.${name}`, undefined, message, "Give the host another name.");
    }),
    ...inData.map((name) => {
      const message = "lies among the data that it is to save";
      return problem(
        `repositories.${name}`,
        repositories[name],
        message,
        "Give it a folder of its own, such as /mnt/usb/homelab.",
      );
    }),
  ];
}

/** Whether the hosts that are to keep copies can take them in. */
function checkCopies(copier: PlannedHost, plan: LabPlan, hosts: readonly string[], { copies }: BackupConfig): ConfigProblem[] {
  return (copies[copier.name] ?? []).flatMap((keeper, index) => {
    const path = `copies.${copier.name}[${index}]`;
    if (keeper === copier.name) {
      return [problem(path, keeper, "is the host itself: that is no copy", "Name another host, or leave it out.")];
    }
    if (!hosts.includes(keeper)) return [problem(path, keeper, "is no host", `Hosts are: ${hosts.join(", ")}.`)];
    const host = plan.hosts.find(({ name }) => name === keeper);
    // One that is written, but could not be read, is reported already.
    if (!host) return [];
    return [REST_SERVER.name, "nginx"]
      .filter((needed) => !host.workloads.some(({ name }) => name === needed))
      .map((needed) =>
        problem(path, keeper, `has no ${needed}, which takes copies in`, `Add ${keeper} to homelab:placement.${needed}.`),
      );
  });
}

/** How restic reaches a repository, undefined for a path of the host. */
function backendOf(repository: string): string | undefined {
  return /^([a-z0-9]+):/.exec(repository)?.[1];
}

/** The server of a place; each host may have its own, by its name. */
function serverOf(place: PlaceConfig, host: string): SftpServer | undefined {
  return sftpServer(repositoryOf(place, host));
}

function checkPlace(name: string, { places }: BackupConfig, hosts: readonly string[]): ConfigProblem[] {
  const repository = places[name]?.repository ?? "";
  const backend = backendOf(repository);
  const path = `places.${name}`;
  const at = `${path}.repository`;
  const problems: ConfigProblem[] = [];
  if (hosts.includes(name) || RESERVED.includes(name)) {
    problems.push(problem(path, undefined, "has a name that means another place already", "Give it another name."));
  }
  if (/^[a-z0-9]+:.*:\/\/[^/]*@|^rest:.*@/.test(repository)) {
    // The value may hold a password: it is not shown.
    const remedy = `Take it out, and write: npx pulumi config set --stack <host> --secret secret:backup.${name}.RESTIC_REST_PASSWORD, for each host`;
    problems.push(problem(at, undefined, "has a name or a password in it", remedy));
  } else if (!repository.startsWith("/") && (backend === undefined || !BACKENDS.includes(backend))) {
    const remedy = `Write a path of the host, or one of restic's: ${BACKENDS.map((each) => `${each}:…`).join(", ")}.`;
    problems.push(problem(at, repository, "is no repository that restic can reach by itself", remedy));
  }
  if (hosts.length > 1 && !repository.includes("{host}")) {
    const message = "is the same for all hosts, and each has a password of its own";
    problems.push(problem(at, repository, message, "Write {host} where the host's name shall stand."));
  }
  return [...problems, ...checkSsh(name, places[name], hosts[0] ?? "")];
}

/** Whether the server of an `sftp:` place can be found, and known from another. */
function checkSsh(name: string, place: PlaceConfig | undefined, host: string): ConfigProblem[] {
  if (!place) return [];
  const at = `places.${name}`;
  if (backendOf(place.repository) !== "sftp") {
    const message = "is of no use: only an sftp: repository is reached by ssh";
    return place.hostKey === undefined ? [] : [problem(`${at}.hostKey`, place.hostKey, message, "Remove the line.")];
  }
  if (/^sftp:(\/\/)?[^/]*:[^/]*@/.test(place.repository)) {
    const remedy = `Take it out: the server lets in who has secret:${credentialName(name, SSH_KEY)}.`;
    return [problem(`${at}.repository`, undefined, "has a password in it, which ssh would not get", remedy)];
  }
  const server = serverOf(place, host);
  if (!server) {
    const remedy = "Write sftp:me@nas.example.org:/backups/{host}, or with a port sftp://me@nas.example.org:23//backups/{host}.";
    return [problem(`${at}.repository`, place.repository, "names no server and folder that restic understands", remedy)];
  }
  if (place.hostKey !== undefined) return [];
  const remedy = `${keyscan(server)}
       prints it after the address. Compare it with what its owner says it is, then write type and key here.`;
  const message = `is missing: without it nobody can tell ${server.host} from another machine`;
  return [{ ...problem(`${at}.hostKey`, undefined, message, remedy), unfilled: true }];
}

function checkIntervals({ every }: BackupConfig): ConfigProblem[] {
  if (every.core <= CORE_MINUTES) return [];
  const message = `is more than ${CORE_MINUTES} minutes: an accident would cost more than an hour`;
  return [problem("every.core", `${every.core}m`, message, `Write ${CORE_MINUTES}m or less.`)];
}

/** A backup that burns with what it saves is none. */
function checkElsewhere(host: PlannedHost, { copies }: BackupConfig): ConfigProblem[] {
  const saved = host.workloads.filter(({ volumes }) => volumes.some(({ backup }) => backup === true)).map(({ name }) => name);
  if (saved.length === 0 || host.backup.places.length > 0 || copies[host.name] !== undefined) return [];
  const message = `is missing: the backups of ${saved.join(", ")} would lie on ${host.name} alone`;
  return [
    problem(
      `copies.${host.name}`,
      undefined,
      message,
      `Name another host, or a place under homelab:backup.places. Write "${host.name}: []" if you mean it.`,
    ),
  ];
}

function checkCredentials({ places }: BackupConfig, { host, secrets }: StackConfig): ConfigProblem[] {
  const found = (name: string, message: string, remedy: string): ConfigProblem => {
    return { file: `Pulumi.${host}.yaml`, path: `secret:${name}`, message, remedy };
  };
  const wrong = secrets.flatMap((name) => {
    const place = placeOf(name);
    if (place === undefined) return [];
    const declared = places[place];
    if (!declared) {
      const remedy = `Places (homelab:backup.places) are: ${sortedNames(places).join(", ") || "none"}. Correct the name or remove the line.`;
      return [found(name, "is of no place of backups", remedy)];
    }
    const backend = credentialFileOf(name)?.backend;
    if (backend === undefined || backend === backendOf(declared.repository)) return [];
    return [found(name, `is of no use: only a place with ${backend}: asks for ${variableOf(name)}`, "Remove the line.")];
  });
  const missing = sortedNames(places).flatMap((place) => {
    const server = places[place] && serverOf(places[place], host);
    const name = credentialName(place, SSH_KEY);
    if (!server || secrets.includes(name)) return [];
    return [{ ...missingSecret(host, name, `without it ${server.host} does not let ${host} in`), unfilled: true as const }];
  });
  return [...wrong, ...missing];
}

function checkInitialise({ name, workloads }: PlannedHost, { initialise }: StackConfig): ConfigProblem[] {
  const known = workloads.filter(({ volumes }) => volumes.length > 0).map((workload) => workload.name);
  return initialise
    .filter((workload) => !known.includes(workload))
    .map((workload) => ({
      file: `Pulumi.${name}.yaml`,
      path: "homelab:initialise",
      value: workload,
      message: `is no workload with data on ${name}`,
      remedy: `With data are: ${known.join(", ") || "none"}. Remove the line.`,
    }));
}

function problem(path: string, value: unknown, message: string, remedy: string): ConfigProblem {
  return { file: FILE, path: `${KEY}.${path}`, ...(value === undefined ? {} : { value }), message, remedy };
}
