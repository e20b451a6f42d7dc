import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { hostFiles } from "../lab/host-files.ts";
import type { HostPlan, PlannedHost } from "../lab/model.ts";
import { NODE_EXPORTER_DIRECTORY, nodeExporterWebConfig } from "../lab/node-exporter.ts";
import { diskScript, preparationScript } from "../lab/preparation.ts";
import { HostDirectory } from "../providers/files/resource.ts";
import { READ_ONLY_KEYS, readOnlyFiles } from "../providers/read-only/files.ts";
import { ensureControlDirectory, quote, type SshTarget, sshArguments, sshOptions } from "../providers/ssh.ts";
import { otherKeyAdvice } from "../providers/ssh-advice.ts";
import { hostCommands, hostProgramSources, hostUnits } from "../providers/workload/host-program.ts";
import { Backup } from "./backup.ts";
import { certificateFiles, type Issuer, issue } from "./certificates.ts";
import type { Secrets } from "./secrets.ts";
import type { Shared } from "./shared.ts";
import { targetOf } from "./target.ts";

/** What a {@link Host} takes. */
export interface HostArgs {
  readonly plan: HostPlan;
  readonly shared: Shared;
  /** Those that were given. */
  readonly secrets: Secrets;
  /** What the way to the host leads through: it is changed first. */
  readonly after?: readonly pulumi.Resource[];
}

const ACTIVATE_UNITS = [
  "systemctl daemon-reload",
  "systemctl enable --quiet homelab-settle.service homelab-sweep.service",
  "systemctl enable --quiet --now homelab-health.timer",
].join(" && ");

const DEACTIVATE_UNITS = "systemctl disable --quiet --now homelab-health.timer homelab-settle.service homelab-sweep.service";

/** A Pi, ready to take workloads: packages, settings, our program, backups, the identity of its health checks, node_exporter. */
export class Host extends pulumi.ComponentResource {
  readonly target: SshTarget;
  /** Podman on the host, for images. */
  readonly images: docker.Provider;
  /** By what its Nginx proves to its rest-server for whom it asks. */
  readonly copiers: random.RandomPassword;

  constructor(name: string, { plan, shared, secrets, after = [] }: HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:Host", name, {}, options);
    const { host } = plan;
    const { issuer } = shared;
    ensureControlDirectory();
    this.target = targetOf(host);
    const prepared = this.prepare(after);
    const afterPreparation = { parent: this, dependsOn: prepared };
    const settings = this.settings(host, plan.plan.config.previewKey, issuer, afterPreparation);
    this.images = new docker.Provider(
      name,
      { host: `ssh://root@${this.target.address}:${this.target.port}`, sshOpts: sshOptions(this.target) },
      // A connection for each image at the same moment is more than sshd lets in before its limits are raised.
      { parent: this, dependsOn: [prepared, ...settings] },
    );
    const program = this.program(afterPreparation);
    this.copiers = new random.RandomPassword("copiers", { length: 40, special: false }, { parent: this });
    const backup = { plan, shared, secrets, images: this.images, disk: this.disk(prepared), after: [program] };
    new Backup(name, { target: this.target, ...backup }, { parent: this });
    this.healthIdentity(host, issuer, afterPreparation);
    this.registerOutputs({});
  }

  /** @pulumi/command runs the system's ssh, so that a person's agent and keys count, and the pinned host key. */
  private prepare(after: readonly pulumi.Resource[]): command.local.Command {
    const ssh = this.shell();
    const advice = `grep -q 'Host key verification failed' "$said" && echo ${quote(otherKeyAdvice(this.target))} >&2`;
    const create = `said=$(mktemp) && trap 'rm -f "$said"' EXIT; ${ssh} 2> "$said"; status=$?; cat "$said" >&2; ${advice}; exit $status`;
    return new command.local.Command(
      "preparation",
      { create, stdin: preparationScript(), triggers: [this.target.hostKey] },
      { parent: this, deleteBeforeReplace: true, dependsOn: [...after] },
    );
  }

  /**
   * Asks once, when the host comes into the lab, which disk it has. What it had then stands in the state for ever: a disk that is
   * another one later is not the one that the first backups were made of.
   */
  private disk(prepared: pulumi.Resource): command.local.Command {
    return new command.local.Command(
      "disk",
      { create: this.shell(), stdin: diskScript() },
      { parent: this, dependsOn: prepared, ignoreChanges: ["create", "stdin"] },
    );
  }

  /** The system's ssh with a shell that reads its script from stdin. */
  private shell(): string {
    return ["ssh", ...sshArguments(this.target), "--", "/bin/sh -s"].map(quote).join(" ");
  }

  /** The program that carries out the transactions, its units and commands: one resource each, since each has its directory. */
  private program(options: pulumi.CustomResourceOptions): HostDirectory {
    const modes = { files: "0644", secrets: "0600", exceptions: { homelab: "0755" } };
    const program = new HostDirectory("program", { host: this.target, ...hostProgramSources(), exclusive: true, modes }, options);
    new HostDirectory(
      "units",
      { host: this.target, ...hostUnits(), activate: ACTIVATE_UNITS, deactivate: DEACTIVATE_UNITS },
      { ...options, dependsOn: program },
    );
    const executable = { files: "0755", secrets: "0600" };
    new HostDirectory(
      "commands",
      { host: this.target, ...hostCommands(), modes: executable },
      { ...options, dependsOn: program },
    );
    return program;
  }

  /** Settings of the host's own services, each with what the service reads besides them. */
  private settings(
    host: PlannedHost,
    previewKey: string | undefined,
    issuer: Issuer,
    afterPreparation: pulumi.CustomResourceOptions,
  ): readonly HostDirectory[] {
    const exporterFiles = this.nodeExporterFiles(host, issuer, afterPreparation);
    const door = previewKey === undefined ? [] : [this.readOnlyDoor(previewKey, afterPreparation)];
    const options = { parent: this, dependsOn: [exporterFiles, ...door] };
    return hostFiles(host, previewKey && READ_ONLY_KEYS).map(
      ({ name, path, files, activate, deactivate }) =>
        new HostDirectory(name, { host: this.target, path, files: { ...files }, activate, deactivate }, options),
    );
  }

  /** Lets in the key of previews, to read. */
  private readOnlyDoor(key: string, options: pulumi.CustomResourceOptions): HostDirectory {
    const modes = { files: "0644", secrets: "0600", exceptions: { "read-only.py": "0755" } };
    return new HostDirectory("read-only", { host: this.target, ...readOnlyFiles(key), exclusive: true, modes }, options);
  }

  private healthIdentity(host: PlannedHost, issuer: Issuer, options: pulumi.CustomResourceOptions): void {
    const issued = issue("health", host.healthCertificate, issuer, { parent: this });
    new HostDirectory(
      "health",
      {
        host: this.target,
        path: "/etc/homelab/health",
        exclusive: true,
        files: { "ca.pem": issuer.rootPem },
        secrets: certificateFiles("", "client", issued),
      },
      options,
    );
  }

  private nodeExporterFiles(host: PlannedHost, issuer: Issuer, options: pulumi.CustomResourceOptions): HostDirectory {
    const issued = issue("node-exporter", host.nodeExporter.certificate, issuer, { parent: this });
    return new HostDirectory(
      "node-exporter",
      {
        host: this.target,
        path: NODE_EXPORTER_DIRECTORY,
        exclusive: true,
        files: { "web.yml": nodeExporterWebConfig(host.nodeExporter), "tls/ca.pem": issuer.rootPem },
        secrets: certificateFiles("tls/", "server", issued),
        modes: { files: "0644", secrets: "0640" },
        owner: { user: "root", group: "prometheus" },
      },
      options,
    );
  }
}
