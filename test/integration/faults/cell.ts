import { expect } from "vitest";
import type { WorkloadInputs } from "../../../providers/workload/inputs.ts";
import type { Lab } from "../../providers/workload/host/lab.ts";
import type { Client, Ended } from "./clients.ts";
import type { Fault } from "./faults.ts";
import { SETTLED } from "./interference.ts";
import type { Phase } from "./phases.ts";
import { askVersion, Prober } from "./prober.ts";

/** The two versions between which all changes go, back and forth: no cell has to tidy up for the next. */
export type Version = "v1" | "v2";

/** What there is to play on. */
export interface Setting {
  readonly lab: Lab;
  readonly inputs: Readonly<Record<Version, WorkloadInputs>>;
  /** What serves now. */
  current: Version;
}

/** What came of one fault: a cell of the table. */
export interface Played {
  readonly phase: string;
  readonly fault: string;
  /** How the `up` ended in whose middle the fault fell. */
  readonly up: "succeeded" | "failed";
  readonly served: "old" | "new";
  /** Seconds in which a client got no answer, from the beginning of the `up` until all was settled. */
  readonly outage: number;
  /** What the next `up` did to the application. */
  readonly next: "nothing" | "changed it";
}

/** How long after a fault the Pi may take until all is settled by itself, in seconds. docs/faults.md promises it. */
const SETTLED_WITHIN = 60;

const HOLD = "/run/homelab/hold";
const PORT = 8080;

/** A change from one version to the other, with a fault right in this phase. */
export async function play(setting: Setting, client: Client, phase: Phase, fault: Fault): Promise<Played> {
  const { lab } = setting;
  await fault.prepare?.(lab);
  try {
    const names = { phase: phase.name, fault: fault.name };
    const played = await change(
      setting,
      client,
      names,
      () => strikeIn(lab, client, phase, fault),
      () => fault.remedy?.(lab),
    );
    if (fault.serves === "new") expect(played).toMatchObject({ served: "new" });
    if (fault.serves === "old until commit") expect(played).toMatchObject({ served: phase.committed ? "new" : "old" });
    // What an `up` says is the truth; one that was interrupted says only that.
    if (!fault.interrupts) expect(played).toMatchObject({ up: played.served === "new" ? "succeeded" : "failed" });
    return played;
  } finally {
    await fault.tidyUp?.(lab);
  }
}

/** Starts an `up`, holds its transaction in the phase, lets the fault fall, and waits for the end of the `up`. */
async function strikeIn(lab: Lab, client: Client, { name, hold }: Phase, fault: Fault): Promise<Ended> {
  await holdAt(lab, hold);
  const running = client.up();
  const early = await Promise.race([reached(lab, hold), running.ended]);
  if (early) throw new Error(`it ended before it came to ${name}: ${early.said}`);
  await fault.strike({ lab, running, release: () => release(lab, hold) });
  return await running.ended;
}

/** Lets the next transaction wait at this place; {@link release} lets it go on. */
export async function holdAt({ pi }: Lab, hold: string): Promise<void> {
  await pi.must(`mkdir -p ${HOLD} && rm -f ${HOLD}/* && touch ${HOLD}/${hold}`);
}

/** Waits until the transaction stands there. A failure of the wait is one of who awaits it. */
export function reached(lab: Lab, hold: string): Promise<undefined> {
  const there = lab.until(`test -e ${HOLD}/${hold}.reached`).then(() => undefined);
  there.catch(() => undefined);
  return there;
}

export async function release({ pi }: Lab, hold: string): Promise<void> {
  await pi.must(`rm -f ${HOLD}/${hold} ${HOLD}/${hold}.reached`);
}

/**
 * A change with something in its middle, and what a person does then, which is `up` again. Checks what holds whatever it was
 * and whenever: one version serves, the preview shows the truth, the next `up` finishes and touches nothing that is right.
 *
 * @param interrupted runs the `up` to its end
 * @param remedy what a person does before `up` again, where the old version serves
 */
export async function change(
  setting: Setting,
  client: Client,
  names: Pick<Played, "phase" | "fault">,
  interrupted: () => Promise<Ended>,
  remedy: () => Promise<void> | undefined = () => undefined,
): Promise<Played> {
  const { lab, current } = setting;
  const next: Version = current === "v1" ? "v2" : "v1";
  const data = await versionsInData(lab);
  client.declare(setting.inputs[next]);
  const prober = new Prober(lab.pi.address, PORT);
  const { ok, said } = await settled(lab, interrupted).finally(() => prober.stop());
  const outage = await prober.stop();

  const version = await serving(lab);
  expect([current, next], "the version that serves").toContain(version);
  const served = version === next ? "new" : "old";
  if (ok) expect(served, said).toBe("new");
  else await client.recover();
  // The old version has its data as it was, whatever the new one wrote to it; the new one has all of it.
  expect(await versionsInData(lab), "the data").toEqual(served === "new" ? [...data, next] : data);
  const expected = served === "new" ? [] : [expect.stringContaining("update")];
  expect(await client.changes({ refresh: true }), `a preview, while the ${served} version serves`).toEqual(expected);

  if (served === "old") await remedy();
  const before = await lab.containerId();
  expect(await client.up().ended, "the next `up`").toMatchObject({ ok: true });
  setting.current = next;
  expect(await serving(lab)).toBe(next);
  const untouched = (await lab.containerId()) === before;
  expect(untouched, "the next `up` leaves the application alone").toBe(served === "new");
  expect(await client.changes({ refresh: false }), "the last preview").toEqual([]);
  return { ...names, up: ok ? "succeeded" : "failed", served, outage, next: untouched ? "nothing" : "changed it" };
}

/** The versions that have written to the data, in order: each notes its starts there. */
async function versionsInData(lab: Lab): Promise<readonly string[]> {
  // What a cell before tidied up may have begun to serve again only now: no answer is not "nobody wrote to it".
  await answering(lab);
  const lines = (await lab.ask())?.data?.trimEnd().split("\n");
  if (!lines) throw new Error("the application does not answer with its data");
  return lines.filter((line, index) => line !== lines[index - 1]);
}

/** Plays it, and waits until the Pi has settled all of it by itself and something serves. */
async function settled(lab: Lab, interrupted: () => Promise<Ended>): Promise<Ended> {
  const ended = await interrupted();
  await lab.until(SETTLED, SETTLED_WITHIN);
  await answering(lab);
  return ended;
}

async function answering(lab: Lab): Promise<void> {
  await lab.until(`curl -sf -m 2 http://${lab.pi.address}:${PORT}/`);
}

/** The version that answers; one process of the application, one container, and nothing is left of a transaction. */
async function serving({ pi }: Lab): Promise<string | undefined> {
  expect(await pi.must("pgrep -fc 'python3.13 -u /app.py'"), "processes").toBe("1");
  expect(await pi.must("podman ps --all --format '{{.Names}}' 2>/dev/null"), "containers").toBe("app");
  const places = "/run/containers/systemd /etc/containers/systemd /var/lib/homelab/staged /var/lib/homelab/journal";
  const left = await pi.must(`ls -A ${places} 2>/dev/null; true`);
  expect(left.split("\n").filter((line) => /app/.test(line))).toEqual(["app.container", "app.network"]);
  return await askVersion(`http://${pi.address}:${PORT}/`);
}
