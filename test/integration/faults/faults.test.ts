import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "../../providers/workload/host/lab.ts";
import { importImages } from "../../providers/workload/host/pi.ts";
import { change, holdAt, type Played, play, reached, release, type Setting } from "./cell.ts";
import { type Client, engine, provider } from "./clients.ts";
import { faults } from "./faults.ts";
import { inputsFor } from "./inputs.ts";
import { SETTLED } from "./interference.ts";
import { phases } from "./phases.ts";
import { startVictim, type Victim } from "./pi.ts";
import { playRound, rounds } from "./random.ts";
import { lines, writeDocumentation } from "./report.ts";
import { Stack } from "./stack.ts";

/** `HOMELAB_FAULTS=all` plays every cell and writes docs/faults.md; otherwise each fault falls once, in one of the phases. */
const everywhere = process.env.HOMELAB_FAULTS === "all";
const seed = Number(process.env.HOMELAB_FAULTS_SEED ?? Math.floor(Math.random() * 1e6));
const random = rounds(seed, Number(process.env.HOMELAB_FAULTS_ROUNDS ?? (everywhere ? 12 : 3)));

const cells = faults.flatMap((fault) =>
  phases.filter(({ name }) => everywhere || name === fault.sample).map((phase) => ({ phase, fault })),
);

describe("a fault in the middle of an up", { timeout: 300_000 }, () => {
  let pi: Victim;
  let setting: Setting;
  let stack: Stack;
  let withEngine: Client;
  /** Made when the engine is done: it begins with what serves then. */
  let withProvider: Client | undefined;
  let undisturbed: Played | undefined;
  let upMilliseconds = 0;
  const table: Played[] = [];

  beforeAll(async () => {
    pi = await startVictim();
    process.env.PATH = pi.path(process.env.PATH);
    const lab = new Lab(pi);
    setting = { lab, inputs: inputsFor(pi, lab, await importImages(pi, ["v1", "v2"])), current: "v1" };
    stack = await Stack.create(pi, "project");
    await stack.init();
    stack.declare(setting.inputs.v1);
    await stack.must("up", "--yes", "--skip-preview");
    withEngine = engine(stack);
  });

  afterEach(() => {
    // A run of all cells takes long: what came of each is seen at once.
    const last = table.at(-1);
    if (everywhere && last) process.stderr.write(`${Object.values(last).join("  ")}\n`);
  });

  afterAll(async () => {
    if (table.length > 0) process.stdout.write(`\n${lines(table)}\n\nThe random ones: HOMELAB_FAULTS_SEED=${seed}\n\n`);
    await pi?.remove();
  });

  test("or none at all: what it costs undisturbed", async () => {
    undisturbed = await noting({ phase: "-", fault: "none" }, async () => {
      const start = performance.now();
      const ended = await withEngine.up().ended;
      upMilliseconds = performance.now() - start;
      return ended;
    });
    expect(undisturbed).toMatchObject({ up: "succeeded", served: "new" });
  });

  test.each(cells.filter(({ fault }) => fault.needsEngine))("$fault.name, $phase.name", async ({ phase, fault }) => {
    table.push(await mending(() => play(setting, withEngine, phase, fault)));
  });

  test("a second up beside it is refused at once, from another machine too; the first one goes on", async () => {
    const elsewhere = await Stack.create(pi, "elsewhere");
    await elsewhere.select();
    const { lab } = setting;
    await noting({ phase: "waiting", fault: "a second up" }, async () => {
      await holdAt(lab, "waiting");
      const first = withEngine.up();
      await reached(lab, "waiting");
      elsewhere.declare(setting.inputs[setting.current]);
      for (const second of [withEngine, engine(elsewhere)]) {
        const { ok, said } = await second.up().ended;
        expect({ ok, errors: said.match(/error: .*/g) }).toEqual({
          ok: false,
          errors: [expect.stringContaining("currently locked by 1 lock")],
        });
        expect(said).toContain("pulumi cancel");
      }
      await release(lab, "waiting");
      return await first.ended;
    });
  });

  test("an up after one that was killed attaches to the transaction that still runs", async () => {
    const { lab } = setting;
    const startsOf = async () => (await lab.ask())?.data?.length ?? 0;
    const starts = await startsOf();
    await noting({ phase: "waiting", fault: "up again meanwhile" }, async () => {
      await holdAt(lab, "waiting");
      const first = withEngine.up();
      await reached(lab, "waiting");
      first.kill();
      await first.ended;
      await withEngine.recover();
      await lab.pi.must("pkill -KILL -f 'homelab appl[y]$'; true");
      const second = withEngine.up();
      await lab.until("pgrep -f 'homelab appl[y]$'");
      await release(lab, "waiting");
      return await second.ended;
    });
    // The application notes each of its starts, in a line.
    expect((await startsOf()) - starts).toBe("v1\n".length);
  });

  test.each(random)(`${"$fault.name"} at $moment of an up, by the seed ${seed} (HOMELAB_FAULTS_SEED)`, async (round) => {
    table.push(await mending(() => playRound(setting, withEngine, round, upMilliseconds)));
  });

  test.each(cells.filter(({ fault }) => !fault.needsEngine))("$fault.name, $phase.name", async ({ phase, fault }) => {
    withProvider ??= provider(setting.inputs[setting.current]);
    const client = withProvider;
    table.push(await mending(() => play(setting, client, phase, fault)));
  });

  if (everywhere) {
    test("every cell was played, and stands in the documentation", () => {
      const played = table.filter(({ fault, phase }) =>
        cells.some((cell) => cell.fault.name === fault && cell.phase.name === phase),
      );
      expect(played).toHaveLength(cells.length);
      if (undisturbed) writeDocumentation(played, undisturbed);
    });
  }

  async function noting(names: Pick<Played, "phase" | "fault">, interrupted: Parameters<typeof change>[3]): Promise<Played> {
    const played = await mending(() => change(setting, withEngine, names, interrupted));
    table.push(played);
    return played;
  }

  /** After a failure: the next one begins with what serves then, whatever that is. */
  async function mending(body: () => Promise<Played>): Promise<Played> {
    try {
      return await body();
    } catch (error) {
      const { lab } = setting;
      await lab.pi.must(
        "rm -rf /run/homelab/hold; systemctl start ssh.service; /usr/local/lib/homelab/homelab release app; true",
      );
      await lab.until(SETTLED);
      const { version } = (await lab.ask()) ?? {};
      if (version === "v1" || version === "v2") setting.current = version;
      withProvider = undefined;
      withEngine.declare(setting.inputs[setting.current]);
      await stack.start("cancel", "--yes").result;
      stack.endOrphans();
      await withEngine.up().ended;
      throw error;
    }
  }
});
