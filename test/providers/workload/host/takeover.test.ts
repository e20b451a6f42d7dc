import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab, type Wish } from "./lab.ts";
import { type Behaviour, importImages, startPi } from "./pi.ts";

/** `HOMELAB_FAULTS=all` cuts the power in each phase before the commit; otherwise where the new one runs already. */
const phases = process.env.HOMELAB_FAULTS === "all" ? ["stopped", "switched", "starting", "waiting"] : ["waiting"];

/** Names, ports and addresses move from a workload that is no longer declared to the one that comes in its place. */
describe("the place of a workload that leaves", { timeout: 120_000 }, () => {
  let lab: Lab;
  let images: Record<Behaviour, string>;
  /** The new one, at the same port and with the same addresses as the old one, `app`. */
  let heir: Wish;

  const declare = (...names: string[]) =>
    lab.pi.must(`mkdir -p /etc/homelab; printf '%s\\n' ${names.join(" ")} > /etc/homelab/workloads`);

  /** Until the host has come to terms with it. */
  async function cutPower(): Promise<void> {
    await lab.pi.powerCut();
    await lab.pi.powerOn();
    await lab.until("! test -e /var/lib/homelab/journal/heir");
  }

  /** The old one serves again as if nothing had been, at the next boot too, and nothing is left of the new one. */
  async function oldServes(): Promise<void> {
    expect(await lab.ask()).toMatchObject({ version: "v1" });
    expect((await lab.reading()).state).toBe("healthy");
    expect(await lab.traces("heir")).toEqual([]);
  }

  beforeAll(async () => {
    const pi = await startPi("takeover");
    images = await importImages(pi, ["v1", "v2", "sick"]);
    lab = new Lab(pi);
    heir = { image: images.v2, name: "heir" };
    await lab.confirm({ image: images.v1 });
  }, 120_000);

  afterAll(async () => lab?.pi.remove());

  test("is not taken while it is declared, nor on a host that was not told what is", async () => {
    for (const told of [() => lab.pi.must("rm -f /etc/homelab/workloads"), () => declare("app", "heir")]) {
      await told();
      const outcome = await lab.apply(heir);
      expect(outcome).toMatchObject({ result: "refused" });
      expect(outcome.message).toContain("port 8080/tcp on 10.66.0.1 is in use by the workload app");
    }
    await oldServes();
  });

  test("is given back when the new one never gets healthy", async () => {
    await declare("heir");
    const outcome = await lab.apply({ ...heir, image: images.sick, withinSeconds: 3 });
    expect(outcome).toMatchObject({ result: "reverted", action: "create" });
    expect(outcome.message).toContain("app, whose place it was to take, serves.");
    await oldServes();
  });

  test.each(phases)("is given back after a power cut at `%s`", async (phase) => {
    const held = await lab.holdAt(phase, "apply", lab.request(heir));
    await cutPower();
    await oldServes();
    await held.go();
  });

  test("is the new one's once that has proved itself, and the removal of the old one touches nothing of it", async () => {
    const held = await lab.holdAt("cleaning", "apply", lab.request(heir));
    await cutPower();
    await held.go();
    expect(await lab.apply(heir)).toMatchObject({ result: "unchanged" });
    const id = await lab.containerId("heir");
    expect(await lab.remove()).toMatchObject({ result: "confirmed", action: "remove" });
    expect(await lab.ask()).toMatchObject({ version: "v2" });
    expect(await lab.containerId("heir")).toBe(id);
    expect((await lab.traces()).filter((path) => !path.includes("/heir/"))).toEqual([]);
  });

  test("is taken without a power cut, too", async () => {
    await declare("next");
    const outcome = await lab.apply({ ...heir, name: "next" });
    expect(outcome).toMatchObject({ result: "confirmed", action: "create" });
    expect(outcome.message).toContain("It took the place of heir, which Pulumi removes next.");
    expect(outcome.outageSeconds, "between the two").toBeGreaterThan(0);
    await lab.remove("heir");
    expect(await lab.ask()).toMatchObject({ version: "v2" });
  });

  test("a network under another name keeps its addresses", async () => {
    const request = lab.request({ ...heir, name: "next" });
    const units = Object.fromEntries(
      Object.entries(request.units).map(([name, text]) => [
        name.replace("next.network", "inner.network"),
        text.replace(/(Network(?:Name)?)=next\b/g, "$1=inner"),
      ]),
    );
    const outcome = await lab.apply({ ...request, units, content: "f".repeat(64) });
    expect(outcome).toMatchObject({ result: "confirmed", action: "restart" });
    expect(await lab.ask()).toMatchObject({ version: "v2" });
    expect((await lab.reading("next")).subnets).toEqual({ inner: "10.77.1.0/28" });
  });
});
