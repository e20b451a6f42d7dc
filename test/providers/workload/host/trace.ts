import { dirname, join } from "node:path";

/** One system call that changes what a disk holds, or that starts a program. */
export type Event =
  | { readonly kind: "create" | "write" | "sync" | "remove" | "link" | "folder"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "exec"; readonly path: string; readonly words: string };

/** The calls that {@link events} understands, for `strace -e trace=`. */
export const TRACED =
  "openat,write,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,symlink,symlinkat,mkdir,mkdirat,rmdir,execve";

/** What `strace -f -y -qq -b execve` wrote, in the order in which the calls ended. Calls that failed are left out. */
export function events(trace: string): Event[] {
  const begun = new Map<string, string>();
  return trace.split("\n").flatMap((line) => {
    const [, process = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith("<unfinished ...>")) {
      begun.set(process, rest.slice(0, -"<unfinished ...>".length));
      return [];
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    // A program that a child became is not followed: what strace says last of it is that it let go.
    const followed = rest.replace(/ <detached \.\.\.>$/, ") = 0");
    return event(resumed ? `${begun.get(process) ?? ""}${resumed[1]}` : followed);
  });
}

function event(call: string): Event[] {
  const [, name, words = "", result = ""] = /^(\w+)\((.*)\) += (\S+)/.exec(call) ?? [];
  if (name === undefined || result.startsWith("-")) return [];
  const [path = "", to = ""] = paths(words);
  switch (name) {
    case "openat":
      return /O_CREAT|O_TRUNC/.test(words) ? [{ kind: "create", path }] : [];
    case "write":
      return [{ kind: "write", path: descriptor(words) }];
    case "fsync":
    case "fdatasync":
      return [{ kind: "sync", path: descriptor(words) }];
    case "rename":
    case "renameat":
    case "renameat2":
      return [{ kind: "rename", path, to }];
    case "unlink":
    case "unlinkat":
    case "rmdir":
      return [{ kind: "remove", path }];
    case "symlink":
    case "symlinkat":
      return [{ kind: "link", path: to }];
    case "mkdir":
    case "mkdirat":
      return [{ kind: "folder", path }];
    case "execve":
      return [{ kind: "exec", path, words: (/\[(.*)\]/.exec(words)?.[1] ?? "").replaceAll(/[",]/g, "") }];
    default:
      throw new Error(`a call that nobody asked for: ${call}`);
  }
}

/** Paths among the arguments; one that is relative to an open directory is joined to it. */
function paths(words: string): string[] {
  return [...words.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(([, folder, path = ""]) =>
    path.startsWith("/") ? path : join(folder ?? "", path),
  );
}

function descriptor(words: string): string {
  return /^\d+<([^>]*)>/.exec(words)?.[1] ?? "";
}

const LASTING = ["/var/lib/homelab/", "/etc/containers/"];
/** What a person or a power cut may find half written there: names that nobody reads, and what is not in its place yet. */
const UNREAD = /\/\.[^/]*\.homelab-(new|gone)(\/|$)|^\/var\/lib\/homelab\/staged\//;

/**
 * What could be lost or half there after a power cut, in words. Nothing is, if each file is complete on the disk before a
 * rename gives it the name that counts, and that rename is on the disk before anything else happens. A file that was never written
 * to is complete with its folder.
 */
export function unsafe(trace: readonly Event[]): string[] {
  const found: string[] = [];
  /** Files and directories whose content, or entries, are only in memory. */
  const loose = new Set<string>();
  const empty = new Set<string>();
  /** Directories with a rename that is only in memory. */
  const renamed = new Set<string>();
  for (const happened of trace) {
    if (happened.kind === "exec" || happened.kind === "rename") {
      for (const folder of renamed) found.push(`${folder} was not synced before ${happened.kind} ${happened.path}`);
      renamed.clear();
    }
    if (!LASTING.some((folder) => `${happened.path}/`.startsWith(folder))) continue;
    if (happened.kind === "sync") {
      loose.delete(happened.path);
      for (const path of empty) if (dirname(path) === happened.path) loose.delete(path);
      renamed.delete(happened.path);
    } else if (happened.kind === "rename") {
      const inside = [...loose].filter((path) => path === happened.path || path.startsWith(`${happened.path}/`));
      for (const path of inside) loose.delete(path);
      if (!UNREAD.test(happened.to))
        found.push(...inside.map((path) => `${path} was not synced before it became ${happened.to}`));
      renamed.add(dirname(happened.path)).add(dirname(happened.to));
    } else {
      // A folder that is made is empty, and whole at once.
      if (!UNREAD.test(happened.path) && happened.kind !== "remove" && happened.kind !== "folder")
        found.push(`${happened.path} was changed in its place: ${happened.kind}`);
      loose.add(happened.kind === "create" || happened.kind === "write" ? happened.path : dirname(happened.path));
      if (happened.kind === "create") loose.add(dirname(happened.path));
      if (happened.kind === "create") empty.add(happened.path);
      if (happened.kind === "write") empty.delete(happened.path);
    }
  }
  return [...found, ...[...renamed].map((folder) => `${folder} was not synced at the end`)];
}
