import type { AlertsConfig } from "./alerts/model.ts";
import type { BackupConfig, HostBackup } from "./backup/model.ts";
import type {
  Call,
  ConfigFile,
  Limits,
  Placement,
  PortDefinition,
  Retention,
  SecretFile,
  VolumeDefinition,
} from "./definition.ts";
import type { RoutersConfig } from "./routers/model.ts";

/**
 * The words of the lab: what the configuration says, and what the plan makes of it and of the workloads' files (definition.ts).
 * Nothing here knows Pulumi or podman.
 */

/** What a person wrote in `Pulumi.yaml`, parsed: facts that any host must know. */
export interface LabConfig {
  /** The lab's DNS domain, e.g. `lab.home.arpa`. */
  readonly domain: string;
  /** The host whose stack makes what all need: certificate authority, passwords. The others read it, never back. */
  readonly primary: string;
  readonly hosts: Readonly<Record<string, HostConfig>>;
  /** Which hosts run a workload, by workload name. */
  readonly placement: Readonly<Record<string, readonly string[]>>;
  /** The public ssh key that may only read the Pis: that of previews in CI. */
  readonly previewKey?: string | undefined;
  /** Where backups go. Left out: nowhere but to each host's own disk. */
  readonly backup?: BackupConfig | undefined;
  /** Who is told of alerts. Left out: nobody. */
  readonly alerts?: AlertsConfig | undefined;
  /** The home network and its routers, where they belong to the lab. */
  readonly home?: RoutersConfig | undefined;
}

/** Written where a host's key is not known yet. Refused for the host that a stack manages. */
export const UNKNOWN_HOST_KEY = "unset";

/** Written in place of a digest that could not be looked up yet: `…:v3.16.0@unpinned`. Refused wherever something is applied. */
export const UNPINNED = "unpinned";

/** One Pi, as `homelab:hosts` describes it. */
export interface HostConfig {
  /** IPv4 address in the home network. */
  readonly address: string;
  readonly sshPort: number;
  /**
   * The host's public ssh key, `ssh-ed25519 AAAA…`: pinned, a host with another key is not talked to.
   * {@link UNKNOWN_HOST_KEY} for the hosts of other stacks: a stack talks to its own host only.
   */
  readonly hostKey: string;
  readonly memoryMiB: number;
  readonly cpus: number;
  readonly diskGiB: number;
  /** The range that the networks of this host's containers are cut from, e.g. `10.98.0.0/20`. */
  readonly containerSubnet: string;
}

/** What a person wrote in `Pulumi.<stack>.yaml`, parsed: what concerns one Pi. */
export interface StackConfig {
  /** The host of this stack. */
  readonly host: string;
  readonly images: Readonly<Record<string, ImageReference>>;
  /** Snapshots that the data of workloads comes back from in this run, by workload. Only a rollback has some. */
  readonly restore?: Readonly<Record<string, string>>;
  /** Limits that differ from those in the workload's file. */
  readonly limits: Readonly<Record<string, Partial<Limits>>>;
  /** The routers' public ssh keys, by name; of the primary stack alone, to which the routers belong. */
  readonly routerKeys: Readonly<Record<string, string>>;
  /** Workloads that may begin with what is found of their data, or without any, although a place where their backups may be does not answer. */
  readonly initialise: readonly string[];
  /** Names of the secrets that were given: of routers in the primary stack alone, of places of backups in each. Their values are nobody's business here. */
  readonly secrets: readonly string[];
}

/** Key of restic's image among a stack's images. It runs in no container: the host itself uses its program, at boot too. */
export const RESTIC = "restic";

/** `docker.io/prom/prometheus:v3.16.0@sha256:…` in its parts. */
export interface ImageReference {
  readonly repository: string;
  readonly tag: string;
  /** `sha256:` and 64 hex digits, or {@link UNPINNED}. */
  readonly digest: string;
}

/** A workload on its host: the definition plus all that follows from the configuration. */
export interface PlacedWorkload extends Placement {
  /** When it is brought up or changed among those at the same time, the smaller the sooner; see `lab/order.ts`. */
  readonly turn: number;
  /** Who on its host is started before it at boot, whether that goes well or not; by name. */
  readonly after: readonly string[];
  readonly limits: Limits;
  /** The network of its container, e.g. `10.98.0.16/28`. */
  readonly subnet: string;
  readonly ports: readonly PlacedPort[];
  readonly volumes: readonly PlacedVolume[];
  readonly certificates: readonly CertificatePlan[];
  /** Whom it calls. */
  readonly calls: readonly Call[];
  /** `/etc/hosts` of its container: whom it calls, without asking a DNS server that may be down. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
}

/** A port on its host, with everybody who is let in. */
export interface PlacedPort extends PortDefinition {
  readonly address: string;
  /** In the container. */
  readonly containerPort: number;
  /** Identities whose certificates are let in; sorted; always with `health.<host>`. Empty for `people`. */
  readonly clients: readonly string[];
}

/** A volume on its host. */
export interface PlacedVolume extends VolumeDefinition {
  /** Directory on the host. */
  readonly source: string;
}

/** One leaf certificate. */
export interface CertificatePlan {
  readonly usage: "server" | "client";
  readonly commonName: string;
  /** DNS names; the first is the common name. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** node_exporter: a service of the host, not a container. */
export interface NodeExporterPlan {
  /** `node-exporter.adama.<domain>`. */
  readonly identity: string;
  readonly port: number;
  /** Identities that may scrape it; sorted; always with `health.<host>`. */
  readonly clients: readonly string[];
  readonly certificate: CertificatePlan;
}

/** A Pi in the plan. */
export interface PlannedHost {
  readonly name: string;
  readonly config: HostConfig;
  /** `adama.<domain>`. */
  readonly fqdn: string;
  /** `health.adama.<domain>`: whom the health checks of this host come from. */
  readonly healthIdentity: string;
  /** What the health checks present. */
  readonly healthCertificate: CertificatePlan;
  readonly nodeExporter: NodeExporterPlan;
  readonly backup: HostBackup;
  /** In the order in which they are brought up: who is called before who calls. */
  readonly workloads: readonly PlacedWorkload[];
}

/** Everything that will be there, the same in every stack. */
export interface LabPlan {
  readonly config: LabConfig;
  readonly hosts: readonly PlannedHost[];
  /** Of all hosts, in order. */
  readonly workloads: readonly PlacedWorkload[];
  /** SHA-256 (hex) of all that hosts must agree on; each stack exports the one it was applied from. */
  readonly hash: string;
}

/** One Pi's part of the plan, with what only its own stack knows. */
export interface HostPlan {
  readonly plan: LabPlan;
  readonly host: PlannedHost;
  readonly workloads: readonly WorkloadPlan[];
  /** The image that the host's restic is taken out of. */
  readonly restic: ImageReference;
  readonly initialise: readonly string[];
}

/** A workload with its image and its files: what a provider needs to know, in no container engine's words. */
export interface WorkloadPlan {
  readonly placed: PlacedWorkload;
  /** The snapshot that its data comes back from in this run. */
  readonly restore?: string;
  readonly image: ImageReference;
  /** With the stack's changes applied. */
  readonly limits: Limits;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: readonly ConfigFile[];
  /** Files whose content the components add. */
  readonly secretFiles: readonly SecretFile[];
  /** The health check as a command of the host, without secrets. */
  readonly healthCommand: readonly string[];
  /** The command of the host that prints the metric of {@link ReloadDefinition.metric}. */
  readonly reloadMetricCommand?: readonly string[];
  /** How to back it up, where it has data with a backup. */
  readonly backup?: BackupRecipe;
}

/** A {@link BackupDefinition} in the host's own words: its paths and its commands. Null stands for what is not there. */
export interface BackupRecipe {
  /** Folders of the host, sorted. */
  readonly paths: readonly string[];
  readonly retention: Retention;
  readonly hot:
    | { readonly kind: "files"; readonly flush: null | { readonly signal: string; readonly file: string } }
    | { readonly kind: "sqlite"; readonly databases: readonly string[] }
    | {
        readonly kind: "dump";
        readonly command: readonly string[];
        readonly load: readonly string[];
        readonly path: string;
        readonly file: string;
        readonly leastBytes: number;
      }
    /** The command prints what Prometheus answers; its snapshot then lies in `<path>/snapshots/<name>`. */
    | { readonly kind: "prometheus"; readonly command: readonly string[]; readonly path: string };
}

/** Something in the configuration that is wrong: what, where, and what to do. */
export interface ConfigProblem {
  /** `Pulumi.yaml`, `Pulumi.<stack>.yaml` or `lab/workloads/<name>.ts`. */
  readonly file: string;
  /** `homelab:hosts.adama.address`. */
  readonly path: string;
  /** The value as written, or undefined where it is missing. Never a secret. */
  readonly value?: unknown;
  readonly message: string;
  readonly remedy: string;
  /** Not wrong, only not filled in yet: a digest, a host key. `npm run plan` shows the lab all the same. */
  readonly unfilled?: true;
}
