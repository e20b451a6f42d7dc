/** A value that may be anything as an object, empty where it is none: a text, a list, a secret, not known yet. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
