import { beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { appliedLab, expectHealthy, preview, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await appliedLab();
}, UP_TIMEOUT);

const CONFIG = "/var/lib/homelab/config/alertmanager";

/** What somebody did by hand, the lines that a preview with refresh has to show, and on which host. */
const hands: readonly { readonly what: string; readonly host: string; readonly command: string; readonly shown: RegExp[] }[] = [
  {
    what: "a unit edited",
    host: "starbuck",
    command: "sed -i 's/^PidsLimit=.*/PidsLimit=4096/' /etc/containers/systemd/alertmanager.container && systemctl daemon-reload",
    shown: [/Workload::alertmanager/, /PidsLimit=4096/],
  },
  {
    what: "a configuration file edited",
    host: "starbuck",
    command: `sed -i 's/repeat_interval: .*/repeat_interval: 9h/' ${CONFIG}/current/alertmanager.yml`,
    shown: [/Workload::alertmanager/, /repeat_interval: .*9h/],
  },
  {
    what: "a secret file edited",
    host: "starbuck",
    command: `echo x >> ${CONFIG}/current/tls/server.key`,
    shown: [/Workload::alertmanager/, /~ secrets *: \[secret\]/],
  },
  {
    what: "a file added",
    host: "starbuck",
    command: `echo hello > ${CONFIG}/current/extra.yml`,
    shown: [/Workload::alertmanager/, /extra\.yml/],
  },
  {
    what: "a container stopped",
    host: "starbuck",
    command: "systemctl stop alertmanager",
    shown: [/Workload::alertmanager/, /state *: "stopped" => "healthy"/],
  },
  {
    what: "a container removed for good",
    host: "starbuck",
    command: "systemctl mask --runtime --now alertmanager; podman rm -f -i alertmanager",
    shown: [/Workload::alertmanager/, /state *: ".*" => "healthy"/],
  },
  {
    what: "a workload without its unit",
    host: "starbuck",
    command: "systemctl stop alertmanager; rm /etc/containers/systemd/alertmanager.container; systemctl daemon-reload",
    shown: [/Workload::alertmanager/],
  },
  {
    what: "an application that does not answer",
    host: "starbuck",
    command: "podman kill --signal STOP alertmanager",
    shown: [/Workload::alertmanager/, /state *: "unhealthy.*" => "healthy"/],
  },
  {
    what: "a file of the host edited",
    host: "adama",
    command: "echo 'SystemMaxUse=9G' >> /etc/systemd/journald.conf.d/homelab.conf",
    shown: [/HostDirectory::journald/, /SystemMaxUse=9G/],
  },
  {
    what: "another mode",
    host: "adama",
    command: "chmod 0666 /etc/systemd/journald.conf.d/homelab.conf",
    shown: [/HostDirectory::journald/, /mode 0666/],
  },
  {
    what: "a foreign file in a directory that is all ours",
    host: "adama",
    command: "echo x > /etc/homelab/health/spy.pem",
    shown: [/HostDirectory::health/, /spy\.pem.*not declared/],
  },
];

describe("what is changed by hand", () => {
  it.each(hands)(
    "$what: shown by a preview with refresh, put right by up",
    async ({ host, command, shown }) => {
      await lab.on(host, command);
      const text = await preview(lab, host, "--refresh");
      for (const line of shown) expect(text).toMatch(line);
      await lab.up(host, "--refresh");
      await expectHealthy(lab);
      expect(await lab.previewChanges(host, { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "another image in the place of ours: shown, and put right",
    async () => {
      const other = (
        await lab.on("starbuck", "podman images --format '{{.Repository}}@{{.Digest}}' | grep prom/prometheus | head -n 1")
      ).trim();
      await lab.on(
        "starbuck",
        `sed -i 's|^Image=.*|Image=${other}|; s|^Entrypoint=.*|Entrypoint=/bin/sh|; s|^Exec=.*|Exec=-c "sleep 1000"|' /etc/containers/systemd/alertmanager.container && systemctl daemon-reload && systemctl restart alertmanager`,
      );
      const text = await preview(lab, "starbuck", "--refresh");
      expect(text).toMatch(/image *: "docker\.io\/prom\/prometheus@sha256:[0-9a-f]+" => "docker\.io\/prom\/alertmanager@/);
      await lab.up("starbuck", "--refresh");
      await expectHealthy(lab);
      expect(await lab.previewChanges("starbuck", { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "a plain preview looks at no host, and is empty",
    async () => {
      await lab.on("starbuck", "systemctl stop alertmanager");
      expect(await lab.previewChanges("starbuck")).toEqual([]);
      await lab.up("starbuck", "--refresh");
    },
    TEST_TIMEOUT,
  );
});
