/** A second checkout of the program, as git would make it from what lies here now. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "../toolchain/paths.ts";

/** The copy, and how to change it. */
export interface ProgramCopy {
  readonly folder: string;
  /** Changes a file of the copy; throws if `change` changes nothing. */
  readonly edit: (file: string, change: (text: string) => string) => void;
  /** Adds a file to the copy. */
  readonly write: (file: string, text: string) => void;
}

/** Copies all files that git knows or would add; packages are shared with this checkout. */
export function copyProgram(folder: string): ProgramCopy {
  rmSync(folder, { recursive: true, force: true });
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: repository,
    encoding: "utf8",
  });
  for (const file of list.split("\0").filter((path) => path !== "" && existsSync(join(repository, path)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(repository, file), join(folder, file));
  }
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  return {
    folder,
    edit(file, change) {
      const path = join(folder, file);
      const before = readFileSync(path, "utf8");
      const after = change(before);
      if (after === before) throw new Error(`${file} has no longer what was to be changed in it.`);
      writeFileSync(path, after);
    },
    write: (file, text) => writeFileSync(join(folder, file), text),
  };
}
