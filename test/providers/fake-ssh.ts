import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SshTarget } from "../../providers/ssh.ts";

/** A host for tests that never connect anywhere. */
export const target: SshTarget = { name: "adama", address: "192.0.2.11", port: 22, hostKey: "ssh-ed25519 AAAAexample" };

/** A program named `ssh`, first on PATH, that plays a host: it records how it was called and answers as a script says. */
export interface FakeSsh {
  /** Calls so far: the arguments of each, and what stood on its stdin. */
  readonly calls: () => { readonly args: string; readonly stdin: string }[];
  /** Where its script runs. */
  readonly folder: string;
  readonly remove: () => void;
}

/**
 * @param script shell text; `$call` is the number of the call, from 1
 * @param talks calls that talk with who called: these read stdin in the script, the others before it
 */
export function fakeSsh(script: string, talks: readonly number[] = []): FakeSsh {
  const folder = mkdtempSync(join(tmpdir(), "fake-ssh-"));
  const path = process.env.PATH;
  const text = `#!/bin/sh
cd ${folder}
call=$(($(cat count 2>/dev/null || echo 0) + 1))
echo $call > count
echo "$*" > args.$call
${talks.map((call) => `[ $call = ${call} ] || `).join("")}cat > stdin.$call
${script}
`;
  writeFileSync(join(folder, "ssh"), text);
  chmodSync(join(folder, "ssh"), 0o755);
  process.env.PATH = `${folder}:${path}`;
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const count = () => {
    try {
      return Number(read("count"));
    } catch {
      return 0;
    }
  };
  return {
    folder,
    calls: () =>
      Array.from({ length: count() }, (_, index) => ({
        args: read(`args.${index + 1}`).trimEnd(),
        stdin: read(`stdin.${index + 1}`),
      })),
    remove: () => {
      process.env.PATH = path;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
