import { z } from "zod";
import { name } from "./name.ts";

/*
 * What a person may write of alerts. What is secret about it stands encrypted as `secret:alerts.<name>.<what>` in the file of
 * Alertmanager's host: lab/alerts/secrets.ts.
 */

const mailbox = z.string().regex(/^[^\s@<>]+@[^\s@<>]+$/, "must be an address such as you@example.org");

const email = z.strictObject({
  to: mailbox.meta({ description: "Who gets the mail.", examples: ["you@example.org"] }),
  from: mailbox.meta({ description: "Whom it is from.", examples: ["lab@example.org"] }),
  server: z
    .string()
    .regex(/^[a-z0-9.-]+:[1-9][0-9]{0,4}$/i, "must be a mail server and its port, such as smtp.example.org:587")
    .meta({
      description: "The mail server that takes it, with its port. It has to speak TLS.",
      examples: ["smtp.example.org:587"],
    }),
  user: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .meta({
      description: "Who one is to the server; the password is secret:alerts.<name>.password.",
      examples: ["lab@example.org"],
    }),
});

const receiver = z
  .strictObject({
    email: email.optional().meta({ description: "A mail." }),
    pushover: z.strictObject({}).optional().meta({ description: "Pushover: secret:alerts.<name>.token and .user." }),
    telegram: z
      .strictObject({
        chat: z.int("must be the number of a chat").meta({ description: "The number of the chat.", examples: [123456789] }),
      })
      .optional()
      .meta({ description: "A bot of Telegram: secret:alerts.<name>.token." }),
    webhook: z
      .strictObject({})
      .optional()
      .meta({ description: "Anything that takes Alertmanager's JSON: secret:alerts.<name>.url." }),
  })
  .refine((ways) => Object.values(ways).filter(Boolean).length === 1, "must say one way: email, pushover, telegram or webhook");

/** `homelab:alerts`: who is told of alerts, and how. */
export const alertsSchema = z
  .record(name, receiver)
  .optional()
  .meta({ description: "Who is told of alerts, by name. Left out, nobody is: they show on a page." });
