import type { LabConfig, LabPlan, PlacedWorkload } from "./model.ts";

/**
 * What a workload's file in lab/workloads/ says. Nothing here knows Pulumi or podman.
 */

/** How soon a workload has to be back when hardware fails, and what is given up first. */
export type Tier = "core" | "important" | "optional";

/** What a container may use at most. All three are always set. */
export interface Limits {
  readonly memoryMiB: number;
  /** CPUs, e.g. 0.5. */
  readonly cpus: number;
  readonly pids: number;
}

/** A file that the workload reads at `/config/current/<path>`. */
export interface ConfigFile {
  /** Relative path, e.g. `prometheus.yml` or `rules/node.yml`. */
  readonly path: string;
  readonly text: string;
}

/** A file like {@link ConfigFile} whose content is a secret that only the components know. */
export type SecretFile = {
  readonly path: string;
} & (
  | {
      /**
       * `people`: an htpasswd file with the persons who may see the lab's pages. `copiers`: the same with the hosts whose copies lie
       * here; `copiers-authorization`: how the host's Nginx, which knows them by their certificates, proves that to rest-server.
       */
      readonly kind: "people" | "copiers" | "copiers-authorization";
    }
  /** One that a person gave, by its name: `secret:<name>` of the stack. */
  | { readonly kind: "given"; readonly secret: string }
);

/** A port that a workload listens on, published on its host's address. */
export interface PortDefinition {
  /** Unique within the workload, e.g. `https`. */
  readonly name: string;
  /** On the host. */
  readonly number: number;
  /** In the container, where it differs: a door at 443 needs no capability when the process listens above 1024. */
  readonly containerPort?: number;
  readonly protocol: "tcp" | "udp";
  /**
   * Who may connect. `clients`: only the workloads that name this port in their `calls`, and the host's health check, each
   * known by its certificate. `people`: anyone in the home network, who proves who they are to the application.
   */
  readonly access: "clients" | "people";
  /** Why it may be heard on the way, where it does not speak TLS. */
  readonly clear?: string;
  /** Left out where there would be nothing behind it. Without this the port is always there. */
  readonly onlyIf?: (self: Placement, lab: Placements) => boolean;
  /** Identities besides the callers: of services of hosts. */
  readonly furtherClients?: (self: Placement, lab: Placements) => readonly string[];
}

/** A directory of the host that holds a workload's data. */
export interface VolumeDefinition {
  readonly name: string;
  /** Where the container sees it. */
  readonly target: string;
  /** What it may grow to; counted against the host's disk. */
  readonly diskGiB: number;
  /** `true`, or the reason why its loss would not matter. */
  readonly backup: true | { readonly none: string };
}

/** How long snapshots of a workload are kept (lab/backup/), and how often they are taken. */
export type Retention = "database" | "state" | "configuration";

/**
 * How a workload's data is backed up. *Hot*, on the timer, it goes on serving; *cold*, before an upgrade, it is stopped gracefully
 * and its files are copied as they lie. Paths are `<volume>/…`.
 */
export interface BackupDefinition {
  readonly retention: Retention;
  readonly hot: HotBackup;
}

/** How data is had in one consistent piece while the workload serves. */
export type HotBackup =
  /** Files that may be copied at any moment. A signal makes it write out what it holds in memory, to this file. */
  | { readonly kind: "files"; readonly flush?: { readonly signal: "SIGUSR1"; readonly file: string } }
  /** SQLite's own online backup of each database; everything else as it lies. */
  | { readonly kind: "sqlite"; readonly databases: readonly string[] }
  /**
   * A command in the container that writes a dump to its stdout, in place of the volume with the live database. Run before a cold
   * backup too. Less than `leastBytes` is a failure whatever the command's exit status says.
   *
   * A restore begins with that volume empty. As soon as the application answers, `load` reads the dump from its stdin, in the
   * container. It has to replace what is there, since callers may have made their tables already, as a whole or not at all, and
   * to end with an honest status: `pg_dump --clean --if-exists` and `psql --single-transaction --set=ON_ERROR_STOP=1`.
   */
  | {
      readonly kind: "dump";
      readonly command: readonly string[];
      readonly load: readonly string[];
      readonly volume: string;
      readonly file: string;
      readonly leastBytes: number;
    }
  /** Prometheus' snapshot API at this port, in place of the volume. */
  | { readonly kind: "prometheus"; readonly port: string; readonly volume: string };

/** What a workload asks of another: an entry in its `/etc/hosts`, a place among the other's allowed clients. */
export interface WorkloadCall {
  readonly workload: string;
  readonly host: string;
  /** Name of the port. */
  readonly port: string;
  /** Where the other is an MQTT broker: what may be read or written there. Nothing that is not named. */
  readonly topics?: readonly { readonly access: "read" | "write" | "readwrite"; readonly topic: string }[];
}

/** The same, of a service of a host. */
export interface HostServiceCall {
  readonly service: "node-exporter";
  readonly host: string;
}

/** Whom a workload talks to. */
export type Call = WorkloadCall | HostServiceCall;

/** A workload and its host, before anything else is known: what calls and names are made from. */
export interface Placement {
  readonly definition: WorkloadDefinition;
  readonly name: string;
  readonly host: string;
  /** The DNS name it is known by, also the common name of its certificates: `prometheus.<domain>`, `nginx.adama.<domain>`. */
  readonly identity: string;
  readonly address: string;
}

/** Who runs where, of the whole lab. */
export interface Placements {
  readonly config: LabConfig;
  /** By host, then by name. */
  readonly all: readonly Placement[];
}

/**
 * A web page that the Nginx of the workload's host serves to people at `https://<name>.<domain>`. The name differs from the
 * workload's: the door must not be able to pass for the service behind it.
 */
export interface Page {
  readonly name: string;
  /** Name of the port behind it. */
  readonly port: string;
  /** Paths that the door lets nobody to, with a `/` at the end. */
  readonly closed?: readonly string[];
}

/** How the host asks the application whether it works. The host's script adds identity, address and name. */
export type HealthProbe =
  /** `status`: what it answers to a host that it lets see nothing else; without it any success. */
  | { readonly kind: "https"; readonly port: string; readonly path: string; readonly status?: number }
  | { readonly kind: "mqtts"; readonly port: string; readonly topic: string };

/** How a running application takes a changed file without a restart. */
export interface ReloadDefinition {
  readonly signal: "SIGHUP";
  /** Files (or, with a `/` at the end, folders) whose change needs no more than the signal. Any other change restarts. */
  readonly paths: readonly string[];
  /**
   * The application's own proof that it took the new files: a metric of the time, in seconds since 1970, of the last
   * successful load. Without it an application that refused the files, and runs on with the old ones, passes for healthy.
   */
  readonly metric?: { readonly port: string; readonly path: string; readonly name: string };
}

/** An alert: when, for how long, and what a person reads. */
export interface AlertRule {
  readonly alert: string;
  /** PromQL. Every measurement has the label `host`. */
  readonly expr: string;
  readonly for: string;
  readonly summary: string;
}

/** Everything about one workload: one of these per file in `lab/workloads/`. */
export interface WorkloadDefinition {
  readonly name: string;
  /**
   * Which /28 of its host's range its network is: the n-th, from 0. Given once and never to another workload, so that a
   * workload that comes or goes does not move the others' networks. `npm run plan` prints the next free one.
   */
  readonly network: number;
  /** One line, for people. */
  readonly summary: string;
  readonly tier: Tier;
  /** `one` in the lab, or `each`: one on every host that the placement names. */
  readonly instances: "one" | "each";
  readonly limits: Limits;
  /**
   * Numeric ids that the application runs as: the image's user, whom its folders belong to, and a group that nobody else has. The
   * group reads the workload's keys, and the host gives the images' groups to others: Debian's 65534 is that of apt's downloads.
   */
  readonly user: { readonly uid: number; readonly gid: number };
  /** Replaces the image's entry point where that would change owners or write to the root file system. */
  readonly entrypoint?: string;
  readonly arguments: (self: PlacedWorkload, plan: LabPlan) => readonly string[];
  readonly environment?: (self: PlacedWorkload, plan: LabPlan) => Readonly<Record<string, string>>;
  readonly ports: readonly PortDefinition[];
  readonly volumes: readonly VolumeDefinition[];
  /** Left out where no volume has a backup. */
  readonly backup?: BackupDefinition;
  /** Small writable places in memory: the root file system is read-only. */
  readonly tmpfs: readonly { readonly target: string; readonly sizeMiB: number }[];
  readonly files: (self: PlacedWorkload, plan: LabPlan) => readonly ConfigFile[];
  /**
   * Files of this repository that it reads as they are, of any content: a picture, a keystore. By path, as in `files`, the path
   * from the repository's root.
   */
  readonly sources?: Readonly<Record<string, string>>;
  /**
   * Certificates it needs, written to `/config/current/tls/{server,client}.{pem,key}`, each with its intermediate; the root is
   * at `tls/ca.pem`. One to call with is left out where it calls no one.
   */
  readonly certificates: readonly ("server" | "client")[];
  /** Further DNS names of its server certificate. */
  readonly serverNames?: (self: Placement, lab: Placements) => readonly string[];
  readonly secrets?: (self: PlacedWorkload, plan: LabPlan) => readonly SecretFile[];
  readonly calls: (self: Placement, lab: Placements) => readonly Call[];
  readonly page?: Page;
  /** Where Prometheus reads its metrics. */
  readonly metrics?: { readonly port: string; readonly path: string };
  /** What can be wrong with it in particular. That it answers, can be measured and is backed up is watched of every workload. */
  readonly alerts?: readonly AlertRule[];
  readonly health: HealthProbe;
  /** How long it may take from start to the first good answer, in seconds. */
  readonly healthyWithinSeconds: number;
  /** The same for a new version that has to convert its data first, as long as it shows progress: it logs, or its files change. */
  readonly migratedWithinSeconds?: number;
  readonly reload?: ReloadDefinition;
  /** A command inside the container that checks the files at `/config/current` before the application is told to use them. */
  readonly validate?: readonly string[];
  /** How long a graceful stop may take, in seconds. */
  readonly stopTimeoutSeconds: number;
  /** What it needs beyond the baseline (a user other than root, no capability, no device, own network, read-only root), each with its reason. */
  readonly exceptions?: {
    readonly hostNetwork?: string;
    readonly root?: string;
    readonly capabilities?: Readonly<Record<string, string>>;
  };
}
