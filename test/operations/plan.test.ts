import { describe, expect, it } from "vitest";
import { planReport } from "../../operations/plan.ts";
import { folderWith } from "../config/fixtures.ts";
import { firstLabFiles } from "../support/first-lab.ts";

describe("npm run plan", () => {
  it("shows the lab to the letter", async () => {
    const { text, status } = planReport(folderWith(pinned()));
    await expect(`${text}\n`).toMatchFileSnapshot("./plan.txt");
    expect(status).toBe(0);
  });

  it("shows it while digests and host keys are not filled in, and says so", () => {
    const { text, status } = planReport(folderWith(firstLabFiles()));
    expect(status).toBe(0);
    expect(text).toContain("eclipse-mosquitto:2.1.2-alpine (unpinned)");
    expect(text).toContain("Not filled in yet");
    expect(text).toContain("Pulumi.adama.yaml: homelab:hostKey is not known yet");
    expect(text).toContain("homelab:images.prometheus has no digest yet");
  });

  it("gives the diagram alone", () => {
    const { text, status } = planReport(folderWith(firstLabFiles()), "mermaid");
    expect(status).toBe(0);
    expect(text).toMatch(/^flowchart LR\n/);
    expect(text).not.toContain("Not filled in");
  });

  it("gives the table of who may talk to whom alone, for a document", () => {
    const { text, status } = planReport(folderWith(firstLabFiles()), "access");
    expect(status).toBe(0);
    expect(text).toMatch(/^\| from \| to \| port \| why \|\n\|---\|---\|---\|---\|\n\| management \(VLAN 10\) \|/);
    expect(text).toContain("| phone | starbuck | 22 | phone: ssh to starbuck |\n");
  });

  it("shows no lab when there is something wrong with it", () => {
    const files = firstLabFiles();
    const { text, status } = planReport(
      folderWith({ ...files, "Pulumi.yaml": (files["Pulumi.yaml"] ?? "").replace("memory: 4GiB", "memory: 800MiB") }),
    );
    expect(status).toBe(1);
    expect(text).toContain("One problem in the configuration");
    expect(text).toContain("homelab:hosts.adama.memory\n  is 192 MiB too little");
    expect(text).not.toContain("flowchart");
  });
});

/** The files as they are when everything is filled in. */
function pinned(): Record<string, string> {
  const filled = Object.entries(firstLabFiles()).map(([name, text]) => [
    name,
    text
      .replaceAll(/(?<=:[\w.-]+)@unpinned/g, `@sha256:${"ab".repeat(32)}`)
      .replaceAll(/(hostKey|apollo|gaeta): unset/g, "$1: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFixture"),
  ]);
  return Object.fromEntries(filled);
}
