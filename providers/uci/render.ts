import { isAbsent } from "./model.ts";
import type { Operation } from "./operations.ts";

/**
 * A command of `uci batch`, and the line of `uci changes` that says that it was taken. `uci batch` ends with 0 whatever
 * happens, and drops some commands without a message; comparing the two is how that is found out.
 */
interface Line {
  readonly command: string;
  readonly change: string;
}

/**
 * The stdin of `uci batch`, one command a line. Quoting is UCI's: within `'…'` everything stands for itself, newlines too.
 */
export function renderBatch(operations: readonly Operation[]): string {
  return operations
    .flatMap(linesOf)
    .map(({ command }) => `${command}\n`)
    .join("");
}

/** What `uci changes <package>` must print, one package after another in the given order, when every command was taken. */
export function renderChanges(operations: readonly Operation[], packages: readonly string[]): string {
  return packages
    .flatMap((name) => operations.filter((operation) => operation.package === name).flatMap(linesOf))
    .map(({ change }) => `${change}\n`)
    .join("");
}

function linesOf(operation: Operation): Line[] {
  const section = `${operation.package}.${operation.section}`;
  switch (operation.kind) {
    case "delete-section":
      return [remove(section)];
    case "rename":
      return [assign("rename", section, "=", operation.name)];
    case "create":
      return [assign("set", section, "=", operation.type)];
    case "move":
      return [assign("reorder", section, "=", String(operation.index))];
    case "set": {
      const { value, replaces } = operation;
      const option = `${section}.${operation.option}`;
      if (isAbsent(value)) return [remove(option)];
      if (typeof value === "string") return [assign("set", option, "=", value)];
      // `add_list` on what is there appends, also to an option that was no list.
      return [...(replaces ? [remove(option)] : []), ...value.map((item) => assign("add_list", option, "+=", item))];
    }
  }
}

function remove(place: string): Line {
  return { command: `delete ${place}`, change: `-${place}` };
}

function assign(verb: string, place: string, sign: "=" | "+=", value: string): Line {
  const quoted = `'${value.replaceAll("'", "'\\''")}'`;
  return { command: `${verb} ${place}=${quoted}`, change: `${place}${sign}${quoted}` };
}
