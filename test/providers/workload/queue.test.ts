import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ConnectionError } from "../../../providers/ssh.ts";
import { Queue, RefusedError } from "../../../providers/workload/queue.ts";

const queue = () => new Queue({ gather: 20, quiet: 60 });

const at = (turn: number, name = `turn ${turn}`) => ({ name, turn });

/** A piece of work that ends when it is told to, and notes when it began. */
function work(name: string, begun: string[]) {
  const ended = Promise.withResolvers<Error | undefined>();
  const start = async () => {
    begun.push(name);
    const error = await ended.promise;
    if (error) throw error;
  };
  return { start, end: () => ended.resolve(undefined), fail: (error: Error) => ended.resolve(error) };
}

describe("the order in which workloads are changed", () => {
  it("is that of their turns, whatever order they come in, two at a time", async () => {
    const line = queue();
    const begun: string[] = [];
    const works = [30, 0, 20, 10, 1].map((turn) => ({ turn, ...work(`turn ${turn}`, begun) }));
    const all = works.map(({ turn, start }) => line.run("adama", at(turn), start));
    await sleep(60);
    expect(begun).toEqual(["turn 0", "turn 1"]);
    works.find(({ turn }) => turn === 1)?.end();
    await sleep(20);
    expect(begun).toEqual(["turn 0", "turn 1", "turn 10"]);
    for (const { end } of works) end();
    await Promise.all(all);
    expect(begun).toEqual(["turn 0", "turn 1", "turn 10", "turn 20", "turn 30"]);
  });

  it("is kept for one that comes while the engine still asks about those between, however long that takes", async () => {
    const line = queue();
    const begun: string[] = [];
    const [last, first] = [work("last", begun), work("first", begun)];
    const all = [line.run("adama", at(9), last.start)];
    for (let asked = 0; asked < 8; asked += 1) {
      await sleep(10);
      line.asked("adama", `workload ${asked}`, 20);
      line.asked("starbuck", "another", 1);
    }
    expect(begun).toEqual([]);
    all.push(line.run("adama", at(1), first.start));
    await sleep(60);
    expect(begun).toEqual(["first", "last"]);
    for (const { end } of [last, first]) end();
    await Promise.all(all);
  });

  describe("where the engine has come to all of the host's workloads", () => {
    const hasty = () => new Queue({ gather: 60_000, quiet: 60 });

    it("waits for those that have to be changed, and for nobody else", async () => {
      const line = hasty();
      const begun: string[] = [];
      for (const name of ["a", "b", "c"]) line.asked("adama", name, 3);
      line.answered("adama", "a", true);
      line.answered("adama", "c", true);
      const [a, c] = [work("a", begun), work("c", begun)];
      const last = line.run("adama", at(9, "c"), c.start);
      await sleep(20);
      line.answered("adama", "b", false);
      await sleep(20);
      expect(begun).toEqual([]);
      const first = line.run("adama", at(1, "a"), a.start);
      await sleep(20);
      expect(begun).toEqual(["a", "c"]);
      for (const { end } of [a, c]) end();
      await Promise.all([first, last]);
    });

    it("waits for nobody where one alone has to be changed, in a second run of the engine, too", async () => {
      const line = hasty();
      for (const changes of [true, true]) {
        for (const name of ["a", "b"]) line.asked("adama", name, 2);
        line.answered("adama", "b", false);
        line.answered("adama", "a", changes);
      }
      await line.run("adama", at(1, "a"), () => Promise.resolve());
    });

    it("waits for a new one, about which nothing but its inputs is asked", async () => {
      const line = hasty();
      const begun: string[] = [];
      for (const name of ["a", "new"]) line.asked("adama", name, 2);
      line.answered("adama", "a", true);
      const [a, fresh] = [work("a", begun), work("new", begun)];
      const all = [line.run("adama", at(5, "a"), a.start)];
      await sleep(20);
      expect(begun).toEqual([]);
      all.push(line.run("adama", at(1, "new"), fresh.start));
      await sleep(20);
      expect(begun).toEqual(["new", "a"]);
      for (const { end } of [a, fresh]) end();
      await Promise.all(all);
    });

    it("waits for more of those that are removed: nobody says how many", async () => {
      const line = new Queue({ gather: 40, quiet: 60 });
      const begun: string[] = [];
      line.asked("adama", "a", 1);
      line.answered("adama", "a", false);
      const [late, early] = [work("late", begun), work("early", begun)];
      const all = [line.run("adama", at(5, "late"), late.start)];
      await sleep(10);
      expect(begun).toEqual([]);
      all.push(line.run("adama", at(1, "early"), early.start));
      await sleep(80);
      expect(begun).toEqual(["early", "late"]);
      for (const { end } of [late, early]) end();
      await Promise.all(all);
    });
  });

  it("is each host's own", async () => {
    const line = queue();
    const begun: string[] = [];
    const works = ["adama", "adama", "starbuck"].map((host, index) => ({ host, ...work(`${host} ${index}`, begun) }));
    const all = works.map(({ host, start }) => line.run(host, at(0), start));
    await sleep(60);
    expect(begun).toHaveLength(3);
    for (const { end } of works) end();
    await Promise.all(all);
  });
});

describe("one that fails", () => {
  it("is told when no other is under way, also none that came later", async () => {
    const line = queue();
    const told: string[] = [];
    const bad = work("bad", []);
    const good = work("good", []);
    const later = work("later", []);
    const failed = line.run("adama", at(0), bad.start).catch(() => told.push("bad"));
    const done = line.run("adama", at(1), good.start).then(() => told.push("good"));
    bad.fail(new Error("never healthy"));
    await sleep(150);
    expect(told).toEqual([]);
    const last = line.run("adama", at(2), later.start).then(() => told.push("later"));
    good.end();
    await sleep(150);
    expect(told).toEqual(["good"]);
    later.end();
    await Promise.all([failed, done, last]);
    expect(told).toEqual(["good", "later", "bad"]);
  });

  it("is told with its own error, and two that failed do not wait for each other", async () => {
    const line = queue();
    const fail = (text: string) => line.run("adama", at(0), () => Promise.reject(new Error(text)));
    expect(await Promise.allSettled([fail("one"), fail("two")])).toMatchObject([
      { reason: { message: "one" } },
      { reason: { message: "two" } },
    ]);
  });

  it("because its host does not answer is told at once", async () => {
    const line = queue();
    const other = work("other", []);
    const done = line.run("adama", at(0), other.start);
    await expect(line.run("adama", at(0), () => Promise.reject(new ConnectionError("no route", false)))).rejects.toThrow(
      "no route",
    );
    other.end();
    await done;
  });

  it("was refused is tried once more when the others are done; alone, it is not", async () => {
    const line = queue();
    const begun: string[] = [];
    const other = work("other", begun);
    let free = false;
    const refused = () => {
      begun.push("refused");
      return free ? Promise.resolve("done") : Promise.reject(new RefusedError("the port is in use"));
    };
    const result = line.run("adama", at(0), refused);
    const done = line.run("adama", at(1), other.start);
    await sleep(150);
    expect(begun).toEqual(["refused", "other"]);
    free = true;
    other.end();
    await done;
    expect(await result).toBe("done");
    free = false;
    await expect(line.run("adama", at(0), refused)).rejects.toThrow("in use");
    expect(begun).toEqual(["refused", "other", "refused", "refused"]);
  });
});
