import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApplyRequest, Outcome } from "../../../../providers/workload/protocol.ts";
import { Lab } from "./lab.ts";
import { type Behaviour, importImages, startPi } from "./pi.ts";
import { type Event, events, TRACED, unsafe } from "./trace.ts";

const STATE = "/var/lib/homelab";
const ETC = "/etc/containers/systemd";
const RUN = "/run/containers/systemd";
const STRACE = `strace --follow-forks --detach-on=execve --decode-fds=path --quiet=all --string-limit=200 --trace=${TRACED}`;

/**
 * A power cut loses what is only in memory, and the rehearsal cannot show it: its page cache survives. So the real system calls
 * of real transactions are looked at.
 */
describe("the order in which a transaction brings its files to the disk", { timeout: 120_000 }, () => {
  let lab: Lab;
  let images: Record<Behaviour, string>;

  beforeAll(async () => {
    const pi = await startPi("order");
    images = await importImages(pi, ["v1", "v2", "sick"]);
    lab = new Lab(pi);
    await lab.confirm({ image: images.v1 });
  }, 120_000);

  afterAll(async () => lab?.pi.remove());

  /** Applies a request under strace: what the request's own process did, and what the transaction did. */
  async function traced(request: ApplyRequest): Promise<{ outcome: Outcome; staging: Event[]; transaction: Event[] }> {
    await lab.atRest();
    // The transaction waits for this lock, until strace has it.
    const lock = lab.pi.must(
      "flock /run/homelab/locks/workload-app sh -c 'touch /tmp/locked; while [ -e /tmp/locked ]; do sleep 0.1; done'",
    );
    await lab.until("test -e /tmp/locked");
    const answer = lab.pi.must(`${STRACE} --output=/tmp/staging /usr/local/lib/homelab/homelab apply`, JSON.stringify(request));
    await lab.until("systemctl is-active homelab-txn-app");
    await lab.pi.must(`pid=$(systemctl show -P MainPID homelab-txn-app)
      setsid ${STRACE} --output=/tmp/transaction --attach=$pid >/dev/null 2>&1 </dev/null &
      until grep -q 'TracerPid:.[1-9]' /proc/$pid/status; do sleep 0.1; done; rm /tmp/locked`);
    await lock;
    const outcome: Outcome = JSON.parse((await answer).split("\n").at(-1) ?? "");
    await lab.until("! pgrep -x strace");
    const trace = async (name: string) => events(await lab.pi.must(`cat /tmp/${name}`));
    return { outcome, staging: await trace("staging"), transaction: await trace("transaction") };
  }

  /** The landmarks of a trace, each in one word, in the order in which they came. */
  function landmarks(trace: readonly Event[], known: Readonly<Record<string, (event: Event) => boolean>>): string[] {
    return trace.flatMap((event) => Object.keys(known).filter((name) => known[name]?.(event)));
  }

  const exec = (words: string) => (event: Event) => event.kind === "exec" && event.words === words;
  const becomes = (path: string) => (event: Event) => event.kind === "rename" && event.to === path;
  const synced = (path: string) => (event: Event) => event.kind === "sync" && event.path === path;
  const removed = (path: string) => (event: Event) => event.kind === "remove" && event.path === path;
  const mark = (phase: string) => becomes(`${STATE}/journal/app/${phase}.done`);

  const known = {
    "prepare unit": synced(`${ETC}/.app.container.homelab-new`),
    journal: becomes(`${STATE}/journal/app`),
    ...Object.fromEntries(
      ["staged", "stopping", "stopped", "switched", "starting", "waiting", "commit", "cleaning"].map((phase) => [
        phase,
        mark(phase),
      ]),
    ),
    "begin to stop": exec("systemctl stop --no-block app.service"),
    "systemctl stop": exec("systemctl stop app.service"),
    "systemctl start": exec("systemctl start app.service"),
    "daemon-reload": exec("systemctl daemon-reload"),
    link: becomes(`${STATE}/config/app/current`),
    "trial unit": becomes(`${RUN}/app.container`),
    "confirmed unit": becomes(`${ETC}/app.container`),
    "no trial unit": removed(`${RUN}/app.container`),
    "prepared unit is gone": removed(`${ETC}/.app.container.homelab-new`),
    record: becomes(`${STATE}/confirmed/app.json`),
    outcome: becomes(`${STATE}/outcome/app.json`),
    "no journal": becomes(`${STATE}/journal/.app.homelab-gone`),
  };

  test("a new version: nothing counts before it is on the disk, and `commit` comes before the first unit in /etc", async () => {
    const { outcome, staging, transaction } = await traced(lab.request({ image: images.v2, config: { greeting: "new" } }));
    expect(outcome).toMatchObject({ result: "confirmed", action: "restart" });
    expect(unsafe(staging)).toEqual([]);
    expect(unsafe(transaction)).toEqual([]);
    expect(landmarks(transaction, known)).toEqual([
      ...["prepare unit", "journal", "staged", "stopping", "begin to stop", "trial unit", "daemon-reload", "systemctl stop"],
      ...["stopped", "switched", "link", "starting", "systemctl start", "waiting", "commit"],
      ...["cleaning", "confirmed unit", "no trial unit", "daemon-reload", "record", "outcome", "no journal"],
    ]);
    const staged = staging.findIndex(({ kind, path }) => kind === "sync" && path === `${STATE}/staged/app`);
    const started = staging.findIndex((event) => event.kind === "exec" && event.words.startsWith("systemd-run"));
    expect(staged).toBeGreaterThan(0);
    expect(started).toBeGreaterThan(staged);
  });

  test("going back: the same, and /etc is never touched", async () => {
    const { outcome, transaction } = await traced(lab.request({ image: images.sick, withinSeconds: 1 }));
    expect(outcome).toMatchObject({ result: "reverted", action: "restart" });
    expect(unsafe(transaction)).toEqual([]);
    const all = landmarks(transaction, known);
    expect(all.slice(all.indexOf("waiting"))).toEqual([
      ...["waiting", "prepared unit is gone", "systemctl stop", "link", "no trial unit", "daemon-reload", "systemctl start"],
      ...["record", "outcome", "no journal"],
    ]);
    expect(all).not.toContain("confirmed unit");
  });
});

describe("the look at system calls", () => {
  const trace = (...lines: string[]) => unsafe(events(lines.map((line) => `7 ${line}`).join("\n")));
  const write = [
    `openat(AT_FDCWD</>, "/etc/containers/.a.homelab-new", O_WRONLY|O_CREAT|O_CLOEXEC, 0600) = 5</etc/containers/.a.homelab-new>`,
    `write(5</etc/containers/.a.homelab-new>, "x"..., 1) = 1`,
  ];
  const sync = "fsync(5</etc/containers/.a.homelab-new>) = 0";
  const rename = `rename("/etc/containers/.a.homelab-new", "/etc/containers/a") = 0`;
  const syncFolder = "fsync(6</etc/containers>) = 0";
  const next = `execve("/usr/bin/systemctl", ["systemctl", "stop"], 0x1 /* 9 vars */) = 0`;

  test("finds nothing wrong with a file that is written, synced, renamed, and its directory synced", () => {
    expect(trace(...write, sync, rename, syncFolder, next)).toEqual([]);
  });

  test("nor with one that is empty, once its directory was synced", () => {
    const [create = ""] = write;
    expect(trace(create, syncFolder, rename, syncFolder, next)).toEqual([]);
    expect(trace(create, rename, syncFolder, next)).toHaveLength(1);
  });

  test.each([
    ["content of which only the directory was synced", [...write, syncFolder, rename, syncFolder], "before it became /etc/con"],
    ["content that was not synced", [...write, rename, syncFolder, next], "was not synced before it became /etc/containers/a"],
    ["content that was written after the sync", [sync, ...write, rename, syncFolder], "was not synced before it became"],
    ["a directory that was not synced", [...write, sync, rename, next], "/etc/containers was not synced before exec"],
    ["a directory that was not synced at the end", [...write, sync, rename], "not synced at the end"],
    ["a sync that failed", [...write, "fsync(5</etc/containers/.a.homelab-new>) = -1 EIO (x)", rename, syncFolder], "became"],
    [
      "a file that is written in its place",
      [`openat(AT_FDCWD</>, "/etc/containers/a", O_WRONLY|O_CREAT|O_TRUNC, 0600) = 5</etc/containers/a>`],
      "/etc/containers/a was changed in its place",
    ],
  ])("finds %s", (_, lines, problem) => {
    expect(trace(...lines)).toEqual([expect.stringContaining(problem)]);
  });
});
