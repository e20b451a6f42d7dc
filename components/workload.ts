import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { copierAuthorization, copiersText } from "../lab/backup/copiers.ts";
import type { ReloadDefinition, SecretFile } from "../lab/definition.ts";
import type { LabConfig, WorkloadPlan } from "../lab/model.ts";
import { sourcesOf } from "../providers/sources.ts";
import type { WorkloadInputs } from "../providers/workload/inputs.ts";
import { renderUnits } from "../providers/workload/quadlet.ts";
import { WorkloadResource } from "../providers/workload/resource.ts";
import { certificateFiles, issue } from "./certificates.ts";
import type { Host } from "./host.ts";
import { pulledImage } from "./image.ts";
import { type Secrets, secretNamed } from "./secrets.ts";
import type { Shared } from "./shared.ts";

/** What a {@link Workload} takes. */
export interface WorkloadArgs {
  readonly host: Host;
  readonly plan: WorkloadPlan;
  readonly shared: Shared;
  /** Of the whole lab. */
  readonly config: LabConfig;
  /** Secrets that were given. */
  readonly secrets: Secrets;
  /** Whether it may begin with what is found of its data, or without, although a place where its backups may be does not answer. */
  readonly initialise: boolean;
}

/** How long one attempt of a health check may take before it is killed, in seconds. */
const HEALTH_ATTEMPT_SECONDS = 10;

/** A workload on its host: its image, its certificates, and, after {@link serve}, the one resource that the host makes of it. */
export class Workload extends pulumi.ComponentResource {
  /** The image, pulled. */
  readonly image: docker.RemoteImage;
  private readonly name: string;
  private readonly args: WorkloadArgs;
  private readonly reference: string;

  constructor(name: string, args: WorkloadArgs, options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:Workload", name, {}, options);
    this.name = name;
    this.args = args;
    const { repository, digest } = args.plan.image;
    this.reference = `${repository}@${digest}`;
    const { images, target } = args.host;
    this.image = pulledImage(name, this.reference, target, { parent: this, provider: images });
  }

  /**
   * Lets it serve, once these images are on the host: those of all workloads of the stack. Without that, one that cannot be
   * pulled would keep the engine from going on in the middle of the others' changes.
   *
   * @returns the resource's URN, which is known when it serves
   */
  serve(images: readonly docker.RemoteImage[]): pulumi.Output<string> {
    const { name, reference } = this;
    const { host, plan, shared } = this.args;
    const { placed, image, limits: _, ...rest } = plan;
    const { definition } = placed;
    const secrets: Record<string, pulumi.Output<string>> = {};
    for (const certificate of placed.certificates) {
      const issued = issue(`${name}-${certificate.usage}`, certificate, shared.issuer, { parent: this });
      Object.assign(secrets, certificateFiles("tls/", certificate.usage, issued));
    }
    for (const file of rest.secretFiles) secrets[file.path] = secretText(file, this.args);
    const files = Object.fromEntries(rest.files.map(({ path, text }) => [path, text]));
    const serving = new WorkloadResource(
      name,
      {
        host: host.target,
        name,
        image: reference,
        version: image.tag,
        units: renderUnits(plan),
        files: pulumi.output(placed.certificates.length > 0 ? { ...files, "tls/ca.pem": shared.issuer.rootPem } : files),
        ...(definition.sources ? { sources: sourcesOf(definition.sources) } : {}),
        secrets: pulumi.secret(pulumi.output(secrets)),
        gid: definition.user.gid,
        directories: placed.volumes.map(({ source }) => ({ path: source, ...definition.user })),
        health: {
          command: rest.healthCommand,
          attemptSeconds: HEALTH_ATTEMPT_SECONDS,
          withinSeconds: definition.healthyWithinSeconds,
          ...(definition.migratedWithinSeconds ? { migratedWithinSeconds: definition.migratedWithinSeconds } : {}),
        },
        ...(definition.reload ? { reload: reloadInput(definition.reload, rest.reloadMetricCommand) } : {}),
        ...(definition.validate ? { validate: definition.validate } : {}),
        ...(rest.backup ? { backup: rest.backup } : {}),
        ...(rest.restore ? { restore: rest.restore } : {}),
        ...(this.args.initialise ? { initialise: true } : {}),
        stopSeconds: definition.stopTimeoutSeconds,
        turn: placed.turn,
        hostWorkloads: images.length,
      },
      { parent: this, dependsOn: [...images, host] },
    );
    this.registerOutputs({});
    return serving.urn;
  }
}

function reloadInput(
  { signal, paths, metric }: ReloadDefinition,
  command?: readonly string[],
): NonNullable<WorkloadInputs["reload"]> {
  return { signal, paths, ...(metric && command ? { metric: { command, name: metric.name } } : {}) };
}

function secretText(file: SecretFile, { host, plan, shared, config, secrets }: WorkloadArgs): pulumi.Output<string> {
  switch (file.kind) {
    case "given":
      return secretNamed(secrets, file.secret);
    case "people":
      return shared.people;
    case "copiers":
      return host.copiers.bcryptHash.apply((hash) => copiersText(plan.placed.host, config, hash));
    case "copiers-authorization":
      return host.copiers.result.apply((password) => copierAuthorization(plan.placed.host, config, password));
  }
}
