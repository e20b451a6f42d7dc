import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./lab.ts";
import { type Behaviour, importImages, startPi } from "./pi.ts";

/** The plain cases of a workload's life on a host, each through the installed program, systemd and podman. */
describe("a workload's transactions", { timeout: 120_000 }, () => {
  let lab: Lab;
  let images: Record<Behaviour, string>;

  beforeAll(async () => {
    const pi = await startPi("plain");
    images = await importImages(pi, ["v1", "v2", "v3", "sick", "dies", "stubborn"]);
    lab = new Lab(pi);
  }, 120_000);

  afterAll(async () => lab?.pi.remove());

  test("a host without anything of ours reads as empty", async () => {
    expect(await lab.read()).toEqual({ version: 2, workloads: {}, directories: {} });
  });

  test("create: it serves, is confirmed and reads back as declared", async () => {
    const request = lab.request({ image: images.v1, data: true });
    const outcome = await lab.apply(request);
    expect(outcome).toMatchObject({ result: "confirmed", action: "create" });
    expect(await lab.ask()).toMatchObject({ version: "v1", config: { greeting: "hello" } });
    const reading = await lab.reading();
    expect(reading).toMatchObject({ state: "healthy", content: request.content, image: images.v1, units: request.units });
    expect(reading.files).toEqual({ "app.json": request.files[0]?.base64 });
    expect(Object.keys(reading.secrets)).toEqual(["tls/server.key"]);
    expect(reading.undeclared).toEqual({});
    expect(reading.subnets).toEqual({ app: "10.77.1.0/28" });
    expect(JSON.stringify(reading)).not.toContain(Buffer.from("key 1").toString("base64"));
  });

  test("the same content again touches nothing", async () => {
    const id = await lab.containerId();
    expect(await lab.apply({ image: images.v1, data: true })).toMatchObject({ result: "unchanged", action: "none" });
    expect(await lab.containerId()).toBe(id);
  });

  test("files belong to root, are read by the application's group, and are seen by nobody else", async () => {
    const listing = await lab.pi.must(
      "cd /var/lib/homelab/config/app/current/ && stat -c '%a %u %g %n' . app.json tls tls/server.key",
    );
    expect(listing.split("\n")).toEqual(["750 0 1500 .", "640 0 1500 app.json", "750 0 1500 tls", "640 0 1500 tls/server.key"]);
    expect(await lab.pi.must("readlink /var/lib/homelab/config/app/current")).toMatch(/^[0-9a-f]{64}$/);
    expect(await lab.pi.must("stat -c '%a %u %g' /var/lib/homelab/data/app/data")).toBe("750 0 1500");
  });

  test("change of configuration: reloaded, same container, live", async () => {
    const id = await lab.containerId();
    const outcome = await lab.apply({ image: images.v1, data: true, config: { greeting: "good morning" } });
    expect(outcome).toMatchObject({ result: "confirmed", action: "reload", outageSeconds: 0 });
    expect(await lab.containerId()).toBe(id);
    expect((await lab.ask())?.config).toEqual({ greeting: "good morning" });
  });

  test("change of a certificate's file: reloaded, same container", async () => {
    const id = await lab.containerId();
    const outcome = await lab.apply({ image: images.v1, data: true, config: { greeting: "good morning" }, certificate: "key 2" });
    expect(outcome).toMatchObject({ result: "confirmed", action: "reload" });
    expect(await lab.containerId()).toBe(id);
    expect(await lab.pi.must("podman exec app python3.13 -c 'print(open(\"/config/current/tls/server.key\").read())'")).toBe(
      "key 2",
    );
  });

  test("a configuration that the application refuses never reaches it, and the old one stays", async () => {
    const outcome = await lab.apply({ image: images.v1, data: true, config: "{ broken" });
    expect(outcome).toMatchObject({ result: "reverted", action: "reload" });
    expect(outcome.message).toContain("refuses its new files");
    expect(outcome.log.join("\n")).toContain("JSONDecodeError");
    expect((await lab.ask())?.config).toEqual({ greeting: "good morning" });
    expect((await lab.reading()).state).toBe("healthy");
  });

  test("a configuration that makes it unhealthy is taken back by a second reload", async () => {
    const id = await lab.containerId();
    const outcome = await lab.apply({ image: images.v1, data: true, config: { healthy: false }, withinSeconds: 4 });
    expect(outcome).toMatchObject({ result: "reverted", action: "reload" });
    expect(await lab.containerId()).toBe(id);
    expect((await lab.ask())?.config).toEqual({ greeting: "good morning" });
  });

  test("change of image: restarted on it, data kept, stop was graceful", async () => {
    const outcome = await lab.apply({ image: images.v2, version: "2.0", data: true });
    expect(outcome).toMatchObject({ result: "confirmed", action: "restart" });
    expect(await lab.ask()).toMatchObject({ version: "v2", data: "v1\nv2\n" });
    expect(await lab.pi.must("ls /run/containers/systemd")).toBe("");
    expect(await lab.pi.must("systemctl show -P SourcePath app")).toBe("/etc/containers/systemd/app.container");
  });

  test("the outage is kept, and told in one line where a person looks, among the application's own lines", async () => {
    const { outageSeconds } = await lab.attach();
    expect(outageSeconds).toBeGreaterThan(0);
    const outage = `outage ${outageSeconds.toFixed(1)} s`;
    expect(JSON.parse(await lab.pi.must("cat /var/lib/homelab/confirmed/app.json"))).toMatchObject({ outageSeconds });
    const line = new RegExp(`^app any → 2.0: restart confirmed after [0-9.]+ s, ${outage}$`, "m");
    for (const unit of ["app", "homelab-txn-app"]) expect(await lab.pi.must(`journalctl -o cat -u ${unit}`)).toMatch(line);
    const lines = await lab.pi.must("journalctl -o cat -u app");
    expect(lines).toMatch(/^starting v2$/m);
    expect(lines).not.toContain("homelab.workload=app");
    expect(await lab.pi.must("homelab-status")).toMatch(
      new RegExp(`^app +2.0 +since .* healthy\\n +last transaction .*: confirmed \\(restart\\), ${outage}`),
    );
  });

  test("timers: one that touches the workload waits for its transaction, one that only looks does not", async () => {
    const wish = { image: images.v2, version: "2.0", data: true, config: { greeting: "later" } };
    const held = await lab.holdAt("waiting", "apply", lab.request(wish));
    const touching = lab.pi.must("homelab in-turn app cat /var/lib/homelab/confirmed/app.json");
    await lab.pi.must("homelab health --all --metrics /tmp/homelab.prom");
    const metrics = await lab.pi.must("cat /tmp/homelab.prom");
    expect(metrics).toContain('homelab_workload_in_transaction{workload="app"} 1');
    expect(metrics).not.toContain("homelab_workload_healthy{");
    expect(await lab.pi.must("homelab health app")).toBe("app: in transaction");
    expect(await lab.pi.must("homelab-status")).toContain("in transaction: starting");
    expect((await lab.reading()).state).toBe("in transaction");
    await held.go();
    const { transaction } = await held.outcome;
    expect(JSON.parse(await touching)).toMatchObject({ transaction });
  });

  test("timers: a transaction waits for one that touches the workload, which is healthy meanwhile", async () => {
    await lab.atRest();
    const touching = lab.pi.exec(
      "homelab in-turn app sh -c 'touch /tmp/turn; while [ -e /tmp/turn ]; do sleep 0.1; done; exit 7'",
    );
    await lab.until("test -e /tmp/turn");
    const change = lab.apply({ image: images.v2, version: "2.0", data: true });
    await lab.until("systemctl is-active homelab-txn-app");
    expect((await lab.ask())?.config).toEqual({ greeting: "later" });
    expect((await lab.reading()).state).toBe("healthy");
    await lab.pi.must("rm /tmp/turn");
    expect((await touching).status).toBe(7);
    expect(await change).toMatchObject({ result: "confirmed", action: "reload" });
    expect(await lab.pi.exec("homelab in-turn ap true")).toMatchObject({ status: 1, stderr: "ap is not known here\n" });
  });

  test("configuration directories other than the current and the previous are gone", async () => {
    expect((await lab.pi.must("ls /var/lib/homelab/config/app")).split("\n")).toHaveLength(3);
  });

  test("change of the subnet: the network is made anew", async () => {
    expect(await lab.apply({ image: images.v2, data: true, subnet: "10.77.2.0/28" })).toMatchObject({ result: "confirmed" });
    expect((await lab.reading()).subnets).toEqual({ app: "10.77.2.0/28" });
  });

  test("never healthy: the old version, its network and its data directory serve again, the log says why", async () => {
    const outcome = await lab.apply({ image: images.sick, data: true, subnet: "10.77.3.0/28", withinSeconds: 3 });
    expect(outcome).toMatchObject({ result: "reverted", action: "restart" });
    expect(outcome.message).toMatch(/did not become healthy within 3 s: .*500[\s\S]*old version of app serves/);
    expect(outcome.log).toContain("starting sick");
    expect(await lab.ask()).toMatchObject({ version: "v2" });
    expect(await lab.reading()).toMatchObject({ state: "healthy", image: images.v2, subnets: { app: "10.77.2.0/28" } });
  });

  test("ends at once: the same, with its last words", async () => {
    const outcome = await lab.apply({ image: images.dies, data: true, subnet: "10.77.2.0/28" });
    expect(outcome).toMatchObject({ result: "reverted", action: "restart" });
    expect(outcome.message).toContain("ended by itself");
    expect(outcome.log).toContain("cannot go on: no reason");
    expect(await lab.ask()).toMatchObject({ version: "v2" });
    expect(await lab.apply({ image: images.v2, data: true, subnet: "10.77.2.0/28" })).toMatchObject({ result: "unchanged" });
  });

  test("images other than the current, the previous and the held are removed when the next one is confirmed", async () => {
    const left = async () => (await lab.pi.must("podman images --format '{{.Tag}}' localhost/test/app")).split("\n").sort();
    expect(await lab.apply({ image: images.v3, data: true })).toMatchObject({ result: "confirmed" });
    expect(await left()).toEqual(["dies", "sick", "stubborn", "v2", "v3"]);
    await lab.pi.must("/usr/local/lib/homelab/homelab release app");
    const again = { image: images.v3, data: true, config: { greeting: "again" } };
    expect(await lab.apply(again)).toMatchObject({ result: "confirmed" });
    expect(await left()).toEqual(["stubborn", "v2", "v3"]);
  });

  test("an application that ignores SIGTERM is stopped within its own time and replaced", async () => {
    await lab.apply({ image: images.stubborn, data: true, stopSeconds: 2 });
    expect(await lab.apply({ image: images.v3, data: true })).toMatchObject({ result: "confirmed", action: "restart" });
    expect(await lab.pi.must("pgrep -fc 'python3.13 -u /app.py'")).toBe("1");
  });

  test("a process that outlives a stop which systemd calls a success is ended before the new one starts", async () => {
    const hasty = (image: string) => {
      const request = lab.request({ image, data: true });
      const text = request.units["app.container"] ?? "";
      const unit = text.replace("StopTimeout=5", "StopTimeout=30").replace("TimeoutStopSec=20", "TimeoutStopSec=2");
      return { ...request, units: { ...request.units, "app.container": unit }, content: image.slice(-64) };
    };
    expect(await lab.apply(hasty(images.stubborn))).toMatchObject({ result: "confirmed" });
    expect(await lab.apply(hasty(images.v3))).toMatchObject({ result: "confirmed", action: "restart" });
    expect(await lab.pi.must("pgrep -fc 'python3.13 -u /app.py'")).toBe("1");
    expect(await lab.ask()).toMatchObject({ version: "v3" });
  });

  test("removal: unit, container, network, files and records are gone, data stays; a second one finds nothing", async () => {
    expect(await lab.remove()).toMatchObject({ result: "confirmed", action: "remove" });
    expect(await lab.ask()).toBeUndefined();
    expect(await lab.traces()).toEqual(["/var/lib/homelab/data/app"]);
    expect(await lab.remove()).toMatchObject({ result: "unchanged", action: "none" });
    expect(await lab.remove("app", true)).toMatchObject({ result: "confirmed" });
    expect(await lab.traces()).toEqual([]);
  });
});
