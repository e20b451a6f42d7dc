import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApplyRequest } from "../../../../providers/workload/protocol.ts";
import { Lab, type Wish } from "./lab.ts";
import { type Behaviour, importImages, startPi } from "./pi.ts";

/** `HOMELAB_FAULTS=all` kills a change in place, too, and cuts the power: it is settled as any other. */
const everywhere = process.env.HOMELAB_FAULTS === "all";
const MIB = 1 << 20;
const MAIN = "systemctl show -P MainPID homelab-txn-app";

/** A change costs no more than it must: what podman and systemd can do to a container that runs, they do. */
describe("gentle changes", { timeout: 120_000 }, () => {
  let lab: Lab;
  let images: Record<Behaviour, string>;
  /** Container and process: the same from the first to the last change of this group. */
  let before: string;

  const wish = (more: Partial<Wish> = {}): Wish => ({ image: images.v1, memory: "64m", cpus: 0.5, pids: 50, ...more });

  /** The request with another text in one of its units. */
  function edited(request: ApplyRequest, from: string, to: string, unit = "app.container"): ApplyRequest {
    const text = request.units[unit] ?? "";
    if (!text.includes(from)) throw new Error(`${unit} has no ${from}`);
    const units = { ...request.units, [unit]: text.replace(from, to) };
    const content = createHash("sha256")
      .update(`${request.content}${JSON.stringify(units)}`)
      .digest("hex");
    return { ...request, units, content };
  }

  function container(): Promise<string> {
    return lab.pi.must(
      "podman inspect --format '{{.Id}} {{.State.Pid}} {{.RestartCount}}' app; systemctl show -P MainPID,NRestarts app",
    );
  }

  /** Memory, memory with swap, share of a processor, processes: what the kernel enforces, and what podman says. */
  async function limits(): Promise<{ kernel: string; podman: string }> {
    const kernel = await lab.pi.must(`
      group=$(podman inspect --format '{{.State.CgroupPath}}' app)
      cd /sys/fs/cgroup
      if [ -e memory ]; then
        cat memory$group/memory.limit_in_bytes memory$group/memory.memsw.limit_in_bytes cpu$group/cpu.cfs_quota_us pids$group/pids.max
      else
        cd .$group; cat memory.max memory.swap.max; cut -d' ' -f1 cpu.max; cat pids.max
      fi`);
    const podman = await lab.pi.must(
      "podman inspect --format '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuQuota}} {{.HostConfig.PidsLimit}}' app",
    );
    return { kernel: kernel.replaceAll("\n", " "), podman };
  }

  async function enforced(mib: number, quota: number, pids: number): Promise<void> {
    const bytes = mib * MIB;
    const swap = (await lab.pi.exec("test -e /sys/fs/cgroup/memory")).status === 0 ? bytes : 0;
    expect(await limits()).toEqual({
      kernel: `${bytes} ${swap} ${quota} ${pids}`,
      podman: `${bytes} ${bytes} ${quota} ${pids}`,
    });
  }

  /** The declared units are confirmed, loaded from /etc, and nothing of a trial is left. */
  async function settled(request: ApplyRequest): Promise<void> {
    const { units, content } = request;
    expect(await lab.reading()).toMatchObject({ state: "healthy", units, content });
    expect(await lab.pi.must("ls -A /run/containers/systemd /var/lib/homelab/journal 2>/dev/null; true")).not.toContain("app");
    expect(await lab.pi.must("systemctl show -P SourcePath -P NeedDaemonReload app")).toBe(
      "/etc/containers/systemd/app.container\nno",
    );
  }

  beforeAll(async () => {
    const pi = await startPi("gentle");
    images = await importImages(pi, ["v1"]);
    lab = new Lab(pi);
    await lab.confirm(wish());
    before = await container();
  }, 120_000);

  afterAll(async () => lab?.pi.remove());

  describe("the same process goes on through", () => {
    test("other limits, lines that only systemd reads, and files that the application reads again, all at once", async () => {
      const wanted = lab.request(wish({ memory: "96m", cpus: 0.25, pids: 40, config: { greeting: "new" } }));
      const first = edited(wanted, "Description=Test application", "Description=Another");
      const second = edited(first, "RestartSec=1", "RestartSec=2");
      const request = edited(second, "[Network]", "[Unit]\nDescription=Net\n[Network]", "app.network");
      expect(await lab.apply(request)).toMatchObject({ result: "confirmed", action: "update", outageSeconds: 0 });
      expect((await lab.ask())?.config).toEqual({ greeting: "new" });
      expect(await lab.pi.must("systemctl show -P Description -P RestartUSec app")).toBe("2s\nAnother");
      await enforced(96, 25_000, 40);
      await settled(request);
      expect(await container()).toBe(before);
    });

    test("limits that someone changed by hand, which the reading shows, and the repair of them and of the files", async () => {
      const request = lab.request(wish({ memory: "80m", config: { greeting: "both" } }));
      await lab.pi.must("podman update --memory=70m --memory-swap=70m --pids-limit=12 app");
      expect((await lab.reading()).limits).toEqual({ memory: 70 * MIB, memorySwap: 70 * MIB, cpus: 0.25, pids: 12 });
      expect(await lab.apply(request)).toMatchObject({ result: "confirmed", action: "update" });
      await enforced(80, 50_000, 50);
      await settled(request);
      expect(await container()).toBe(before);
    });

    test("a memory limit below what it uses: nothing is changed, and the message says what to do", async () => {
      const outcome = await lab.apply(wish({ memory: "6m", config: { greeting: "both" } }));
      expect(outcome).toMatchObject({ result: "reverted", action: "update", outageSeconds: 0 });
      expect(outcome.message).toMatch(/uses \d+ MiB of memory now, more than its new limit of 6 MiB.*systemctl restart app/);
      await enforced(80, 50_000, 50);
      await settled(lab.request(wish({ memory: "80m", config: { greeting: "both" } })));
      expect(await container()).toBe(before);
    });

    test("limits under which it is not healthy: the old ones, and the old files", async () => {
      const outcome = await lab.apply(wish({ memory: "72m", pids: 45, config: { healthy: false }, withinSeconds: 2 }));
      expect(outcome).toMatchObject({ result: "reverted", action: "update", outageSeconds: 0 });
      expect((await lab.ask())?.config).toEqual({ greeting: "both" });
      await enforced(80, 50_000, 50);
      await settled(lab.request(wish({ memory: "80m", config: { greeting: "both" } })));
      expect(await container()).toBe(before);
    });

    test.each(everywhere ? ["starting", "waiting", "commit"] : [])(
      "a transaction that is killed before %s: the old limits",
      async (point) => {
        const held = await lab.holdAt(
          point,
          "apply",
          lab.request(wish({ memory: "88m", cpus: 0.75, config: { greeting: "new" } })),
        );
        await lab.pi.must(`kill -9 $(${MAIN})`);
        expect(await held.outcome).toMatchObject({ result: "reverted", action: "update" });
        expect((await lab.ask())?.config).toEqual({ greeting: "both" });
        await enforced(80, 50_000, 50);
        await settled(lab.request(wish({ memory: "80m", config: { greeting: "both" } })));
        expect(await container()).toBe(before);
      },
    );

    if (everywhere)
      test("a transaction that is killed after the commit: the new limits", async () => {
        const request = lab.request(wish({ memory: "88m", config: { greeting: "both" } }));
        const held = await lab.holdAt("cleaning-trial", "apply", request);
        await lab.pi.must(`rm /run/homelab/hold/cleaning-trial; kill -9 $(${MAIN})`);
        expect(await held.outcome).toMatchObject({ result: "confirmed", action: "update" });
        await enforced(88, 50_000, 50);
        await settled(request);
        expect(await container()).toBe(before);
      });

    test("nothing at all: no transaction, no file written", async () => {
      const request = lab.request(wish({ memory: everywhere ? "88m" : "80m", config: { greeting: "both" } }));
      await lab.pi.must("touch /tmp/now; sleep 0.1");
      expect(await lab.apply(request)).toMatchObject({ result: "unchanged", action: "none", outageSeconds: 0 });
      const written = "find /var/lib/homelab /etc/containers /run/containers/systemd /run/homelab/outcome -newer /tmp/now";
      expect(await lab.pi.must(written)).toBe("");
      expect(await container()).toBe(before);
    });
  });

  if (everywhere)
    test("the power goes while limits are on trial: it comes up with the old ones", async () => {
      const old = lab.request(wish({ memory: "88m", config: { greeting: "both" } }));
      await lab.holdAt("commit", "apply", lab.request(wish({ memory: "56m", config: { greeting: "both" } })));
      await enforced(56, 50_000, 50);
      await lab.pi.powerCut();
      await lab.pi.powerOn();
      await lab.until(`curl -sf http://${lab.pi.address}:8080/`);
      expect(await lab.attach()).toMatchObject({ result: "reverted", action: "update" });
      await enforced(88, 50_000, 50);
      await settled(old);
    });
});
