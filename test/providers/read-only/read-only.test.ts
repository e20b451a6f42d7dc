import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostFiles } from "../../../lab/host-files.ts";
import { planLab } from "../../../lab/plan.ts";
import { attempt } from "../../../operations/shell.ts";
import { READ_ONLY_KEYS, readOnlyFiles } from "../../../providers/read-only/files.ts";
import { firstLab, HOST_KEY } from "../../lab/fixtures.ts";

let folder: string;
let podman: Server;
const asked: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "homelab-read-only-"));
  const socket = join(folder, "podman.sock");
  podman = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('["an answer"]');
  });
  await new Promise<void>((resolve) => podman.listen(socket, resolve));
  for (const [name, text] of Object.entries(readOnlyFiles(HOST_KEY).files)) {
    writeFileSync(join(folder, name), text.replace("/run/podman/podman.sock", socket));
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, "read.py"), 'print("the reader that lies here")\n');
  copyFileSync(join(folder, "read.py"), join(folder, "other.py"));
});
afterAll(() => {
  podman.close();
  rmSync(folder, { recursive: true });
});

/** What sshd runs for a session of the key. */
const session = (command: string | undefined, input = "") => {
  const env = { PATH: process.env.PATH, ...(command === undefined ? {} : { SSH_ORIGINAL_COMMAND: command }) };
  return attempt("python3", [join(folder, "read-only.py")], { env, input });
};

describe("the key of previews", () => {
  it("runs the reader that lies on the host, and not the one that is sent", async () => {
    const { status, stdout } = await session("python3 -", 'print("the one that was sent")\n');
    expect({ status, stdout }).toEqual({ status: 0, stdout: "the reader that lies here\n" });
  });

  it.each([
    undefined,
    "sh",
    "python3",
    "python3 - -c 'import os'",
    "python3 /etc/shadow",
    "python3 -; reboot",
    "/usr/local/lib/homelab/homelab apply",
    "docker system dial-stdio; reboot",
    "docker run --privileged x",
    "scp -f /etc/shadow",
    "'",
  ])("is refused: %s", async (command) => {
    const { status, stdout, stderr } = await session(command);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^This key may only read, and not: /);
  });

  const ask = async (request: string) => (await session("docker system dial-stdio", request)).stdout;

  it("asks podman what it is and which images it has", async () => {
    for (const path of ["/_ping", "/v1.41/images/json?filters=%7B%7D", "/v1.41/images/docker.io/x@sha256:ab/json", "/info"]) {
      asked.length = 0;
      const answer = await ask(`GET ${path} HTTP/1.1\r\nHost: docker\r\nConnection: keep-alive\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\["an answer"\]/);
      expect(answer).toMatch(/^Connection: close\r$/m);
      expect(asked).toEqual([`GET ${path}`]);
    }
  });

  it.each([
    "POST /v1.41/containers/create HTTP/1.1",
    "DELETE /v1.41/images/x HTTP/1.1",
    "POST /v1.41/images/create?fromImage=x HTTP/1.1",
    "GET /v1.41/containers/json HTTP/1.1",
    "GET /v1.41/containers/x/archive?path=/etc/shadow HTTP/1.1",
    "GET /v1.41/images/x/get HTTP/1.1",
    "GET /v1.41/images/../containers/json HTTP/1.1",
    "GET /v1.41/images/%2e%2e/containers/json HTTP/1.1",
    "GET /v1.41/secrets HTTP/1.1",
    "GET /_ping HTTP/1.1 more",
  ])("podman is never asked: %s", async (line) => {
    asked.length = 0;
    expect(await ask(`${line}\r\nHost: docker\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 .*\r\n[\s\S]*this key may only read/);
    expect(asked).toEqual([]);
  });

  it("passes on one request, and nothing that comes after it", async () => {
    asked.length = 0;
    const first = "GET /_ping HTTP/1.1\r\nContent-Length: 60\r\n\r\n";
    await ask(`${first}POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\n\r\n`);
    expect(asked).toEqual(["GET /_ping"]);
  });
});

it("sshd knows its file of keys where there is one, and only there", () => {
  const host = planLab(firstLab).hosts[0];
  const sshd = (keys?: string) => host && hostFiles(host, keys).find(({ name }) => name === "sshd")?.files["homelab.conf"];
  expect(sshd()).not.toContain("AuthorizedKeysFile");
  expect(sshd(READ_ONLY_KEYS)).toContain(
    "AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys2 /etc/homelab/read-only/authorized_keys",
  );
  expect(readOnlyFiles(HOST_KEY).files.authorized_keys).toContain(
    `command="/etc/homelab/read-only/read-only.py",restrict ${HOST_KEY}\n`,
  );
});
