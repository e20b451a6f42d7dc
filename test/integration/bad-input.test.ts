import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { appliedLab, expectHealthy, failedUp, preview, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await appliedLab();
}, UP_TIMEOUT);

/** After each failure: what ran before still serves, and the next `up` gets the lab right. */
afterEach(async () => {
  await expectHealthy(lab);
  lab.resetConfig();
  for (const { name } of lab.instance.hosts) {
    await lab.up(name);
    expect(await lab.previewChanges(name, { refresh: true })).toEqual([]);
  }
}, TEST_TIMEOUT);

const image = (reference: string) =>
  lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:images", "alertmanager"], reference));

describe("a configuration that cannot be", () => {
  it(
    "broken YAML: file and line",
    async () => {
      appendFileSync(join(lab.instance.project, "Pulumi.starbuck.yaml"), "\n  : [broken\n");
      expect(await preview(lab, "starbuck")).toMatch(/invalid YAML file: yaml: line \d+/);
    },
    TEST_TIMEOUT,
  );

  it(
    "an unknown key, a wrong value and an overcommitted host: all at once, with what to do",
    async () => {
      lab.editProject((file) => file.setIn(["config", "homelab:colour"], "blue"));
      lab.editProject((file) => file.setIn(["config", "homelab:hosts", "value", "starbuck", "cpus"], "many"));
      const text = await preview(lab, "starbuck");
      expect(text).toContain("homelab:colour");
      expect(text).toContain("homelab:hosts.starbuck.cpus");
      expect(text).not.toContain("at Object.");
      lab.resetConfig();
      lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:limits"], { prometheus: { memory: "9GiB" } }));
      expect(await preview(lab, "starbuck")).toMatch(/memory[\s\S]*starbuck|starbuck[\s\S]*memory/);
    },
    TEST_TIMEOUT,
  );

  it(
    "a digest that nobody has looked up",
    async () => {
      image("docker.io/prom/alertmanager:v0.34.2@unpinned");
      expect(await preview(lab, "starbuck")).toMatch(/homelab:images\.alertmanager[\s\S]*npm run pin/);
    },
    TEST_TIMEOUT,
  );

  it(
    "a wrong passphrase",
    async () => {
      const result = await lab.pulumi(["preview", "--stack", "starbuck"], {
        PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
        PULUMI_CONFIG_PASSPHRASE: "wrong",
      });
      expect(result.status).not.toBe(0);
      expect(result.stdout + result.stderr).toContain("incorrect passphrase");
    },
    TEST_TIMEOUT,
  );
});

describe("a host that is not as it should be", () => {
  it(
    "does not answer: a plain preview works, an update says which host, and is done when it is back",
    async () => {
      lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:limits"], { alertmanager: { memory: "100MiB" } }));
      await lab.on("starbuck", "systemctl stop ssh.socket ssh.service; pkill -o sshd-session; true").catch(() => "");
      await lab.cutPower("starbuck");
      try {
        expect(await preview(lab, "starbuck")).toMatch(/1 to update/);
        expect(await failedUp(lab, "starbuck")).toMatch(/starbuck \(.*\) cannot be reached/);
      } finally {
        await lab.switchOn("starbuck");
      }
      await lab.up("starbuck");
    },
    TEST_TIMEOUT,
  );

  it(
    "shows another host key: nothing is done, and the message says what to do",
    async () => {
      const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMAISQbfI9kbSUwUrm/PF1PZv06TabHIbpoLfmNU9uZ8";
      lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:hostKey"], other));
      const text = await failedUp(lab, "starbuck");
      expect(text).toMatch(/another ssh host key than the one pinned/);
      expect(text).toContain("ssh-keyscan");
    },
    TEST_TIMEOUT,
  );

  it(
    "has a podman that is too old",
    async () => {
      await lab.on("starbuck", "printf '#!/bin/sh\\necho 4.9.3\\n' > /usr/local/bin/podman && chmod +x /usr/local/bin/podman");
      // The preparation runs when something of it changes; here, as on a fresh Pi, because it was forgotten.
      await lab.pulumi([
        "state",
        "taint",
        urn("starbuck", "command:local:Command", "preparation"),
        "--stack",
        "starbuck",
        "--yes",
      ]);
      try {
        expect(await failedUp(lab, "starbuck")).toMatch(/podman 4\.9\.3 is too old: the lab needs 5\.4/);
      } finally {
        await lab.on("starbuck", "rm /usr/local/bin/podman");
      }
    },
    TEST_TIMEOUT,
  );
});

describe("an image or a name that will not do", () => {
  it(
    "an image that does not exist: fails before anything is stopped",
    async () => {
      image(`docker.io/prom/alertmanager:v0.1@sha256:${"0".repeat(64)}`);
      expect(await failedUp(lab, "starbuck")).toMatch(/unable to (find or )?pull image/);
    },
    TEST_TIMEOUT,
  );

  it(
    "a container, a unit or a port that is somebody else's: says whose, and overwrites nothing",
    async () => {
      lab.editProject((file) => file.deleteIn(["config", "homelab:placement", "value", "alertmanager"]));
      lab.editStack("starbuck", (file) => file.deleteIn(["config", "homelab:images", "alertmanager"]));
      await lab.up("starbuck");
      lab.resetConfig();
      const unit = "/etc/containers/systemd/alertmanager.container";
      try {
        const some = await lab.on("starbuck", "podman images --format '{{.ID}}' 2>/dev/null | head -n 1");
        await lab.on("starbuck", `podman run -d --name alertmanager --network none --entrypoint sleep ${some} 1000`);
        expect(await failedUp(lab, "starbuck")).toContain("without our label");
        expect(await lab.on("starbuck", "podman inspect --format '{{.State.Running}}' alertmanager 2>/dev/null")).toBe("true");
        await lab.on("starbuck", "podman rm -f -t 0 alertmanager");

        await lab.on("starbuck", `printf '[Container]\\nImage=x\\n' > ${unit}`);
        expect(await failedUp(lab, "starbuck")).toMatch(/alertmanager\.container/);
        expect(await lab.on("starbuck", `cat ${unit}`)).toBe("[Container]\nImage=x");
        await lab.on("starbuck", `rm ${unit}; systemctl daemon-reload`);

        const address = lab.host("starbuck").address;
        await lab.on("starbuck", `systemd-run --unit=squatter python3 -m http.server --bind ${address} 9093; sleep 1`);
        expect(await failedUp(lab, "starbuck")).toMatch(/9093/);
      } finally {
        await lab.ssh(
          "starbuck",
          `systemctl stop squatter; podman rm -f -i -t 0 alertmanager; rm -f ${unit}; systemctl daemon-reload`,
        );
      }
    },
    TEST_TIMEOUT,
  );
});

function urn(stack: string, type: string, name: string): string {
  return `urn:pulumi:${stack}::homelab::homelab:components:Host$${type}::${name}`;
}
