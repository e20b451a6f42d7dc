import { z } from "zod";

/** Name of a host, a router, a device. */
export const name = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/, "must be a name of small letters, digits and hyphens")
  .meta({ examples: ["starbuck"] });
