/**
 * The named members of an object, less those that are not there: a state that an earlier version of the program wrote lacks
 * what was added since, and the engine refuses `undefined`.
 */
export function pick<T extends object>(properties: T, keys: readonly (keyof T)[]): T {
  const present = keys.filter((key) => properties[key] !== undefined);
  return Object.fromEntries(present.map((key) => [key, properties[key]])) as T;
}
