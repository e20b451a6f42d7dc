import { z } from "zod";
import { name } from "./name.ts";
import { sshKey } from "./ssh-key.ts";

/*
 * What a person may write of backups. What is secret about a place stands encrypted as `secret:backup.<place>.<VARIABLE>` of a
 * stack: lab/backup/credentials.ts.
 */

/** `30m`, `6h`: minutes. */
const interval = z
  .string("must be a time such as 30m or 6h")
  .regex(/^[1-9][0-9]{0,3}[mh]$/, "must be a time such as 30m or 6h")
  .transform((text) => Number(text.slice(0, -1)) * (text.endsWith("h") ? 60 : 1));

const path = z.string().regex(/^(\/[\w.-]+)+$/, "must be an absolute path, such as /mnt/usb/homelab");

const place = z.strictObject({
  repository: z
    .string()
    .regex(/^[^\s\p{Cc}]+$/u, "must be a repository of restic, without spaces")
    .meta({
      description: "A repository as restic writes it, or a path of the host. {host} stands for the host's name.",
      examples: ["s3:https://s3.example.org/homelab/{host}", "sftp:me@nas.example.org:/backups/{host}", "/mnt/drive/{host}"],
    }),
  hostKey: sshKey.optional().meta({
    description: "Of an sftp: repository: the server's public ssh key. One that shows another key is not talked to.",
    examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"],
  }),
  prune: z
    .boolean()
    .default(true)
    .meta({ description: "Whether the hosts thin out what they keep there. Not where it is append-only.", examples: [false] }),
});

/** `homelab:backup`: where backups go, and how often. */
export const backupSchema = z
  .strictObject({
    repositories: z
      .record(name, path)
      .default({})
      .meta({ description: "The first repository of a host, where it is not on its own disk: a USB drive.", examples: [{}] }),
    copies: z
      .record(name, z.array(name))
      .default({})
      .meta({ description: "By host: the other hosts that keep a copy. An empty list: none, and you mean it.", examples: [{}] }),
    places: z
      .record(name, place)
      .default({})
      .meta({ description: "Further places that get a copy of every host's backups, by name.", examples: [{}] }),
    every: z
      .strictObject({
        core: interval.default(30).meta({ examples: ["30m"] }),
        important: interval.default(60).meta({ examples: ["60m"] }),
        optional: interval.default(360).meta({ examples: ["6h"] }),
      })
      .prefault({})
      .meta({ description: "How often workloads are backed up, by tier: core at least every 30 minutes." }),
  })
  .prefault({})
  .meta({ description: "Where backups go, and how often." });
