import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { BACKUP_DIRECTORY, backupSettings, PASSWORD_FILE } from "../lab/backup/settings.ts";
import type { HostPlan } from "../lab/model.ts";
import { HostDirectory } from "../providers/files/resource.ts";
import type { SshTarget } from "../providers/ssh.ts";
import { HOMELAB } from "../providers/workload/host-program.ts";
import type { Shared } from "./shared.ts";

/** What a {@link Backup} takes. */
export interface BackupArgs {
  readonly target: SshTarget;
  readonly plan: HostPlan;
  readonly shared: Shared;
  /** Podman on the host, for the image that restic is taken out of. */
  readonly images: docker.Provider;
  /** What has to be on the host before: our program. */
  readonly after: readonly pulumi.Resource[];
}

/** What a host needs to back up: restic itself, its settings, the passwords of its repositories. */
export class Backup extends pulumi.ComponentResource {
  constructor(name: string, args: BackupArgs, options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:Backup", name, {}, options);
    const { target, plan, shared, images, after } = args;
    const { repository, digest } = plan.restic;
    const pull = { name: `${repository}@${digest}`, keepLocally: true };
    const image = new docker.RemoteImage("restic", pull, { parent: this, provider: images });
    new HostDirectory(
      "backup",
      {
        host: target,
        path: BACKUP_DIRECTORY,
        exclusive: true,
        files: { "settings.json": backupSettings(plan) },
        secrets: { [PASSWORD_FILE]: shared.backupPassword },
        activate: `${HOMELAB} install-restic`,
      },
      { parent: this, dependsOn: [image, ...after] },
    );
    this.registerOutputs({});
  }
}
