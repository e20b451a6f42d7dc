import type * as command from "@pulumi/command";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { credentialFileOf, credentialText, placeOf, variableOf } from "../lab/backup/credentials.ts";
import type { HostBackup } from "../lab/backup/model.ts";
import {
  BACKUP_DIRECTORY,
  backupSettings,
  COPY_TLS,
  credentialFile,
  credentialLine,
  credentialsFile,
  knownHostsFiles,
  PASSWORD_FILE,
  passwordFileOf,
} from "../lab/backup/settings.ts";
import { backupTimers } from "../lab/backup/units.ts";
import type { HostPlan } from "../lab/model.ts";
import { HostDirectory } from "../providers/files/resource.ts";
import type { SshTarget } from "../providers/ssh.ts";
import { HOMELAB } from "../providers/workload/host-program.ts";
import { issue } from "./certificates.ts";
import { pulledImage } from "./image.ts";
import type { Secrets } from "./secrets.ts";
import type { Shared } from "./shared.ts";

/** What a {@link Backup} takes. */
export interface BackupArgs {
  readonly target: SshTarget;
  readonly plan: HostPlan;
  readonly shared: Shared;
  /** Those that were given: what places of backups want to know of who comes is among them. */
  readonly secrets: Secrets;
  /** Podman on the host, for the image that restic is taken out of. */
  readonly images: docker.Provider;
  /** Prints which disk the host had when it came into the lab. Never run again: see `disk` in providers/workload/host/places.py. */
  readonly disk: command.local.Command;
  /** What has to be on the host before: our program. */
  readonly after: readonly pulumi.Resource[];
}

/** What a host needs to back up: restic itself, settings, passwords, who it is to those that keep copies, and its timers. */
export class Backup extends pulumi.ComponentResource {
  constructor(name: string, args: BackupArgs, options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:Backup", name, {}, options);
    const { target, plan, shared, images, disk, after } = args;
    const { repository, digest } = plan.restic;
    const image = pulledImage("restic", `${repository}@${digest}`, target, { parent: this, provider: images });
    const settings = new HostDirectory(
      "backup",
      {
        host: target,
        path: BACKUP_DIRECTORY,
        exclusive: true,
        files: {
          "settings.json": disk.stdout.apply((text) => backupSettings(plan, text.trim())),
          [COPY_TLS.ca]: shared.issuer.rootPem,
          ...knownHostsFiles(plan.host.backup),
        },
        secrets: {
          ...this.passwords(plan.host.name, plan.host.backup, shared),
          ...this.credentials(plan.host.backup, args.secrets),
          [COPY_TLS.client]: this.identity(plan.host.backup, shared),
        },
        activate: `${HOMELAB} install-restic`,
      },
      { parent: this, dependsOn: [image, ...after] },
    );
    const { name: timers, files, ...rest } = backupTimers(plan.host, HOMELAB);
    new HostDirectory(timers, { host: target, ...rest, files: { ...files } }, { parent: this, dependsOn: settings });
    this.registerOutputs({});
  }

  /** Its own, and those of the hosts whose copies lie here: it thins them out and checks them, and they may have to be restored. */
  private passwords(host: string, { keeps }: HostBackup, { backupPasswords }: Shared): Record<string, pulumi.Output<string>> {
    const of = (name: string) => backupPasswords.apply((passwords) => passwords[name] ?? "");
    return { [PASSWORD_FILE]: of(host), ...Object.fromEntries(keeps.map((copy) => [passwordFileOf(copy.host), of(copy.host)])) };
  }

  private credentials({ places }: HostBackup, secrets: Secrets): Record<string, pulumi.Output<string>> {
    const ofPlace = (place: string) => {
      const given = Object.entries(secrets).filter(([name]) => placeOf(name) === place);
      const lines = given.map(([name, value]) => value.apply((text) => credentialLine(name, text)));
      const files = given.filter(([name]) => credentialFileOf(name));
      return [
        [credentialsFile(place), pulumi.secret(pulumi.concat(...lines))] as const,
        ...files.map(([name, value]) => [credentialFile(place, variableOf(name)), value.apply(credentialText)] as const),
      ];
    };
    return Object.fromEntries(places.filter(({ onHost }) => !onHost).flatMap(({ name }) => ofPlace(name)));
  }

  /** restic wants certificate and key in one file. */
  private identity({ certificate }: HostBackup, { issuer }: Shared): pulumi.Output<string> {
    const { chainPem, keyPem } = issue("backup", certificate, issuer, { parent: this });
    return pulumi.concat(chainPem, keyPem);
  }
}
