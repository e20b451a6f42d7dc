import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ApplyRequest } from "../../../../providers/workload/protocol.ts";
import { Lab } from "./lab.ts";
import { type Behaviour, importImages, startPi } from "./pi.ts";

/** `HOMELAB_FAULTS=all`: between all steps, not only where it has done most harm. */
const everywhere = process.env.HOMELAB_FAULTS === "all";

/**
 * What the host's program does in the middle of a change when something breaks. The faults of every phase, with the engine and
 * real ssh, are in test/integration/faults; here is what falls between the steps of one phase, and what needs other requests.
 */
const BEFORE_COMMIT = everywhere ? ["switching-link", "switching-units", "switching-reload"] : ["switching-units"];
/** Of a table of faults the first ones are played always, all of them everywhere. */
const first = <T>(count: number, table: readonly T[]) => (everywhere ? table : table.slice(0, count));

const AFTER_COMMIT = everywhere ? ["cleaning-trial", "cleaning-record"] : ["cleaning-trial"];

const STATE = "/var/lib/homelab";
const MAIN = "systemctl show -P MainPID homelab-txn-app";

/** A fault in the middle of a change: without a person, the old version or the new one serves, and the next change goes through. */
describe("faults", { timeout: 180_000 }, () => {
  let lab: Lab;
  let images: Record<Behaviour, string>;
  /** What serves, with its own network, configuration and data; what is to come differs in all of it. */
  let old: ApplyRequest;
  let next: ApplyRequest;

  beforeAll(async () => {
    const pi = await startPi("faults");
    images = await importImages(pi, ["v1", "v2", "v3", "sick"]);
    lab = new Lab(pi);
    old = lab.request({ image: images.v1, data: true, subnet: "10.77.1.0/28", config: { greeting: "one" } });
    next = lab.request({ image: images.v2, data: true, subnet: "10.77.2.0/28", config: { greeting: "two" } });
  }, 120_000);

  afterAll(async () => lab?.pi.remove());

  beforeEach(async () => {
    // A version that was found unhealthy is held, and would be refused from then on.
    await lab.pi.must("rm -rf /run/homelab/hold; /usr/local/lib/homelab/homelab release app; true");
    const { result, message } = await lab.apply(old);
    expect(["confirmed", "unchanged"], message).toContain(result);
  }, 60_000);

  /** One version serves, whole, and nothing of a transaction is left. */
  async function serves(request: ApplyRequest): Promise<void> {
    const version =
      request === old ? { version: "v1", config: { greeting: "one" } } : { version: "v2", config: { greeting: "two" } };
    await lab.until(`! ls ${STATE}/journal/app`);
    expect(await lab.ask()).toMatchObject(version);
    const subnet = request === old ? "10.77.1.0/28" : "10.77.2.0/28";
    const { content, image, units } = request;
    await lab.until("! systemctl is-active homelab-settle@app");
    expect(await lab.reading()).toMatchObject({
      state: "healthy",
      content,
      image,
      units,
      undeclared: {},
      subnets: { app: subnet },
    });
    expect(await lab.pi.must(`ls -A /run/containers/systemd ${STATE}/journal; ls -A /etc/containers/systemd`)).not.toMatch(
      /app.*new|gone|^app$/,
    );
    expect(await lab.pi.must("pgrep -fc 'python3.13 -u /app.py'")).toBe("1");
    expect(await lab.apply(request)).toMatchObject({ result: "unchanged" });
  }

  describe("SIGKILL to the transaction's script", () => {
    test.each(BEFORE_COMMIT)("before %s: the old version", async (point) => {
      const held = await lab.holdAt(point, "apply", next);
      await lab.pi.must(`kill -9 $(${MAIN})`);
      expect(await held.outcome).toMatchObject({ result: "reverted", message: expect.stringContaining("ended from outside") });
      await serves(old);
    });

    test.each(first(0, AFTER_COMMIT))("before %s: the new version", async (point) => {
      const held = await lab.holdAt(point, "apply", next);
      await lab.pi.must(`rm -f /run/homelab/hold/${point} && kill -9 $(${MAIN})`);
      expect((await held.outcome).result).toBe("confirmed");
      await serves(next);
    });
  });

  describe("power cut", () => {
    test.each(BEFORE_COMMIT)("before %s: the old version", async (point) => {
      await lab.holdAt(point, "apply", next);
      await lab.pi.powerCut();
      await lab.pi.powerOn();
      await lab.until(`curl -sf http://${lab.pi.address}:8080/`);
      const settled = await lab.pi.must("systemctl show -P ExecMainExitTimestampMonotonic homelab-settle");
      const started = await lab.pi.must("systemctl show -P ExecMainStartTimestampMonotonic app");
      expect(Number(settled)).toBeGreaterThan(0);
      expect(Number(settled), "settled before it starts").toBeLessThan(Number(started));
      expect((await lab.attach()).result).toBe("reverted");
      await serves(old);
    });

    test.each(AFTER_COMMIT)("before %s: the new version", async (point) => {
      await lab.holdAt(point, "apply", next);
      await lab.pi.powerCut();
      await lab.pi.powerOn();
      await lab.until(`curl -sf http://${lab.pi.address}:8080/`);
      expect((await lab.attach()).result).toBe("confirmed");
      await serves(next);
    });

    test("in the middle of going back", async () => {
      await lab.pi.must("mkdir -p /run/homelab/hold && touch /run/homelab/hold/back-units");
      const answer = lab.apply(lab.request({ image: images.sick, data: true, subnet: "10.77.3.0/28", withinSeconds: 2 }));
      answer.catch(() => undefined);
      await lab.until("test -e /run/homelab/hold/back-units.reached");
      await lab.pi.powerCut();
      await lab.pi.powerOn();
      expect(await lab.attach()).toMatchObject({
        result: "reverted",
        message: expect.stringContaining("did not become healthy"),
      });
      await serves(old);
    });
  });

  test.each(
    first(1, [
      ["waiting", "reverted"],
      ["cleaning", "confirmed"],
    ]),
  )("a shutdown before %s leaves it to the next boot, as a power cut does: %s", async (point, result) => {
    await lab.holdAt(point, "apply", next);
    await lab.pi.shutDown();
    await lab.pi.powerOn();
    await lab.until(`curl -sf http://${lab.pi.address}:8080/`);
    expect(await lab.attach()).toMatchObject({
      result,
      message: expect.stringMatching(/app serves|app was restarted and serves/),
    });
    await serves(result === "confirmed" ? next : old);
  });

  test("systemctl stop of the transaction takes it back", async () => {
    const held = await lab.holdAt("waiting", "apply", next);
    await lab.pi.must("systemctl stop homelab-txn-app");
    expect((await held.outcome).result).toBe("reverted");
    await serves(old);
  });

  test("nor does it need anybody who watches for that", async () => {
    const held = await lab.holdAt("waiting", "apply", next);
    held.outcome.catch(() => undefined);
    // It ends with success, so that OnFailure= does not come for it.
    await lab.pi.must("pkill -KILL -f 'homelab appl[y]$'; systemctl stop homelab-txn-app");
    await lab.until(`! ls ${STATE}/journal/app`);
    await serves(old);
  });

  test("another request waits for the transaction that runs, then goes on", async () => {
    const held = await lab.holdAt("waiting", "apply", next);
    const other = lab.apply(old);
    await held.go();
    expect((await held.outcome).result).toBe("confirmed");
    expect((await other).result).toBe("confirmed");
    await serves(old);
  });

  test("what nobody could settle, the next transaction settles before it begins", async () => {
    const held = await lab.holdAt("waiting", "apply", next);
    held.outcome.catch(() => undefined);
    const program = "/usr/local/lib/homelab/homelab";
    await lab.pi.must(`pkill -KILL -f 'homelab appl[y]$'; chmod -x ${program}; systemctl kill -s KILL homelab-txn-app`);
    await lab.until("systemctl is-failed homelab-settle@app || systemctl is-active homelab-settle@app | grep activating");
    await lab.pi.must(
      `systemctl stop homelab-settle@app; chmod +x ${program}; rm -rf /run/homelab/hold; ls ${STATE}/journal/app`,
    );
    const since = await lab.pi.must("date +%s");
    expect(await lab.apply(next)).toMatchObject({ result: "confirmed", action: "restart" });
    expect(await lab.pi.must(`journalctl --since @${since} -u homelab-txn-app -o cat`)).toMatch(
      /restart reverted[\s\S]*restart confirmed/,
    );
    await serves(next);
  });

  test("a health check that hangs is killed and counts as unhealthy", async () => {
    const hanging = { ...next, health: { command: ["sleep", "1000"], attemptSeconds: 1, withinSeconds: 3 } };
    const outcome = await lab.apply(hanging);
    expect(outcome).toMatchObject({ result: "reverted", message: expect.stringContaining("was killed") });
    await serves(old);
    expect((await lab.pi.exec("pgrep -f 'sleep 1000'")).status).toBe(1);
  });

  test("an image that is removed between the checks and the start: the old version", async () => {
    const held = await lab.holdAt("stopping", "apply", lab.request({ image: images.v3, data: true }));
    await lab.pi.must("podman image rm -f localhost/test/app:v3");
    await held.go();
    expect(await held.outcome).toMatchObject({ result: "reverted", message: expect.stringContaining("did not start") });
    await serves(old);
  });

  test("/etc/containers/systemd turns read-only after the commit: the new version serves, after a power cut too", async () => {
    const readOnly =
      "mount --bind /etc/containers/systemd /etc/containers/systemd && mount -o remount,ro,bind /etc/containers/systemd";
    const held = await lab.holdAt("cleaning", "apply", next);
    await lab.pi.must(readOnly);
    await held.go();
    expect(await held.outcome).toMatchObject({ result: "confirmed", message: expect.stringContaining("cannot be written") });
    expect(await lab.pi.must("journalctl -u app -o cat -n 5")).toContain("cannot be written");
    expect(await lab.ask()).toMatchObject({ version: "v2" });
    const unit = `[Unit]\nDefaultDependencies=no\nBefore=homelab-settle.service\n[Service]\nType=oneshot\nRemainAfterExit=yes
ExecStart=/bin/sh -c "${readOnly}"\n[Install]\nWantedBy=sysinit.target\n`;
    await lab.pi.must("cat >/etc/systemd/system/test-read-only.service && systemctl enable --quiet test-read-only.service", unit);
    await lab.pi.powerCut();
    await lab.pi.powerOn();
    await lab.until(`curl -sf http://${lab.pi.address}:8080/`);
    expect(await lab.ask()).toMatchObject({ version: "v2" });
    await lab.pi.must("systemctl disable --quiet test-read-only.service; umount /etc/containers/systemd");
    await serves(next);
  });

  describe("a disk that becomes full in the middle", () => {
    beforeAll(async () => {
      await lab.pi.must(
        `mount -t tmpfs -o size=40m,nr_inodes=400 none /mnt && cp -a ${STATE}/. /mnt/ && mount --bind /mnt ${STATE}`,
      );
    });

    afterAll(async () => {
      await lab.pi.must(`umount ${STATE} && cp -a /mnt/. ${STATE}/ && umount /mnt`);
      await lab.pi.must("systemctl restart app");
    });

    const full = {
      "without room": `dd if=/dev/zero of=${STATE}/fill bs=64k 2>/dev/null`,
      "without inodes": `mkdir ${STATE}/fill && for i in $(seq 500); do touch ${STATE}/fill/$i 2>/dev/null || break; done`,
    };

    test("without inodes: taken to its end, or back", async () => {
      const held = await lab.holdAt("switching-units", "apply", next);
      await lab.pi.must(`${full["without inodes"]}; true`);
      await held.go();
      const { result } = await held.outcome;
      expect(["confirmed", "reverted"]).toContain(result);
      await lab.pi.must(`rm -rf ${STATE}/fill`);
      await serves(result === "confirmed" ? next : old);
    });

    test.each(first(1, Object.keys(full)))("%s, and the transaction killed: the old version", async (kind) => {
      const held = await lab.holdAt("waiting", "apply", next);
      await lab.pi.must(`${full[kind as keyof typeof full]}; kill -9 $(${MAIN})`);
      expect((await held.outcome).result).toBe("reverted");
      await lab.pi.must(`rm -rf ${STATE}/fill`);
      await serves(old);
    });
  });

  describe("settling", () => {
    test("without a journal does nothing", async () => {
      const id = await lab.containerId();
      await lab.pi.must("/usr/local/lib/homelab/homelab settle app && /usr/local/lib/homelab/homelab settle --boot");
      expect(await lab.containerId()).toBe(id);
      await serves(old);
    });

    const damages = [
      ["cut in half", "truncate -s 100 journal.json"],
      ["of another version", `sed -i 's/"version": [0-9]*/"version": 99/' journal.json`],
      ["without a mark", "rm -f commit.todo commit.done"],
    ];
    test.each(first(2, damages))(
      "a journal %s: kept aside, this workload alone masked, and the next change brings it up",
      async (_, damage) => {
        const second = lab.request({ image: images.v1, name: "second", port: 8081, subnet: "10.77.8.0/28" });
        await lab.apply(second);
        await lab.holdAt("waiting", "apply", next);
        await lab.pi.must(`cd ${STATE}/journal/app && ${damage}`);
        await lab.pi.powerCut();
        await lab.pi.powerOn();
        await lab.until(`curl -sf http://${lab.pi.address}:8081/`);
        expect(await lab.ask()).toBeUndefined();
        expect(await lab.attach()).toMatchObject({
          result: "unsettled",
          message: expect.stringContaining(`${STATE}/unsettled/app-`),
        });
        expect((await lab.reading()).state).toContain("masked");
        await lab.remove("second");
        expect(await lab.apply(next)).toMatchObject({ result: "confirmed" });
        await serves(next);
      },
    );
  });

  test.each(first(1, ["power cut", "SIGKILL"]))("a removal that is interrupted is carried to its end: %s", async (fault) => {
    const wish = { image: images.v1, name: "gone", port: 8085, subnet: "10.77.9.0/28", data: true };
    expect(await lab.apply(wish)).toMatchObject({ result: "confirmed" });
    await lab.holdAt("cleaning", "remove", { version: 2, workload: "gone", deleteData: false });
    if (fault === "power cut") {
      await lab.pi.powerCut();
      await lab.pi.powerOn();
    } else await lab.pi.must("rm /run/homelab/hold/cleaning; kill -9 $(systemctl show -P MainPID homelab-txn-gone)");
    await lab.until(`! ls ${STATE}/journal/gone`);
    expect(await lab.attach("gone")).toMatchObject({ result: "confirmed", action: "remove" });
    expect(await lab.traces("gone")).toEqual([`${STATE}/data/gone`]);
  });

  const interrupted = [
    ["SIGKILL", "starting", true],
    ["power cut", "starting", true],
    ["SIGKILL, without data", "waiting", false],
    ["power cut, without data", "waiting", false],
  ] as const;
  test.each(first(2, interrupted))("a creation that is interrupted leaves nothing: %s", async (fault, point, data) => {
    await lab.holdAt(point, "apply", lab.request({ image: images.v2, name: "fresh", port: 8085, subnet: "10.77.9.0/28", data }));
    if (fault.startsWith("power")) {
      await lab.pi.powerCut();
      await lab.pi.powerOn();
    } else await lab.pi.must("kill -9 $(systemctl show -P MainPID homelab-txn-fresh)");
    expect(await lab.attach("fresh")).toMatchObject({ result: "reverted", action: "create" });
    expect(await lab.traces("fresh")).toEqual([]);
  });

  test("a reload that is interrupted keeps the old files, in the same container", async () => {
    const id = await lab.containerId();
    const wish = lab.request({ image: images.v1, data: true, subnet: "10.77.1.0/28", config: { greeting: "three" } });
    const held = await lab.holdAt("commit", "apply", wish);
    expect((await lab.ask())?.config).toEqual({ greeting: "three" });
    await lab.pi.must(`kill -9 $(${MAIN})`);
    expect(await held.outcome).toMatchObject({ result: "reverted", action: "reload" });
    await serves(old);
    expect(await lab.containerId()).toBe(id);
  });
});
