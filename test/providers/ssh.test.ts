import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { ConnectionError, quote, runOnHost, sshArguments, sshOptions } from "../../providers/ssh.ts";
import { saysUnreachable } from "../../providers/ssh-advice.ts";
import { type FakeSsh, fakeSsh, target } from "./fake-ssh.ts";

let ssh: FakeSsh | undefined;
afterEach(() => ssh?.remove());

describe("the options of ssh", () => {
  it("pin the host's key and trust no file", () => {
    const options = sshOptions(target).join(" ");
    expect(options).toContain("KnownHostsCommand=/bin/echo adama ssh-ed25519 AAAAexample");
    expect(options).toContain("StrictHostKeyChecking=yes");
    expect(options).toContain("UserKnownHostsFile=/dev/null");
  });

  it("hold no path of this machine, so that they are the same in every checkout", () => {
    expect(sshOptions(target).join(" ")).not.toContain(process.cwd());
    expect(sshOptions(target).join(" ")).not.toMatch(/=\/(root|home|work)/);
  });

  it("share a connection only with those who mean the same host, key included", () => {
    const path = (other: object) => sshOptions({ ...target, ...other }).find((option) => option.startsWith("ControlPath="));
    expect(path({})).toBe(path({}));
    expect(path({ hostKey: "ssh-ed25519 AAAAother" })).not.toBe(path({}));
    expect(path({ port: 2222 })).not.toBe(path({}));
  });

  it("are all known to the system's ssh", () => {
    const settings = execFileSync("/usr/bin/ssh", ["-G", ...sshArguments(target)], { encoding: "utf8" });
    expect(settings).toMatch(/^hostkeyalias adama$/m);
    expect(settings).toMatch(/^controlpersist 60$/m);
    expect(settings).toMatch(/^stricthostkeychecking true$/m);
    expect(settings).toMatch(/^knownhostscommand \/bin\/echo adama ssh-ed25519 AAAAexample$/m);
  });
});

describe("quote", () => {
  it("gives the shell back every word as it was", () => {
    const word = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const printed = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${words.map(quote).join(" ")}`], { encoding: "utf8" });
        expect(printed).toBe(words.map((text) => `${text}\0`).join(""));
      }),
      { numRuns: 50 },
    );
  });
});

describe("running a command on a host", () => {
  it("takes a connection for broken that says nothing for long, whoever still holds its pipes, but not before its first word", async () => {
    ssh = fakeSsh("sleep 0.3; echo word; sleep 90 & exec sleep 20");
    const running = runOnHost(target, ["program"], "", { silenceSeconds: 0.1 });
    await expect(running).rejects.toMatchObject({ broke: true });
  });

  it("hands over stdin, and gives back what came", async () => {
    ssh = fakeSsh("cat stdin.$call; echo problem >&2; exit 3");
    expect(await runOnHost(target, ["program", "two words"], "input")).toEqual({
      status: 3,
      stdout: "input",
      stderr: "problem\n",
    });
    expect(ssh.calls()[0]?.args).toMatch(/root@192\.0\.2\.11 -- program 'two words'$/);
  });

  it("survives a host that does not read its input", async () => {
    ssh = fakeSsh("exit 0");
    const result = await runOnHost(target, ["true"], "x".repeat(1_000_000));
    expect(result.status).toBe(0);
  });

  it("says which line of the config to mend when the host's key is another", async () => {
    ssh = fakeSsh("echo 'Host key verification failed.' >&2; exit 255");
    const failure = await runOnHost(target, ["true"]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConnectionError);
    expect(String(failure)).toContain("Pulumi.adama.yaml (homelab:hostKey)");
    expect(String(failure)).toContain("ssh-keyscan -t ed25519 -p 22 192.0.2.11");
    expect(String(failure)).toContain("leave out --refresh");
  });

  it("says what ssh said when the host does not answer", async () => {
    ssh = fakeSsh("echo 'ssh: connect to host 192.0.2.11 port 22: No route to host' >&2; exit 255");
    const failure = String(await runOnHost(target, ["true"]).catch((error: unknown) => error));
    expect(failure).toMatch(/adama \(192\.0\.2\.11, port 22\) cannot be reached: .*No route to host/);
    expect(saysUnreachable(failure)).toBe(true);
    // Of a device that moved, the address is in the state alone.
    expect(failure).toContain("leave out --refresh, or npm run deploy -- --no-refresh");
  });

  it("says how root is let in, which has no password on a Pi", async () => {
    ssh = fakeSsh("echo 'root@192.0.2.11: Permission denied (publickey,password).' >&2; exit 255");
    const failure = String(await runOnHost(target, ["true"]).catch((error: unknown) => error));
    expect(failure).toContain("adama (192.0.2.11, port 22) does not let you in as root");
    // The command that the README gives.
    const [, command = "missing"] = /^ssh -t you@\S+ ('sudo .*')$/m.exec(readFileSync("README.md", "utf8")) ?? [];
    expect(failure).toContain(`ssh -t -p 22 you@192.0.2.11 ${command}`);
  });

  it.each([
    ["never was there", "ssh: connect to host 192.0.2.11 port 22: Connection refused", false],
    ["never was there", "Connection closed by 192.0.2.11 port 22", false],
    ["broke off without a word", "", true],
    ["broke off after the command's words", "app: queued", true],
    ["broke off after the command's words", "app: queued\nConnection reset by 192.0.2.11 port 22", true],
    ["broke off", "Timeout, server 192.0.2.11 not responding.", true],
  ])("knows a connection that %s: %j", async (_, said, broke) => {
    ssh = fakeSsh(`printf '%s\\n' "${said}" >&2; exit 255`);
    await expect(runOnHost(target, ["true"])).rejects.toMatchObject({ broke });
  });

  it("never has more than four sessions on one host", async () => {
    ssh = fakeSsh("touch running.$call; ls running.* | wc -l; sleep 0.2; rm running.$call");
    const counts = await Promise.all(Array.from({ length: 12 }, () => runOnHost(target, ["true"])));
    const most = Math.max(...counts.map(({ stdout }) => Number(stdout)));
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
  });
});
