/**
 * A slow link, as ssh's `ProxyCommand`: node slow-link.ts <host> <port> <milliseconds> <loss>
 *
 * What comes from the host arrives so much later; a segment that is lost, one in so many, keeps all behind it waiting until it
 * was sent again. It works on any machine, also where the kernel has no `netem`.
 */
import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** What fits in a packet on an Ethernet, in bytes. */
const SEGMENT = 1448;

/** The least that Linux waits before it sends a segment again, beyond a round trip, in milliseconds. */
const RETRANSMISSION = 200;

const [host = "", port, delay = "0", loss = "0"] = process.argv.slice(2);
const socket = connect({ host, port: Number(port), noDelay: true });
socket.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
await Promise.all([slowly(process.stdin, socket, 0), slowly(socket, process.stdout, Number(delay))]);

async function slowly(from: Readable, to: Writable, milliseconds: number): Promise<void> {
  const arrive = async (at: number, segment: Buffer): Promise<void> => {
    if (at > performance.now()) await sleep(at - performance.now());
    to.write(segment);
  };
  let last = 0;
  let arrived = Promise.resolve();
  for await (const data of from) {
    for (let start = 0; start < data.length; start += SEGMENT) {
      const sentAgain = Math.random() < Number(loss) ? Number(delay) + RETRANSMISSION : 0;
      last = Math.max(last, performance.now() + milliseconds + sentAgain);
      const at = last;
      arrived = arrived.then(() => arrive(at, data.subarray(start, start + SEGMENT)));
    }
  }
  await arrived;
  to.end();
}
