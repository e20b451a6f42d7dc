import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LOCAL_REPOSITORY } from "../../../../lab/backup/plan.ts";
import type { Outcome } from "../../../../providers/workload/protocol.ts";
import { RESTIC } from "../../../support/restic-key.ts";
import { Lab, type Wish } from "./lab.ts";
import { forgetBackups, giveBackups, importLedger, startPi } from "./pi.ts";

const DATA = "/var/lib/homelab/data";
const MAIN = "systemctl show -P MainPID homelab-txn-app";

type Version = "1" | "2" | "2-sick" | "2-slow" | "2-dies";

/** `HOMELAB_FAULTS=all`: a fault at every step, not only where it has done most harm. */
const everywhere = process.env.HOMELAB_FAULTS === "all";

/** Upgrades of a service whose version 2 changes its database so that version 1 refuses it, with all that may go wrong. */
describe("an upgrade with data", { timeout: 300_000 }, () => {
  let lab: Lab;
  let images: Record<Version, string>;

  beforeAll(async () => {
    const pi = await startPi("data");
    images = await importLedger(pi, ["1", "2", "2-sick", "2-slow", "2-dies"]);
    await giveBackups(pi);
    lab = new Lab(pi);
  }, 240_000);

  afterAll(async () => lab?.pi.remove());

  function wish(version: Version, changes: Partial<Wish> = {}): Wish {
    const backup = { kind: "sqlite", databases: [`${DATA}/app/data/ledger.db`] } as const;
    return { image: images[version], version, data: true, backup, program: "/ledger.py", withinSeconds: 6, ...changes };
  }

  /** Version and rows, as a client gets them. */
  async function served(): Promise<{ version: string; rows: string[] } | undefined> {
    return (await lab.ask()) as unknown as { version: string; rows: string[] } | undefined;
  }

  const write = (row: string) => lab.pi.must(`curl -sf -d '${row}' http://${lab.pi.address}:8080/`);
  const restic = (command: string) => lab.pi.must(`${RESTIC} ${command}`);

  async function snapshots(kind: string): Promise<{ id: string; tags: string[]; paths: string[] }[]> {
    return JSON.parse(await restic(`snapshots --json --tag workload=app,kind=${kind}`));
  }

  const failedData = () =>
    lab.pi.must(`ls -d ${DATA}/app.failed-* 2>/dev/null; true`).then((text) => text.split("\n").filter(Boolean));
  const litter = () => lab.pi.must(`ls -A ${DATA} | grep '^[.]'; true`);

  /** The version that serves once all is settled, with these rows. */
  async function settled(rows: readonly string[] = ["one"]): Promise<string | undefined> {
    await lab.until("! ls /var/lib/homelab/journal/app", 120);
    await lab.until(`curl -sf http://${lab.pi.address}:8080/`);
    const found = await served();
    expect(found?.rows).toEqual(rows);
    expect(await litter()).toBe("");
    return found?.version;
  }

  /** Version 1 with one row, nothing held, nothing left of a test before. */
  beforeEach(async () => {
    await lab.pi.must("rm -rf /run/homelab/hold; homelab release app; true");
    if ((await served())?.version !== "1" || (await served())?.rows.join() !== "one") {
      await lab.remove("app");
      await lab.pi.must(`rm -rf ${DATA}/app*; ${forgetBackups}`);
      await lab.confirm(wish("1"));
      await write("one");
    }
    await lab.apply(wish("1"));
    await lab.pi.must(`rm -rf ${DATA}/app.failed-*`);
  }, 120_000);

  test("it is saved first, in the repository of the host; the new version migrates it", async () => {
    const outcome = await lab.confirm({ ...wish("2") });
    expect(await served()).toEqual({ version: "2", rows: ["one"] });
    const [cold, ...more] = await snapshots("cold");
    expect(more).toEqual([]);
    expect(cold?.paths).toEqual([`${DATA}/app/data`]);
    const digest = (version: Version) => images[version].split("@")[1];
    expect(cold?.tags).toEqual(
      expect.arrayContaining([
        `from=${digest("1")}`,
        `to=${digest("2")}`,
        `image=${digest("1")}`,
        `transaction=${outcome.transaction}`,
        "retention=state",
      ]),
    );
    expect(outcome.restorePoint).toMatchObject({ snapshot: cold?.id, image: images["1"], imageTag: "1" });
    expect((await lab.reading()).restorePoint).toEqual(outcome.restorePoint);
    expect(await snapshots("warm")).toEqual([]);
    expect(await litter()).toBe("");
    // The same again, and what needs no backup: none.
    expect((await lab.apply(wish("2"))).restorePoint).toEqual(outcome.restorePoint);
    for (const changes of [{ memory: "72m" }, { lines: "Label=a=b", memory: "72m" }]) {
      expect((await lab.confirm(wish("2", changes))).restorePoint).toEqual(outcome.restorePoint);
    }
    expect(await snapshots("cold")).toHaveLength(1);
  });

  test("a version that migrates and never answers: the old one serves with its data of before, all rows; it is held", async () => {
    const outcome = await lab.apply(wish("2-sick"));
    expect(outcome).toMatchObject({ result: "reverted", action: "restart" });
    expect(outcome.message).toMatch(/did not become healthy within 6 s[\s\S]*old version of app serves, on its data of before/);
    expect(outcome.message).toMatch(/journalctl CONTAINER_NAME=app --since[\s\S]*npm run release -- \S+ app/);
    expect(outcome.log).toContain("migrating from schema 1 to 2");
    expect(await served()).toEqual({ version: "1", rows: ["one"] });
    const [kept] = await failedData();
    expect(outcome.message).toContain(kept);
    expect(
      await lab.pi.must(
        `python3 -c "import sqlite3; print(sqlite3.connect('${kept}/data/ledger.db').execute('PRAGMA user_version').fetchone())"`,
      ),
    ).toBe("(2,)");
    expect(await litter()).toBe("");

    const id = await lab.containerId();
    const again = await lab.apply(wish("2-sick"));
    expect(again).toMatchObject({ result: "refused", outageSeconds: 0 });
    expect(again.message).toMatch(/app 2-sick is held .*did not become healthy.* npm run release -- \S+ app/);
    expect(await lab.containerId()).toBe(id);
    expect(Object.keys((await lab.reading()).holds)).toEqual([images["2-sick"]]);
    expect(await lab.pi.must("homelab-status")).toContain("2-sick is held");
    expect(await lab.apply(wish("1"))).toMatchObject({ result: "unchanged" });
    expect(await lab.pi.must("homelab release app")).toContain("held no longer");
    expect((await lab.reading()).holds).toEqual({});
  });

  // Registered only where all is played: one that is skipped counts as a test that this machine could not run.
  if (everywhere) {
    test("one that migrates and ends at once: the same", async () => {
      expect(await lab.apply(wish("2-dies"))).toMatchObject({ result: "reverted" });
      expect(await served()).toEqual({ version: "1", rows: ["one"] });
      expect(await failedData()).toHaveLength(1);
    });
  }

  test("one that takes its time to migrate is given more, as long as it shows progress", async () => {
    expect(await lab.apply(wish("2-slow", { withinSeconds: 2 }))).toMatchObject({ result: "reverted" });
    expect(await served()).toEqual({ version: "1", rows: ["one"] });
    await lab.pi.must("homelab release app");
    await lab.confirm(wish("2-slow", { withinSeconds: 2, migratedWithinSeconds: 60 }));
    expect(await served()).toEqual({ version: "2-slow", rows: ["one"] });
  });

  describe("a backup that fails: the old version serves, nothing else was touched", () => {
    const broken = {
      "wrong password": ["echo wrong >/etc/homelab/backup/password", "echo 'of the tests' >/etc/homelab/backup/password"],
      "repository damaged": [`mv ${LOCAL_REPOSITORY}/keys /tmp/keys`, `mv /tmp/keys ${LOCAL_REPOSITORY}/keys`],
      "no room in the repository": [
        `mount -t tmpfs -o size=4m none /mnt && cp -a ${LOCAL_REPOSITORY}/. /mnt/ && mount --bind /mnt ${LOCAL_REPOSITORY}`,
        `umount ${LOCAL_REPOSITORY} /mnt`,
      ],
    } as const;

    test.each(Object.keys(broken))("%s", async (what) => {
      await lab.pi.must("homelab backup app");
      const [harm, repair] = broken[what as keyof typeof broken];
      const id = await lab.containerId();
      await lab.pi.must(harm);
      const outcome = await lab.apply(wish("2"));
      await lab.pi.must(repair);
      expect(outcome).toMatchObject({ result: "reverted", outageSeconds: 0 });
      expect(outcome.message).toMatch(
        /app was not changed, since its data could not be backed up: .*\n?.*old version of app serves\./,
      );
      expect(await lab.containerId()).toBe(id);
      expect((await lab.reading()).holds).toEqual({});
    });

    test("nothing there to back up", async () => {
      await lab.pi.must("systemctl stop app");
      await lab.pi.must(`mv ${DATA}/app/data/ledger.db* /tmp/`);
      const outcome = await lab.apply(wish("2"));
      expect(outcome.message).toContain("is empty");
      expect(outcome.result).not.toBe("confirmed");
      await lab.pi.must(
        `systemctl stop app; rm -f ${DATA}/app/data/*; mv /tmp/ledger.db* ${DATA}/app/data/; systemctl start app`,
      );
    });

    test("a lock of a process that is gone is in nobody's way", async () => {
      await lab.pi.must("homelab backup app");
      await lab.pi.must(`sh -c '${RESTIC} -q backup --stdin </dev/zero >/dev/null & sleep 3; kill -9 $!'`);
      expect(await restic("list locks --no-lock")).not.toBe("");
      await lab.confirm(wish("2"));
      expect(await served()).toEqual({ version: "2", rows: ["one"] });
    });
  });

  describe("a hot backup: nothing stops", () => {
    const volume = `${DATA}/app/data`;
    /** The backup of the workload by this recipe: what its snapshot holds, or what went wrong. */
    async function backup(hot: NonNullable<Wish["backup"]>): Promise<string> {
      const id = await lab.containerId();
      expect(["confirmed", "unchanged"]).toContain((await lab.apply(wish("1", { backup: hot }))).result);
      const { status, stdout, stderr } = await lab.pi.exec("homelab backup app");
      expect(await lab.containerId()).toBe(id);
      return status === 0 ? await restic(`ls ${JSON.parse(stdout).id}`) : stderr;
    }

    test("of SQLite: its own copy, without what lies beside it, with all that was written", async () => {
      await lab.pi.must(`echo more >${volume}/note`);
      const listed = await backup({ kind: "sqlite", databases: [`${volume}/ledger.db`] });
      expect(listed.split("\n").filter((path) => path.startsWith(`${volume}/`))).toEqual([
        `${volume}/ledger.db`,
        `${volume}/note`,
      ]);
      const [snapshot] = (await snapshots("hot")).slice(-1);
      await restic(`restore ${snapshot?.id}:${volume} --target /tmp/hot`);
      const rows = "sqlite3.connect('/tmp/hot/ledger.db').execute('SELECT * FROM entries').fetchall()";
      expect(await lab.pi.must(`python3 -c "import sqlite3; print(${rows})"; rm -r /tmp/hot ${volume}/note`)).toBe("[('one',)]");
    });

    test("of files that a signal flushes: after the application has written them, or not at all", async () => {
      const listed = await backup({ kind: "files", flush: { signal: "SIGUSR1", file: `${volume}/flushed` } });
      expect(listed).toContain(`${volume}/flushed`);
      expect(await backup({ kind: "files", flush: { signal: "SIGUSR1", file: `${volume}/never` } })).toContain("did not write");
    });

    test("of a dump: by the exit status of the program, and by its size", async () => {
      const dump = (code: string, leastBytes = 100) =>
        ({
          kind: "dump",
          command: ["python3.13", "-c", code],
          load: ["false"],
          path: volume,
          file: "app.dump",
          leastBytes,
        }) as const;
      const listed = await backup(dump("print('x' * 200)"));
      expect(listed).toContain("/var/lib/homelab/backup/dump/app/app.dump");
      expect(listed).not.toContain("ledger.db");
      expect(await backup(dump("print('x' * 200); import sys; sys.exit(3)"))).toContain("failed (exit status 3)");
      expect(await backup(dump("pass"))).toContain("only 0 bytes, 100 are the least");
      // One that fails keeps an upgrade from beginning. The recipe is that of the version that wrote the data.
      await lab.confirm(wish("1", { backup: dump("import sys; sys.exit(3)") }));
      const outcome = await lab.apply(wish("2"));
      expect(outcome).toMatchObject({ result: "reverted", outageSeconds: 0, message: expect.stringContaining("exit status 3") });
    });

    test("of a dump comes back: loaded into an empty database before anything is confirmed, or all is as before", async () => {
      const database = "import sqlite3, sys; ledger = sqlite3.connect('/data/ledger.db', timeout=30)";
      const load = `${database}; ledger.executescript('DROP TABLE entries;' + sys.stdin.read())`;
      const dump = (code: string) =>
        ({
          kind: "dump",
          path: volume,
          file: "app.dump",
          leastBytes: 50,
          command: ["python3.13", "-c", `${database}; print(*ledger.iterdump(), sep='\\n')`],
          load: ["python3.13", "-c", code],
        }) as const;
      expect(await backup(dump(load))).not.toContain("ledger.db");
      const hot = (await snapshots("hot")).at(-1)?.id ?? "";
      await write("two");
      const restore = async (): Promise<Outcome> => JSON.parse(await lab.pi.must(`homelab restore app --snapshot ${hot}`));
      expect(await restore()).toMatchObject({ result: "confirmed" });
      expect(await served()).toEqual({ version: "1", rows: ["one"] });
      await write("three");
      await lab.confirm(wish("1", { backup: dump("import sys; sys.exit(3)") }));
      expect(await restore()).toMatchObject({ result: "reverted", message: expect.stringContaining("exit status 3") });
      expect(await served()).toEqual({ version: "1", rows: ["one", "three"] });
      expect(await litter()).toBe("");
      // A new workload begins with it, as with any other.
      await lab.remove("app");
      await restic(`forget ${(await snapshots("last")).map(({ id }) => id).join(" ")}`);
      await lab.pi.must(`rm -rf ${DATA}/app`);
      await lab.confirm(wish("1", { backup: dump(load) }));
      expect(await served()).toEqual({ version: "1", rows: ["one"] });
    });

    test("by Prometheus' snapshot API: what lies in its snapshot, in the place of the data, and the snapshot is gone", async () => {
      const make = `mkdir -p ${volume}/snapshots/1-ab && ln -f ${volume}/ledger.db ${volume}/snapshots/1-ab/block`;
      const command = ["sh", "-c", `${make}; echo '{"status":"success","data":{"name":"1-ab"}}'`];
      const listed = await backup({ kind: "prometheus", command, path: volume });
      expect(listed.split("\n").filter((path) => path.startsWith(`${volume}/`))).toEqual([`${volume}/block`]);
      expect(await lab.pi.must(`ls -A ${volume}/snapshots`)).toBe("");
      await lab.pi.must(`rmdir ${volume}/snapshots`);
      expect(await backup({ kind: "prometheus", command: ["echo", '{"status":"error"}'], path: volume })).toContain(
        "no snapshot",
      );
    });
  });

  describe("a restore", () => {
    const newest = async (kind: string) => (await snapshots(kind)).at(-1)?.id ?? "";
    const restore = async (snapshot: string): Promise<Outcome> =>
      JSON.parse(await lab.pi.must(`homelab restore app --snapshot ${snapshot}`));

    test("takes the place of what is there in one transaction; what was written since is kept until it is dropped", async () => {
      await lab.pi.must("homelab backup app");
      await write("two");
      const snapshot = await newest("hot");
      const outcome = await restore(snapshot);
      expect(outcome).toMatchObject({ result: "confirmed", action: "restart" });
      expect(outcome.message).toContain(
        `Its data is that of snapshot ${snapshot.slice(0, 8)}. The data that was replaced is kept`,
      );
      expect(await served()).toEqual({ version: "1", rows: ["one"] });
      expect(JSON.parse(await lab.pi.must("cat /var/lib/homelab/backup/results.json")).restore.app.problem).toBeNull();
      const [kept] = await failedData();
      const rows = `sqlite3.connect('${kept}/data/ledger.db').execute('SELECT * FROM entries').fetchall()`;
      expect(await lab.pi.must(`python3 -c "import sqlite3; print(${rows})"`)).toBe("[('one',), ('two',)]");
      expect(await lab.pi.must("homelab drop-failed app")).toBe(`dropped ${kept}`);
      expect(await failedData()).toEqual([]);
      expect(await litter()).toBe("");
    });

    test("with another version is going back: both in one, the version that is left is held, its data saved", async () => {
      const { restorePoint } = await lab.confirm(wish("2"));
      await write("two");
      const back = await lab.confirm(wish("1", { restore: restorePoint?.snapshot ?? "" }));
      expect(await served()).toEqual({ version: "1", rows: ["one"] });
      expect(back.restorePoint).toMatchObject({ image: images["2"] });
      expect(Object.keys((await lab.reading()).holds)).toEqual([images["2"]]);
      expect(await lab.apply(wish("2"))).toMatchObject({ result: "refused" });
      // The same again does nothing; without the restore, nothing either.
      const id = await lab.containerId();
      expect(await lab.apply(wish("1", { restore: restorePoint?.snapshot ?? "" }))).toMatchObject({ result: "unchanged" });
      expect(await lab.confirm(wish("1"))).toMatchObject({ action: "none" });
      expect(await lab.containerId()).toBe(id);
    });

    test("of data that the version refuses is taken back, with the data of before", async () => {
      await lab.confirm(wish("2"));
      await lab.pi.must("homelab backup app");
      const snapshot = await newest("hot");
      const first = (await snapshots("cold")).at(-1)?.id ?? "";
      await lab.confirm(wish("1", { restore: first }));
      await write("three");
      const outcome = await restore(snapshot);
      expect(outcome).toMatchObject({ result: "reverted" });
      expect(outcome.log.join()).toContain("there is no way back");
      expect(JSON.parse(await lab.pi.must("cat /var/lib/homelab/backup/results.json")).restore.app.problem).toEqual(
        expect.any(String),
      );
      expect(await served()).toEqual({ version: "1", rows: ["one", "three"] });
      expect(await litter()).toBe("");
    });

    // Where not all is played: test_data.py cuts it off after each of its renames.
    test.each(everywhere ? ["stopped", "switched", "starting", "waiting"] : [])(
      "power cut before %s: what was there serves",
      async (point) => {
        await lab.pi.must("homelab backup app");
        await write("two");
        const snapshot = await newest("hot");
        await lab.holdAt(point, "apply", { ...lab.request(wish("1", { restore: snapshot })) });
        await lab.pi.powerCut();
        await lab.pi.powerOn();
        expect(await settled(["one", "two"])).toBe("1");
      },
    );

    test("of a snapshot that is damaged, or does not fit: nothing was touched", async () => {
      await lab.pi.must("homelab backup app");
      const snapshot = await newest("hot");
      const id = await lab.containerId();
      await lab.pi.must(
        `cp -a ${LOCAL_REPOSITORY}/data /tmp/data && find ${LOCAL_REPOSITORY}/data -type f -exec truncate -s 40 {} +`,
      );
      const damaged = await restore(snapshot);
      await lab.pi.must(`cp -a /tmp/data/. ${LOCAL_REPOSITORY}/data/ && rm -r /tmp/data`);
      expect(damaged).toMatchObject({ result: "reverted", outageSeconds: 0 });
      expect(damaged.message).toContain("the data of app was not restored");
      await lab.pi.must(`mount -t tmpfs -o size=8m none /mnt && cp -a ${DATA}/. /mnt/ && mount --bind /mnt ${DATA}`);
      const full = await restore(snapshot);
      await lab.pi.must(`umount ${DATA} /mnt`);
      expect(full).toMatchObject({ result: "reverted", outageSeconds: 0 });
      expect(full.message).toContain("MiB of room");
      expect(await restore("0".repeat(8))).toMatchObject({ result: "reverted", message: expect.stringContaining("no snapshot") });
      expect(await lab.containerId()).toBe(id);
      expect(await litter()).toBe("");
    });

    test("into a folder beside everything", async () => {
      await lab.pi.must("homelab backup app");
      await lab.pi.must(`homelab restore app --snapshot ${await newest("hot")} --to /tmp/beside`);
      expect(await lab.pi.must("ls /tmp/beside/data; rm -r /tmp/beside")).toBe("ledger.db");
    });
  });

  describe("a workload that comes, or goes", () => {
    test("leaves a last snapshot; without data it begins with that; purged, only its snapshots are left", async () => {
      const outcome = await lab.remove("app");
      const [last] = await snapshots("last");
      expect(outcome.message).toContain(`Its last snapshot is ${last?.id.slice(0, 8)}`);
      // Another version that gets what is left is no upgrade, and spoils it as well.
      const sick = await lab.apply(wish("2-sick"));
      expect(sick).toMatchObject({ result: "reverted", action: "create" });
      expect(sick.message).toContain(
        `The data that was there is as it was. What the new version made of it is kept in ${DATA}/app.failed-`,
      );
      expect(await lab.pi.must("homelab-status")).toContain(`data of a workload that was removed: ${DATA}/app (`);
      expect(await lab.pi.must("homelab purge app")).toContain("was deleted");
      expect(await lab.pi.must(`ls -A ${DATA}`)).toBe("");
      const again = await lab.confirm(wish("1"));
      const [left] = (await snapshots("cold")).slice(-1);
      expect(again.message).toContain(`Its data is that of snapshot ${left?.id.slice(0, 8)}`);
      expect(await served()).toEqual({ version: "1", rows: ["one"] });
      expect((await lab.pi.exec("homelab purge app")).stderr).toContain("still on this host");
    });

    test("that no repository knows begins empty; where that cannot be told it does not begin, unless it is said so", async () => {
      await lab.remove("app");
      await lab.pi.must(`rm -rf ${DATA}/app && mv ${LOCAL_REPOSITORY}/keys /tmp/keys`);
      const refused = await lab.apply(wish("1"));
      expect(refused).toMatchObject({ result: "refused" });
      expect(refused.message).toMatch(/whether there is a snapshot of it cannot be told[\s\S]*homelab:initialise/);
      const request = { ...lab.request(wish("1")), initialise: true };
      expect(await lab.apply(request)).toMatchObject({ result: "confirmed", action: "create" });
      expect(await served()).toEqual({ version: "1", rows: [] });
      await lab.remove("app");
      await lab.pi.must(`mv /tmp/keys ${LOCAL_REPOSITORY}/keys; rm -rf ${DATA}/app ${LOCAL_REPOSITORY}`);
      expect((await lab.pi.exec("homelab purge app")).stderr).toContain("no data of app");
      // A repository that was there and is gone may be a drive that is not plugged in: a person has to say that it is lost.
      expect(await lab.apply(wish("1"))).toMatchObject({
        result: "refused",
        message: expect.stringContaining("was there and is gone"),
      });
      await lab.pi.must("homelab new-repository");
      await lab.confirm(wish("1"));
      expect(await served()).toEqual({ version: "1", rows: [] });
    });

    if (everywhere) {
      test("and that does not serve on what was restored for it leaves nothing, and the snapshot", async () => {
        await lab.remove("app");
        await lab.pi.must(`rm -rf ${DATA}/app`);
        expect(await lab.apply(wish("2-sick"))).toMatchObject({ result: "reverted", action: "create" });
        expect(await lab.pi.must(`ls -A ${DATA}`)).toBe("");
        await lab.confirm(wish("1"));
        expect(await served()).toEqual({ version: "1", rows: ["one"] });
      });
    }
  });

  describe("a fault in the middle: without a person the old or the new version serves, and every row is there", () => {
    const before = ["staged", "stopping", "stopped", "saved", "switched", "starting", "waiting", "commit"];
    const points = (one: string) => (everywhere ? before : [one]);

    test.each(points("saved"))("SIGKILL before %s: the old version", async (point) => {
      const held = await lab.holdAt(point, "apply", lab.request(wish("2")));
      await lab.pi.must(`kill -9 $(${MAIN})`);
      expect((await held.outcome).result).toBe("reverted");
      expect(await settled()).toBe("1");
      expect((await lab.reading()).holds).toEqual({});
    });

    test.each(points("waiting"))("power cut before %s: the old version", async (point) => {
      await lab.holdAt(point, "apply", lab.request(wish("2")));
      await lab.pi.powerCut();
      await lab.pi.powerOn();
      expect(await settled()).toBe("1");
      expect((await lab.attach()).result).toBe("reverted");
    });

    test("power cut before cleaning: the new version", async () => {
      await lab.holdAt("cleaning", "apply", lab.request(wish("2")));
      await lab.pi.powerCut();
      await lab.pi.powerOn();
      expect(await settled()).toBe("2");
      expect((await lab.attach()).restorePoint).toMatchObject({ imageTag: "1" });
    });

    test.each(everywhere ? ["back-data", "back-units", "back-start"] : ["back-data"])(
      "power cut in the middle of going back, before %s: the old version",
      async (point) => {
        const held = await lab.holdAt(point, "apply", lab.request(wish("2-sick")));
        held.outcome.catch(() => undefined);
        await lab.pi.powerCut();
        await lab.pi.powerOn();
        expect(await settled()).toBe("1");
        expect(await failedData()).toHaveLength(1);
      },
    );
  });
});
