import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkloadDefinition } from "../../../lab/definition.ts";
import type { WorkloadPlan } from "../../../lab/model.ts";
import { limitsIn, renderUnits, word } from "../../../providers/workload/quadlet.ts";

const definition: WorkloadDefinition = {
  name: "app",
  network: 3,
  summary: "100 % of an example",
  tier: "core",
  instances: "one",
  limits: { memoryMiB: 64, cpus: 0.5, pids: 32 },
  user: { uid: 1000, gid: 1001 },
  entrypoint: "/bin/app",
  arguments: () => [],
  ports: [],
  volumes: [],
  tmpfs: [{ target: "/tmp", sizeMiB: 8 }],
  files: () => [],
  certificates: [],
  calls: () => [],
  health: { kind: "https", port: "https", path: "/" },
  healthyWithinSeconds: 10,
  reload: { signal: "SIGHUP", paths: ["app.yml"] },
  stopTimeoutSeconds: 20,
};

const plan: WorkloadPlan = {
  placed: {
    definition,
    name: "app",
    host: "adama",
    turn: 0,
    after: ["broker", "database"],
    identity: "app.lab.test",
    address: "10.0.0.11",
    limits: definition.limits,
    subnet: "10.98.0.48/28",
    ports: [
      { name: "https", number: 443, containerPort: 8443, protocol: "tcp", access: "people", address: "10.0.0.11", clients: [] },
    ],
    volumes: [{ name: "data", target: "/data", diskGiB: 1, backup: true, source: "/var/lib/homelab/data/app/data" }],
    certificates: [],
    calls: [],
    hosts: [{ name: "other.lab.test", address: "10.0.0.12" }],
  },
  image: { repository: "docker.io/lab/app", tag: "1.0", digest: `sha256:${"a".repeat(64)}` },
  limits: { memoryMiB: 96, cpus: 0.25, pids: 16 },
  arguments: ["--name=two words", "$HOME", "50%"],
  environment: { GREETING: 'say "hello"' },
  files: [],
  secretFiles: [],
  healthCommand: ["true"],
};

describe("a workload's units", () => {
  it("say its limits in a way that can be compared with what podman has", () => {
    const memory = 96 * 2 ** 20;
    expect(limitsIn(renderUnits(plan)["app.container"] ?? "")).toEqual({ memory, memorySwap: memory, cpus: 0.25, pids: 16 });
    expect(limitsIn("# homelab: app\n[Container]\nImage=x\n")).toBeNull();
  });

  it("are a container and its network", () => {
    const digest = "a".repeat(64);
    expect(renderUnits(plan)).toEqual({
      "app.container": `# homelab: app
[Unit]
Description=100 %% of an example
RequiresMountsFor=/var/lib/homelab
After=broker.service database.service
StartLimitIntervalSec=0

[Container]
ContainerName=app
Label=homelab.workload=app
Image=docker.io/lab/app:1.0@sha256:${digest}
Pull=never
Network=app.network
PublishPort=10.0.0.11:443:8443/tcp
AddHost=other.lab.test:10.0.0.12
User=1000
Group=1001
PodmanArgs=--memory=96m --memory-swap=96m --cpus=0.25
PidsLimit=16
ReadOnly=true
PodmanArgs=--image-volume=ignore
ReadOnlyTmpfs=false
Tmpfs=/tmp:size=8m,mode=1777
NoNewPrivileges=true
DropCapability=all
Volume=/var/lib/homelab/config/app:/config:ro
Volume=/var/lib/homelab/data/app/data:/data
Environment="GREETING=say \\"hello\\""
Entrypoint=/bin/app
Exec="--name=two words" "$$HOME" "50%%"
HealthCmd=none
StopTimeout=20

[Service]
Restart=always
RestartSec=1
TimeoutStopSec=35
ExecReload=/usr/bin/podman kill --signal=SIGHUP app

[Install]
WantedBy=multi-user.target
`,
      "app.network": `# homelab: app
[Unit]
Description=Network of app

[Network]
NetworkName=app
Label=homelab.workload=app
Subnet=10.98.0.48/28
DisableDNS=true
`,
    });
  });

  it("use the host's network, and no other, where an exception says so", () => {
    const exception = {
      ...plan,
      placed: { ...plan.placed, definition: { ...definition, exceptions: { hostNetwork: "finds devices by multicast" } } },
    };
    const units = renderUnits(exception);
    expect(Object.keys(units)).toEqual(["app.container"]);
    expect(units["app.container"]).toContain("Network=host\n");
  });

  it("always give systemd more time for a stop than podman", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), (stopTimeoutSeconds) => {
        const text =
          renderUnits({ ...plan, placed: { ...plan.placed, definition: { ...definition, stopTimeoutSeconds } } })[
            "app.container"
          ] ?? "";
        const [, podman, systemd] = /StopTimeout=(\d+)[\s\S]*TimeoutStopSec=(\d+)/.exec(text) ?? [];
        expect(Number(systemd)).toBeGreaterThanOrEqual(Number(podman) + 15);
      }),
    );
  });
});

describe("word", () => {
  it("writes what would end the line or the command in a way that it does not", () => {
    expect(["a", "", ";", "b"].map(word).join(" ")).toBe("a %i %i; b");
  });

  it("never leaves a quote, a line break, a specifier or a variable open", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const quoted = word(text);
        expect(quoted).not.toContain("\n");
        if (quoted.startsWith('"')) {
          const inner = quoted.slice(1, -1);
          expect(inner.replaceAll(/\\./gs, "").includes('"')).toBe(false);
          expect(inner.replaceAll("%%", "")).not.toContain("%");
          expect(inner.replaceAll("$$", "")).not.toContain("$");
        }
      }),
    );
  });
});
