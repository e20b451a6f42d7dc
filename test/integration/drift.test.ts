import { beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { appliedLab, expectHealthy, preview, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await appliedLab();
}, UP_TIMEOUT);

/** What somebody did by hand on a host, and what a preview with refresh has to show of it. */
interface Hand {
  readonly what: string;
  readonly command: string;
  readonly shown: RegExp;
}

const HOST = "starbuck";

function config(workload: string): string {
  return `/var/lib/homelab/config/${workload}/current`;
}

/** Done at once, seen in one preview, put right by one update: each of another workload or directory. */
const batches: readonly (readonly Hand[])[] = [
  [
    {
      what: "a unit edited",
      command:
        "sed -i 's/^PidsLimit=.*/PidsLimit=4096/' /etc/containers/systemd/alertmanager.container && systemctl daemon-reload",
      shown: /PidsLimit=4096/,
    },
    {
      what: "a configuration file edited",
      command: `sed -i 's/scrape_interval: .*/scrape_interval: 77s/' ${config("prometheus")}/prometheus.yml`,
      shown: /scrape_interval *: "\d+s" => "77s"/,
    },
    {
      what: "a container stopped",
      command: "systemctl stop nginx",
      shown: /state *: "stopped" => "healthy"/,
    },
    {
      what: "a file of the host edited",
      command: "echo 'SystemMaxUse=9G' >> /etc/systemd/journald.conf.d/homelab.conf",
      shown: /SystemMaxUse=9G/,
    },
    {
      what: "another mode",
      command: "chmod 0666 /etc/systemd/system/homelab-health.timer",
      shown: /mode 0666/,
    },
    {
      what: "a foreign file in a directory that is all ours",
      command: "echo x > /etc/homelab/health/spy.pem",
      shown: /spy\.pem: "is not declared/,
    },
  ],
  [
    {
      what: "a secret file edited",
      command: `echo x >> ${config("prometheus")}/tls/server.key`,
      shown: /tls\/server\.key: "its secret content is another/,
    },
    {
      what: "a file added",
      command: `echo hello > ${config("nginx")}/extra.yml`,
      shown: /extra\.yml: "is not declared/,
    },
    {
      what: "an application that does not answer",
      command: "podman kill --signal STOP alertmanager",
      shown: /state *: "unhealthy.*" => "healthy"/,
    },
  ],
  [
    {
      what: "a container removed for good",
      command: "systemctl mask --runtime --now alertmanager; podman rm -f -i alertmanager",
      shown: /Workload::alertmanager[\s\S]*state *: ".*" => "healthy"/,
    },
    {
      what: "a workload without its unit",
      command: "systemctl stop nginx; rm /etc/containers/systemd/nginx.container; systemctl daemon-reload",
      shown: /Workload::nginx/,
    },
    {
      what: "another image in the place of ours",
      command: `other=$(podman images --format '{{.Repository}}@{{.Digest}}' | grep prom/alertmanager | head -n 1)
        sed -i "s|^Image=.*|Image=$other|; s|^Entrypoint=.*|Entrypoint=/bin/sh|; s|^Exec=.*|Exec=-c 'sleep 1000'|" /etc/containers/systemd/prometheus.container
        systemctl daemon-reload; systemctl restart prometheus`,
      shown: /image *: "docker\.io\/prom\/alertmanager@sha256:[0-9a-f]+" => "docker\.io\/prom\/prometheus@/,
    },
  ],
];

describe("what is changed by hand is shown by a preview with refresh, and put right by up", () => {
  it.each(batches.map((hands) => ({ whats: hands.map(({ what }) => what).join("; "), hands })))(
    "$whats",
    async ({ hands }) => {
      for (const { command } of hands) await lab.on(HOST, command);
      const text = await preview(lab, HOST, "--refresh");
      for (const { shown } of hands) expect(text).toMatch(shown);
      await lab.up(HOST, "--refresh");
      expect(await lab.previewChanges(HOST, { refresh: true })).toEqual([]);
      await expectHealthy(lab);
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
