import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { inWords, neverBegan } from "./ssh-advice.ts";

/** Where a host is and how it proves who it is: part of every resource that lies on it, so none of it is secret. */
export interface SshTarget {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The public key that the host must show: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Set for a router, whose address and key stand elsewhere in the configuration; only errors ask. */
  readonly kind?: "router";
}

/** How a session differs from the usual one. */
export interface Session {
  /** A connection of its own, new: proves that the host still lets one in. */
  readonly fresh?: boolean;
  /**
   * What to say on stdin once the command has said enough; asked after each piece of stdout until it gives a text. The command
   * then sees the end of its stdin.
   */
  readonly answer?: (stdout: string) => string | undefined;
  /** Hears all of stdout so far, at each piece of it. */
  readonly heard?: (stdout: string) => void;
  /** For a command that says something all the time: after so many seconds without a word the connection counts as broken. */
  readonly silenceSeconds?: number;
}

/** What a command on a host ended with. */
export interface SshResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** There was no connection, or it broke off. */
export class ConnectionError extends Error {
  /** Whether there may have been a connection, and the command may have begun: it may have ended or go on by now. */
  readonly broke: boolean;

  constructor(message: string, broke: boolean) {
    super(message);
    this.broke = broke;
  }
}

/**
 * OpenSSH's own exit status for a failed connection (ssh(1), EXIT STATUS). Our commands on the hosts never use it.
 */
const CONNECTION_FAILED = 255;

/**
 * What OpenSSH says when it never came as far as running a command. When a connection breaks it says next to nothing, and the
 * command's own words stand before that. Of "Connection closed by …", which it says in both cases, only the lone one counts.
 */
const NEVER_BEGAN = [
  /^(ssh: |kex_exchange_identification: |.*Permission denied \(|Host key verification failed|.*REMOTE HOST IDENTIFICATION)/m,
  /^Connection (closed|reset) by \S+ port \d+\s*$/,
];

/** sshd refuses more than ten sessions on a connection (`MaxSessions`), and the docker plugin opens its own on the same one. */
const SESSIONS_PER_HOST = 4;

/**
 * Options for the system's `ssh` to reach a host: its key pinned, one connection shared by all who use the same options.
 * No path of this machine is in them but `~`: they stand in state as the docker provider's `sshOpts`, and a preview from
 * another checkout has to be empty.
 *
 * @param target the host; its key comes in by `KnownHostsCommand`, so that no file has to be kept in step with the config.
 */
export function sshOptions(target: SshTarget): string[] {
  const options = {
    BatchMode: "yes",
    ConnectTimeout: "10",
    // A Pi that lost power sends no goodbye: without these a session would hang for hours.
    ServerAliveInterval: "5",
    ServerAliveCountMax: "3",
    LogLevel: "ERROR",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: "/dev/null",
    GlobalKnownHostsFile: "/dev/null",
    HostKeyAlias: target.name,
    HostKeyAlgorithms: hostKeyAlgorithms(target.hostKey),
    KnownHostsCommand: `/bin/echo ${target.name} ${target.hostKey}`,
    ControlMaster: "auto",
    // Named for all that identifies the host: a connection to the host of before is not taken for one to the host of now.
    ControlPath: `~/.ssh/homelab-${fingerprint(target)}`,
    ControlPersist: "60",
  };
  return Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/**
 * Makes the folder of the shared connections, `~/.ssh`, which a fresh machine may lack: ssh fails without it. `~` is the home
 * of the user database to ssh, whatever `HOME` says.
 */
export function ensureControlDirectory(): void {
  mkdirSync(`${userInfo().homedir}/.ssh`, { recursive: true, mode: 0o700 });
}

/** The whole `ssh` command line, less the command to run: for those who start `ssh` themselves. */
export function sshArguments(target: SshTarget): string[] {
  return ["-T", ...sshOptions(target), "-p", String(target.port), `root@${target.address}`];
}

/**
 * Runs a command on a host.
 *
 * @param command words for the host's shell; quoted here, so no word is taken apart or expanded. Never a secret: arguments
 *   are visible to everyone on both machines.
 * @param stdin what the command reads; secrets go here.
 * @returns the exit status, whatever it is.
 * @throws {ConnectionError} when the host cannot be reached, is not the one it should be, or the connection broke.
 */
export async function runOnHost(
  target: SshTarget,
  command: readonly string[],
  stdin = "",
  { fresh = false, ...talk }: Session = {},
): Promise<SshResult> {
  const release = await takeSession(target);
  try {
    // Of an option that is there twice, ssh takes the first.
    const own = fresh ? ["-o", "ControlMaster=no", "-o", "ControlPath=none"] : [];
    const result = await start([...own, ...sshArguments(target), "--", command.map(quote).join(" ")], stdin, talk);
    if (result.status === CONNECTION_FAILED) throw connectionError(target, result.stderr);
    return result;
  } finally {
    release();
  }
}

/** Quotes one word for a POSIX shell. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function start(args: string[], stdin: string, { answer, heard, silenceSeconds }: Omit<Session, "fresh">): Promise<SshResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("ssh", args, { stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    let silence: NodeJS.Timeout | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      clearTimeout(silence);
      if (silenceSeconds !== undefined) silence = setTimeout(() => giveUp(child), silenceSeconds * 1000);
      heard?.(stdout);
      const said = child.stdin.writableEnded ? undefined : answer?.(stdout);
      if (said !== undefined) child.stdin.end(said);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => reject(new ConnectionError(`ssh could not be started: ${error.message}`, false)));
    child.on("close", (code) => {
      clearTimeout(silence);
      resolve({ status: code ?? CONNECTION_FAILED, stdout, stderr });
    });
    // A host that ends the session before it read everything breaks the pipe; its status says why.
    child.stdin.on("error", () => {});
    if (answer) child.stdin.write(stdin);
    else child.stdin.end(stdin);
  });
}

/**
 * Ends a session over a connection that nothing comes through any more. The process that shares the connection with others has the
 * pipes too, and keeps them until it notices that itself: what still comes out of them is nobody's.
 */
function giveUp(child: ChildProcessWithoutNullStreams): void {
  child.kill("SIGKILL");
  child.stdout.destroy();
  child.stderr.destroy();
}

const sessions = new Map<string, { free: number; waiting: (() => void)[] }>();

/** Waits for one of the host's few sessions; the function it gives back frees it. */
async function takeSession(target: SshTarget): Promise<() => void> {
  const key = fingerprint(target);
  const pool = sessions.get(key) ?? { free: SESSIONS_PER_HOST, waiting: [] };
  sessions.set(key, pool);
  if (pool.free > 0) pool.free -= 1;
  else await new Promise<void>((resolve) => pool.waiting.push(resolve));
  return () => {
    const next = pool.waiting.shift();
    if (next) next();
    else pool.free += 1;
  };
}

function connectionError(target: SshTarget, stderr: string): ConnectionError {
  if (NEVER_BEGAN.some((words) => words.test(stderr))) return new ConnectionError(neverBegan(target, stderr), false);
  const said = stderr.trim() === "" ? "" : `; until then: ${stderr.trim()}`;
  return new ConnectionError(`the connection to ${inWords(target)} broke off${said}`, true);
}

/** The host's key has one type; without this ssh may ask for another, which nobody pinned. */
function hostKeyAlgorithms(hostKey: string): string {
  const type = hostKey.split(" ")[0] ?? "";
  // An RSA key signs with SHA-2 today; its type still says ssh-rsa.
  return type === "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type;
}

function fingerprint(target: SshTarget): string {
  return createHash("sha256").update(`${target.address} ${target.port} ${target.hostKey}`).digest("hex").slice(0, 16);
}
