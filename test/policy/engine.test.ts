import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policies } from "../../policy/policies.ts";
import { HOST_KEY } from "../lab/fixtures.ts";
import { missing } from "../rehearsal/language-host/project.ts";
import { Checkout } from "../support/checkout.ts";

/** By its beginning and its end, which is what policies know a key by. */
const SSH_KEY = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmU
-----END OPENSSH PRIVATE KEY-----`;

const lacks = missing();
const because = lacks === undefined ? "" : ` (skipped: ${lacks})`;

describe.skipIf(lacks !== undefined)(`policies in the engine${because}`, () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = new Checkout();
    checkout.fillIn();
    await checkout.pulumi(["stack", "init", "adama"]);
    // The pack gets it in clear, and is not told that it is encrypted.
    const give = (name: string, value: string) =>
      checkout.pulumi(["config", "set", "--stack", "adama", "--secret", `secret:${name}`], ".", value);
    await give("wifi.home", "so say we all");
    await give("backup.remote.RESTIC_REST_PASSWORD", "so say we all");
    await give("backup.box.SSH_KEY", SSH_KEY);
    const remote = 'remote: { repository: "rest:https://backups.example.org/{host}" }';
    const box = `box: { repository: "sftp:box.example.org:{host}", hostKey: "${HOST_KEY}" }`;
    checkout.edit("Pulumi.yaml", (text) => text.replace("places: {}", `places: { ${remote}, ${box} }`));
  });
  afterAll(() => checkout.remove());

  const preview = async () => {
    const { status, stdout, stderr } = await checkout.pulumi(["preview", "--stack", "adama", "--policy-pack", "policy"]);
    return { status, text: stdout + stderr };
  };

  it("the first lab passes", async () => {
    const { status, text } = await preview();
    expect(status, text).toBe(0);
    expect(text).toMatch(/✅ homelab@/);
  });

  it("a configuration that cannot be is refused in the program's own words", async () => {
    checkout.edit("Pulumi.yaml", (text) => text.replace("memory: 4GiB", "memory: 800MiB"));
    const { status, text } = await preview();
    checkout.edit("Pulumi.yaml", (text) => text.replace("memory: 800MiB", "memory: 4GiB"));
    expect(status).not.toBe(0);
    expect(text).toMatch(/homelab:hosts\.adama\.memory\n\s+is \d+ MiB too little/);
    expect(text).not.toContain("policy pack ended");
    expect(text).not.toContain("can't be judged");
  });

  it("where the pack has no plan to judge by, nothing passes", async () => {
    checkout.edit("policy/pack.ts", (text) => text.replace("pulumi.getStack()", '"galactica"'));
    const { status, text } = await preview();
    checkout.edit("policy/pack.ts", (text) => text.replace('"galactica"', "pulumi.getStack()"));
    expect(status).not.toBe(0);
    expect(text).toContain("can't be judged");
    expect(text).toContain("homelab:hosts.galactica");
  });

  it("a lab that violates all of them is refused, and each says what to do", async () => {
    violateAll(checkout);
    const { status, text } = await preview();
    expect(status).not.toBe(0);
    const refused = [...text.matchAll(/\[mandatory\]\s+(\w+)\s/g)].map(([, name]) => name);
    expect([...new Set(refused)].sort(), text).toEqual(policies.map(({ name }) => name).sort());
    expect(text).toContain(
      "nginx has no limit for processes: it could take the whole Pi with it. Write `limits` in lab/workloads/nginx.ts",
    );
    expect(text).toContain(
      "mosquitto has no backup of /mosquitto/data. Write `backup: true` for it in lab/workloads/mosquitto.ts",
    );
    expect(text).not.toContain("hunter2hunter2");
  });
});

/** A program that someone changed without a thought for what it was for. */
function violateAll(checkout: Checkout): void {
  const units = [
    ['["PidsLimit", String(pids)],', ""],
    ["const { memoryMiB, cpus, pids } = plan.limits;", "const { cpus } = plan.limits; const memoryMiB = 99_999;"],
    ['["Restart", "always"]', '["Restart", "no"]'],
    ['["StopTimeout", String(definition.stopTimeoutSeconds)]', '["StopTimeout", "0"]'],
    ['["ReadOnly", "true"]', '["ReadOnly", "false"]'],
    [
      '["HealthCmd", "none"]',
      '["HealthCmd", "none"], ["Environment", "API_TOKEN=hunter2hunter2"], ["Volume", "/run/podman/podman.sock:/s"]',
    ],
    ['["Pull", "never"]', '["Pull", "always"], ["PublishPort", "80:80"]'],
  ] as const;
  checkout.edit("providers/workload/quadlet.ts", (text) => units.reduce((all, [from, to]) => all.replace(from, to), text));
  checkout.edit("components/workload.ts", (text) => text.replace("command: rest.healthCommand", 'command: ["true"]'));
  checkout.edit("lab/workloads/mosquitto.ts", (text) =>
    text.replace("backup: true", 'backup: { none: "" }').replace(/^ {2}backup: .*\n/m, ""),
  );
  checkout.edit("lab/routers/firewall.ts", (text) => text.replace('masq: "1"', 'input: "ACCEPT", masq: "1"'));
}
