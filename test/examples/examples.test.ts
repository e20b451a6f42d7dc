import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readLab } from "../../config/files.ts";
import { planLab } from "../../lab/plan.ts";
import { stacksInOrder } from "../../operations/stacks.ts";
import { missing } from "../rehearsal/language-host/project.ts";
import { Checkout } from "../support/checkout.ts";
import { makeAuthority } from "../validators/authority.ts";

const lacks = missing();
const because = lacks === undefined ? "" : ` (skipped: ${lacks})`;

/** Stacks of each example, in the order in which they are applied. */
const EXAMPLES = { "one-pi": ["serenity"], "three-hosts": ["tycho", "ceres", "rocinante"] };

describe.skipIf(lacks !== undefined)(`examples${because}`, () => {
  let checkout: Checkout;
  let certificates: string;
  beforeAll(async () => {
    checkout = new Checkout();
    certificates = mkdtempSync(join(tmpdir(), "homelab-examples-"));
    await makeAuthority(certificates);
  });
  afterAll(() => {
    checkout.remove();
    rmSync(certificates, { recursive: true });
  });

  it("are those that are previewed here, and hold no code", () => {
    expect(readdirSync("examples").sort()).toEqual(["README.md", ...Object.keys(EXAMPLES)].sort());
    for (const [name, stacks] of Object.entries(EXAMPLES)) {
      const files = ["Pulumi.yaml", ...stacks.map((stack) => `Pulumi.${stack}.yaml`)];
      expect(readdirSync(join("examples", name)).sort()).toEqual(files.sort());
    }
  });

  it.each(Object.entries(EXAMPLES))("%s: a preview of each stack, as the policies want it", async (name, stacks) => {
    const project = join("examples", name);
    checkout.fillIn(project);
    const folder = join(checkout.folder, project);
    expect(stacksInOrder(folder)).toEqual(stacks);
    for (const stack of stacks) {
      await checkout.pulumi(["stack", "init", stack], project);
      const { status, stdout, stderr } = await checkout.pulumi(
        ["preview", "--stack", stack, "--policy-pack", join(checkout.folder, "policy")],
        project,
      );
      expect(status, stdout + stderr).toBe(0);
      for (const { name: workload } of hostOf(folder, stack).workloads) {
        expect(stdout).toMatch(new RegExp(`homelab:Workload +${workload} +create`));
      }
      expect(stdout).not.toMatch(/adama|starbuck/);
      if (stack === stacks[0]) await handOver(folder, project, stack);
    }
  });

  /** Gives the primary stack the outputs that the others read, as an `up` would. */
  async function handOver(folder: string, project: string, stack: string): Promise<void> {
    const plan = planLab(readLab(folder).lab);
    const pem = (file: string) => readFileSync(join(certificates, file), "utf8");
    const perHost = <T>(value: T) => Object.fromEntries(plan.hosts.map(({ name }) => [name, value]));
    const outputs = {
      planHash: plan.hash,
      rootCertificate: pem("root.pem"),
      intermediates: perHost({ privateKeyPem: pem("intermediate.key"), certificatePem: pem("intermediate.pem") }),
      people: "operator:x\n",
      backupPasswords: perHost("a password"),
    };
    const { name } = parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8"));
    const type = "pulumi:pulumi:Stack";
    const urn = `urn:pulumi:${stack}::${name}::${type}::${name}-${stack}`;
    const state = { version: 3, deployment: { manifest: {}, resources: [{ urn, type, custom: false, outputs }] } };
    const file = join(certificates, "state.json");
    writeFileSync(file, JSON.stringify(state));
    const { status, stderr } = await checkout.pulumi(["stack", "import", "--stack", stack, "--file", file], project);
    expect(status, stderr).toBe(0);
  }
});

function hostOf(folder: string, stack: string) {
  const host = planLab(readLab(folder).lab).hosts.find(({ name }) => name === stack);
  if (!host) throw new Error(`There is no host ${stack}`);
  return host;
}
