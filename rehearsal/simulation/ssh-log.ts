/** What a run of Pulumi does over ssh, as the rehearsal's own `ssh` notes it: for tests and benchmarks. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../../operations/shell.ts";
import type { Lab } from "./lab.ts";
import { SSH_LOG } from "./ssh.ts";

/** One session on a Pi or a router. */
export interface SshCall {
  /** Where; unknown of @pulumi/docker's. */
  readonly address: string;
  /** First words of the command that it ran. */
  readonly command: string;
  /** Whether one of the lab's own providers ran it; the others are @pulumi/docker's and @pulumi/command's. */
  readonly ours: boolean;
}

/** The sessions of one run of Pulumi. */
export interface SshUse {
  readonly result: Result;
  readonly calls: readonly SshCall[];
  /** How many of the lab's own providers were open at the same time, at most. */
  readonly oursAtOnce: number;
}

/** Runs Pulumi on a lab and notes its sessions. Without routers, a preview or an `up` of one stack talks to one host. */
export async function countSsh(lab: Lab, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<SshUse> {
  const log = join(lab.instance.folder, "ssh.log");
  rmSync(log, { force: true });
  const result = await lab.pulumi(args, { ...env, [SSH_LOG]: log });
  const lines = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
  const notes = lines.map((line) => {
    const [event, , address = "", ...words] = line.split(" ");
    return { begins: event === "begin", address, command: words.join(" "), ours: isOurs(words.join(" ")) };
  });
  let open = 0;
  let oursAtOnce = 0;
  for (const { begins } of notes.filter(({ ours }) => ours)) {
    open += begins ? 1 : -1;
    oursAtOnce = Math.max(oursAtOnce, open);
  }
  const calls = notes.filter(({ begins }) => begins).map(({ address, command, ours }) => ({ address, command, ours }));
  return { result, oursAtOnce, calls };
}

/** How the docker plugin reaches podman, and how @pulumi/command prepares the host. */
function isOurs(command: string): boolean {
  return command !== "docker system dial-stdio" && command !== "/bin/sh -s";
}
