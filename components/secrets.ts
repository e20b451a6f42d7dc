import type * as pulumi from "@pulumi/pulumi";

/** Secrets by name: those that a person gave, those that the program made, or both. */
export type Secrets = Readonly<Record<string, pulumi.Output<string>>>;

/**
 * A secret that has to be there.
 * @throws Error where it is not, which is a fault of ours: what nobody gave was made, or the configuration refused without it
 */
export function secretNamed(secrets: Secrets, name: string): pulumi.Output<string> {
  const value = secrets[name];
  if (!value) throw new Error(`There is no secret ${name}`);
  return value;
}
