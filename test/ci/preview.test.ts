import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pullRequestComment } from "../../ci/preview.ts";
import { projectFolder, withPulumi } from "../operations/fake-pulumi.ts";

let folder = "";
beforeEach(() => {
  folder = projectFolder("{ nginx: [adama, starbuck] }");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a comment says that there is no preview, or what it said of the push before would go on to be read", () => {
  it("of a backend that does not answer", async () => {
    const project = withPulumi(folder, `echo "error: no stack named 'adama' found" >&2; exit 255`);
    const { text, refused } = await pullRequestComment(project, "adama", "hosts");
    expect(text).toMatch(/^<!-- homelab-preview adama -->\n\n### adama: the preview failed/);
    expect(text).toContain("no stack named 'adama' found");
    expect(refused).toBe(true);
  });

  it("of a stack that the branch takes away, and of files that cannot be read", async () => {
    const comment = (stack: string) => pullRequestComment(withPulumi(folder, "exit 9"), stack, "hosts");
    expect(await comment("galactica")).toEqual({
      text: "<!-- homelab-preview galactica -->\n\n### galactica: no preview\n\n````text\nThere is no stack galactica. There are: starbuck, adama.\n````\n",
      refused: true,
    });
    writeFileSync(join(folder, "Pulumi.yaml"), "config: [");
    const { text, refused } = await comment("adama");
    expect(text).toMatch(/^<!-- homelab-preview adama -->\n\n### adama: no preview\n\n````text\nPulumi\.yaml/);
    expect(refused).toBe(true);
  });
});
