import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pullRequestComment } from "../../ci/preview.ts";
import { projectFolder, withPulumi } from "../operations/fake-pulumi.ts";

let folder = "";
beforeEach(() => {
  folder = projectFolder("{ nginx: [adama, starbuck] }");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("a backend that does not answer is what the comment says: without one, that of the push before would go on to be read", async () => {
  const project = withPulumi(folder, `echo "error: no stack named 'adama' found" >&2; exit 255`);
  const { text, refused } = await pullRequestComment(project, "adama", "hosts");
  expect(text).toMatch(/^<!-- homelab-preview adama -->\n\n### adama: the preview failed/);
  expect(text).toContain("no stack named 'adama' found");
  expect(refused).toBe(true);
});
