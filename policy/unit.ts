/** Where a person changes what is in all units. */
export const UNITS = "providers/workload/quadlet.ts";

/** A unit file's lines, comments left out, in order. */
export type Unit = readonly { readonly section: string; readonly key: string; readonly value: string }[];

/** Reads a unit as podman's generator and systemd do, as far as `providers/workload/quadlet.ts` writes it: a value is one line. */
export function parseUnit(unit: string): Unit {
  let section = "";
  return unit.split("\n").flatMap((line) => {
    section = /^\[(.+)\]$/.exec(line.trim())?.[1] ?? section;
    const [, key, value] = /^([A-Za-z0-9]+)\s*=\s*(.*)$/.exec(line.trim()) ?? [];
    return key !== undefined && value !== undefined ? [{ section, key, value }] : [];
  });
}

/** All values of a key. */
export function values(unit: Unit, section: string, key: string): readonly string[] {
  return unit.filter((line) => line.section === section && line.key === key).map(({ value }) => value);
}

/** The value that counts where a key can have one: the last. */
export function value(unit: Unit, section: string, key: string): string | undefined {
  return values(unit, section, key).at(-1);
}

/** Options that go to podman as they are, one word each. */
export function podmanArguments(unit: Unit): readonly string[] {
  return values(unit, "Container", "PodmanArgs").flatMap((line) => line.split(/\s+/).filter((word) => word !== ""));
}

/** The value of one of them: `768m` of `--memory=768m`. */
export function podmanOption(unit: Unit, name: string): string | undefined {
  return podmanArguments(unit)
    .find((word) => word.startsWith(`--${name}=`))
    ?.slice(name.length + 3);
}
