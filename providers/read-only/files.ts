import { readFileSync } from "node:fs";
import type { ProgramFiles } from "../workload/host-program.ts";

/** Where the files of the key for previews lie on a host. */
const READ_ONLY_DIRECTORY = "/etc/homelab/read-only";

/** sshd's file of keys that may only read. */
export const READ_ONLY_KEYS = `${READ_ONLY_DIRECTORY}/authorized_keys`;

/**
 * What lets a key read a host, and nothing else: its line, the command that it is forced to, and the reader that this runs.
 * @param key a public ssh key: type and key
 */
export function readOnlyFiles(key: string): ProgramFiles {
  const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  return {
    path: READ_ONLY_DIRECTORY,
    files: {
      authorized_keys: `# Previews may read, and nothing else.\ncommand="${READ_ONLY_DIRECTORY}/read-only.py",restrict ${key}\n`,
      "read-only.py": text("./read-only.py"),
      "read.py": text("../workload/host/read.py"),
    },
  };
}
