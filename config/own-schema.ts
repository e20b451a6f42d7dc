import { z } from "zod";

/*
 * What a device has of its own, in OpenWrt's words: the part of `homelab:routers` for what network and role do not express. Names
 * as UCI takes them, since it drops a line with another one without a word.
 */

const PACKAGE = "[A-Za-z0-9_][A-Za-z0-9_-]*";
const NAME = "[A-Za-z0-9_]+";

const option = z.string().regex(new RegExp(`^${NAME}$`), "is no name of an option: letters, digits and _");
const sectionKey = z
  .string()
  .regex(new RegExp(`^${PACKAGE}\\.${NAME}$`), "is no section: write package.section, such as network.lan")
  .regex(/^[^.]*\.(?!cfg[0-9a-f]{6,}$)/, "looks like the id of a section without a name, which changes with its position");

/** Text as UCI keeps it: it drops a value with any other control character, without a word. */
const text = z.string().refine((value) => ![...value].some((character) => character < " " && !"\t\n\r".includes(character)), {
  message: "must not hold control characters",
});

const section = z.strictObject({
  type: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, "is no type of a section: letters, digits, _ and -")
    .meta({ description: "Its type.", examples: ["rule"] }),
  match: z
    .record(option, text)
    .optional()
    .meta({ description: "How to know it where it has no name: options with their values.", examples: [{ name: "Allow-Ping" }] }),
  options: z
    .record(option, z.union([text, z.array(text)], "must be text or a list of texts"))
    .default({})
    .meta({ description: "Its options, in OpenWrt's words. Empty text: the option must not be there." }),
  public: text
    .refine((value) => value.trim() !== "", "must not be empty")
    .optional()
    .meta({ description: "Of a way in from outside: why it has to be there.", examples: ["IPsec of the office"] }),
  secrets: z.array(option).default([]).meta({
    description:
      "Options with a secret value: pulumi config set --stack <the primary host> --secret secret:own.<router>.<package>.<section>.<option>.",
  }),
});

/** What a device has of its own, besides what network and role make of it. */
export const ownSchema = z
  .strictObject({
    software: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9+._-]*$/i, "is no name of an OpenWrt package"))
      .default([])
      .meta({ description: "OpenWrt packages.", examples: [["tcpdump-mini"]] }),
    sections: z.record(sectionKey, section).default({}).meta({ description: "Sections and options, by package.section." }),
    order: z
      .record(z.string().regex(new RegExp(`^${PACKAGE}$`), "is no name of a package"), z.array(option))
      .default({})
      .meta({ description: "By package: sections whose order matters, first to last." }),
    without: z
      .array(z.string())
      .default([])
      .meta({
        description: "What the plan would make and this device shall not have: sections, options, software.",
        examples: [["network.vlan1"]],
      }),
  })
  .meta({ description: "What this device has besides what network and role make of it. npm run import-router writes it." });
