import { z } from "zod";
import { UNKNOWN_HOST_KEY } from "../lab/model.ts";
import { alertsSchema } from "./alerts-schema.ts";
import { backupSchema } from "./backup-schema.ts";
import { name } from "./name.ts";
import { networkSchema, routersSchema } from "./routers-schema.ts";
import { NO_SSH_KEY, SSH_KEY, sshKey } from "./ssh-key.ts";
import { cpus, disk, image, memory } from "./units.ts";

/*
 * What a person may write. Every object is strict: a misspelt key is an error, not a setting without effect. Descriptions and
 * examples show in editors (schema/*.json) and in the remedy of an error.
 */

const domain = z
  .string()
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a domain of small letters, such as lab.home.arpa")
  .max(120, "is too long: names in it would not fit into a certificate")
  .meta({ description: "The lab's DNS domain. home.arpa is reserved for homes (RFC 8375).", examples: ["lab.home.arpa"] });

/** A public ssh key, pinned. */
const hostKey = z
  .string()
  .refine((text) => text === UNKNOWN_HOST_KEY || SSH_KEY.test(text), NO_SSH_KEY)
  .meta({
    description: "The host's public ssh key. A host that shows another one is not talked to.",
    examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…", UNKNOWN_HOST_KEY],
  });

const host = z.strictObject({
  address: z
    .ipv4("must be an IPv4 address")
    .meta({ description: "IPv4 address in the home network.", examples: ["192.168.1.20"] }),
  sshPort: z
    .int("must be a port number")
    .min(1, "must be a port number")
    .max(65535, "must be a port number")
    .default(22)
    .meta({ description: "Port of its ssh server.", examples: [22] }),
  memory: memory.meta({ description: "Its memory.", examples: ["4GiB", "8GiB"] }),
  cpus: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(256, "must be at most 256")
    .meta({
      description: "Its number of cores.",
      examples: [4],
    }),
  disk: disk.meta({ description: "Its disk.", examples: ["64GiB"] }),
  containerSubnet: z.cidrv4("must be a range of IPv4 addresses").meta({
    description: "The range that its containers' networks are cut from; nothing else in the home may use it.",
    examples: ["10.98.0.0/20"],
  }),
});

const limits = z.strictObject({
  memory: memory.optional().meta({ description: "Most memory it may take.", examples: ["768MiB"] }),
  cpus: cpus.optional().meta({ description: "Most processor time it may take, in cores.", examples: [0.5] }),
  pids: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(32768, "must be at most 32768")
    .optional()
    .meta({
      description: "Most processes and threads it may have.",
      examples: [64],
    }),
});

/** Prefix of the keys of secrets, which are encrypted: flat, since Pulumi would hand over a secret within a map in clear. */
export const SECRET_PREFIX = "secret:";

/** Keys of `Pulumi.yaml`: what any host must know. */
export const projectSchema = z.strictObject({
  domain,
  primary: name.meta({
    description: "The host whose stack makes what all need: certificate authority, passwords. Applied first.",
    examples: ["adama"],
  }),
  hosts: z.record(name, host).meta({ description: "The Pis, by name. Each is a stack of the same name." }),
  placement: z
    .record(z.string(), z.array(name).min(1, "names no host: remove the line instead"))
    .meta({ description: "Which hosts run a workload.", examples: [["adama"]] }),
  previewKey: sshKey.optional().meta({
    description: "The public ssh key of previews in CI: it may read the Pis, and nothing else.",
    examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"],
  }),
  backup: backupSchema,
  alerts: alertsSchema,
  network: networkSchema.optional(),
  routers: routersSchema,
});

/** Keys of `Pulumi.<stack>.yaml`: what concerns one Pi. */
export const stackSchema = z.strictObject({
  restore: z.record(z.string(), z.string()).optional().meta({
    description: "Snapshots that the data of workloads comes back from, for one run: `npm run rollback` writes it, nobody else.",
  }),
  hostKey: hostKey.default(UNKNOWN_HOST_KEY),
  images: z.record(z.string(), image).meta({ description: "Image of each workload of this host, with tag and digest." }),
  limits: z.record(z.string(), limits).default({}).meta({
    description: "Limits that differ from those in lab/workloads/.",
  }),
  routerKeys: z.record(name, hostKey).default({}).meta({
    description: "The routers' public ssh keys, by name; in the primary host's file.",
  }),
  initialise: z
    .array(z.string())
    .default([])
    .meta({
      description: "Workloads that may begin with what is found of their data, or without any, although a place does not answer.",
      examples: [["mosquitto"]],
    }),
});

/** What {@link projectSchema} makes of `Pulumi.yaml`. */
export type ProjectInput = z.output<typeof projectSchema>;

/** What {@link stackSchema} makes of `Pulumi.<stack>.yaml`. */
export type StackInput = z.output<typeof stackSchema>;
