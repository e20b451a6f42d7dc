import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgeOf, pullRequestOf } from "../../ci/event.ts";
import { setComment, setIssue } from "../../ci/forge.ts";
import { FakeForge } from "./fake-forge.ts";

let fake: FakeForge;
beforeEach(async () => {
  fake = await FakeForge.start();
});
afterEach(() => fake.stop());

describe("the comment of a stack", () => {
  it.each([true, false])("is one, and is edited in place, however many others there are; in pages: %s", async (pages) => {
    fake.pagesComments = pages;
    for (let other = 0; other < 60; other += 1) await setComment(fake.forge, 7, `<!-- ${other} -->`, `<!-- ${other} --> hello`);
    await setComment(fake.forge, 7, "<!-- mine -->", "<!-- mine -->\nfirst");
    await setComment(fake.forge, 7, "<!-- mine -->", "<!-- mine -->\nsecond");
    expect(fake.comments).toHaveLength(61);
    expect(fake.comments.at(-1)?.body).toBe("<!-- mine -->\nsecond");
  });

  it("a forge that refuses is an error that says what it said, and nothing of the token", async () => {
    const refused = setComment({ ...fake.forge, token: "wrong-one" }, 7, "<!-- mine -->", "x");
    await expect(refused).rejects.toThrow(/GET issues\/7\/comments.* was answered 401: .*Bad credentials/);
    await expect(refused).rejects.not.toThrow(/wrong-one/);
  });
});

it("the issue of drift is opened once, rewritten, closed, and opened anew", async () => {
  const say = (text: string | undefined) => setIssue(fake.forge, "<!-- drift -->", "It differs", text);
  await say(undefined);
  expect(fake.issues).toEqual([]);
  await say("one");
  await say("two");
  expect(fake.issues).toMatchObject([{ title: "It differs", body: "<!-- drift -->\n\ntwo", state: "open" }]);
  await say(undefined);
  expect(fake.issues).toMatchObject([{ state: "closed" }]);
  await say("three");
  expect(fake.issues).toMatchObject([{ state: "closed" }, { state: "open" }]);
});

it("a job learns its pull request from the runner, and says what is missing outside of one", () => {
  const env = fake.environment(7);
  expect(pullRequestOf(env)).toEqual({ number: 7, head: "b".repeat(40) });
  expect(forgeOf(env)).toEqual(fake.forge);
  expect(() => forgeOf({})).toThrow(/GITHUB_API_URL is not set.*docs\/ci\.md/);
});
