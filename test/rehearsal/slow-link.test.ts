import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, it } from "vitest";
import { repository } from "../../rehearsal/toolchain/paths.ts";

it("a slow link brings every byte, in order, and none before its time", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const program = join(repository, "rehearsal", "simulation", "slow-link.ts");
  const link = spawn(process.execPath, [program, "127.0.0.1", String(port), "300", "0.5"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let first = Number.POSITIVE_INFINITY;
  link.stdout.once("data", () => {
    first = performance.now();
  });
  const sent = randomBytes(100_000);
  const begun = performance.now();
  link.stdin.end(sent);
  const received = await buffer(link.stdout);
  server.close();
  expect(createHash("sha256").update(received).digest("hex")).toBe(createHash("sha256").update(sent).digest("hex"));
  expect(first - begun).toBeGreaterThanOrEqual(300);
});
