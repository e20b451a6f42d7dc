import { describe, expect, it } from "vitest";
import { NO_COPIES } from "../../lab/backup/model.ts";
import { checkLab } from "../../lab/check.ts";
import { checkCatalogue, nextNetwork } from "../../lab/check-catalogue.ts";
import type { WorkloadDefinition } from "../../lab/definition.ts";
import type { ConfigProblem, LabConfig, StackConfig } from "../../lab/model.ts";
import { workloads } from "../../lab/workloads/index.ts";
import { adama, definition, firstLab, hostConfig, stackOf, starbuck } from "./fixtures.ts";

/** Where and what, without the remedy. */
function brief(problems: readonly ConfigProblem[]) {
  return problems.map(({ file, path, value, message }) => [file, path, value, message]);
}

function check(changes: Partial<LabConfig>, stack: StackConfig = stackOf("adama"), catalogue = workloads) {
  return brief(checkLab({ ...firstLab, ...changes }, stack, undefined, catalogue));
}

const withHosts = (changes: Partial<typeof adama>) => ({ hosts: { adama: hostConfig(changes), starbuck } });

describe("the first lab", () => {
  it.each(["adama", "starbuck"])("has no problem as %s sees it", (host) => {
    expect(check({}, stackOf(host))).toEqual([]);
  });
});

describe("placement", () => {
  it("names workloads and hosts that there are", () => {
    const placement = { ...firstLab.placement, mosquitto: ["adamo"], promtail: ["adama"] };
    expect(check({ placement })).toEqual([
      ["Pulumi.yaml", "homelab:placement.mosquitto[0]", "adamo", "is no host"],
      ["Pulumi.yaml", "homelab:placement.promtail", undefined, "is no workload"],
    ]);
  });

  it("names a host once, and one host only for what has one name in the lab", () => {
    const placement = { ...firstLab.placement, nginx: ["adama", "starbuck", "adama"], mosquitto: ["adama", "starbuck"] };
    expect(check({ placement })).toEqual([
      ["Pulumi.yaml", "homelab:placement.mosquitto", ["adama", "starbuck"], expect.stringContaining("one host only")],
      ["Pulumi.yaml", "homelab:placement.nginx[2]", "adama", "is named twice"],
    ]);
  });

  it("has a door for every page", () => {
    const placement = { ...firstLab.placement, nginx: ["adama"], "rest-server": ["adama"] };
    const backup = { ...NO_COPIES, copies: { adama: [], starbuck: ["adama"] } };
    const message = expect.stringMatching(/has a page, https:.*, but no door for people on starbuck/);
    expect(check({ placement, backup })).toEqual([
      ["Pulumi.yaml", "homelab:placement.alertmanager", "starbuck", message],
      ["Pulumi.yaml", "homelab:placement.prometheus", "starbuck", message],
    ]);
  });

  it("knows the primary host", () => {
    expect(check({ primary: "galactica" })).toEqual([["Pulumi.yaml", "homelab:primary", "galactica", "is no host"]]);
  });

  it("does not give a workload a host's name", () => {
    const hosts = { adama, starbuck, mosquitto: hostConfig({ address: "192.168.1.22", containerSubnet: "10.98.32.0/20" }) };
    expect(check({ hosts })).toEqual([
      ["Pulumi.yaml", "homelab:placement.mosquitto", undefined, expect.stringContaining("name of a host")],
    ]);
  });
});

describe("networks", () => {
  it.each([
    ["an address twice", { address: "192.168.1.21" }, "address", "is adama's address too", "starbuck"],
    ["ranges that overlap", { containerSubnet: "10.98.0.0/16" }, "containerSubnet", "overlaps with that of adama", "starbuck"],
    ["a host inside a range", { containerSubnet: "192.168.1.0/24" }, "containerSubnet", "holds the address of adama", "adama"],
    [
      "a range that begins elsewhere",
      { containerSubnet: "10.98.0.1/20" },
      "containerSubnet",
      "does not begin where its prefix says",
      "adama",
    ],
  ])("have not %s", (_, changes, key, message, host) => {
    expect(check(withHosts(changes))).toEqual([["Pulumi.yaml", `homelab:hosts.${host}.${key}`, expect.anything(), message]]);
  });

  it("have room for every workload of the host", () => {
    // Nginx is number 0, Mosquitto number 1, rest-server number 4.
    expect(check(withHosts({ containerSubnet: "10.98.0.0/28" })).slice(0, -1)).toEqual([
      [
        "Pulumi.yaml",
        "homelab:hosts.adama.containerSubnet",
        "10.98.0.0/28",
        expect.stringMatching(/room for 1 .* mosquitto's is number 1/),
      ],
    ]);
  });
});

describe("ports", () => {
  const greedy = (number: number, protocol: "tcp" | "udp" = "tcp") =>
    definition("zigbee2mqtt", 9, { ports: [{ name: "https", number, protocol, access: "clients" }] });
  const placed = { placement: { ...firstLab.placement, zigbee2mqtt: ["adama"] } };
  const withGreedy = (one: WorkloadDefinition) => {
    const catalogue = [...workloads, one];
    return check(placed, stackOf("adama", catalogue), catalogue);
  };

  it.each([
    ["mosquitto", 8883],
    ["ssh", 22],
    ["node_exporter", 9100],
  ])("are not %s's", (owner, number) => {
    expect(withGreedy(greedy(number))).toEqual([
      ["Pulumi.yaml", "homelab:placement.zigbee2mqtt", "adama", `wants port ${number}/tcp of adama, which is that of ${owner}`],
    ]);
  });

  it("may be the same on another host, or of another protocol", () => {
    expect(withGreedy(greedy(9090))).toEqual([]);
    expect(withGreedy(greedy(8883, "udp"))).toEqual([]);
  });
});

describe("a stack", () => {
  it("has the name of a host", () => {
    expect(check({}, stackOf("galactica"))).toEqual([
      ["Pulumi.yaml", "homelab:hosts.galactica", undefined, "is missing, and the stack has its name"],
    ]);
  });

  it("needs the key of its own host, and says which command prints it", () => {
    const changes = withHosts({ hostKey: "unset", sshPort: 2222 });
    expect(check(changes, stackOf("starbuck"))).toEqual([]);
    const [problem] = checkLab({ ...firstLab, ...changes }, stackOf("adama"));
    expect(problem).toMatchObject({ file: "Pulumi.adama.yaml", path: "homelab:hostKey", value: "unset", unfilled: true });
    expect(problem?.remedy).toContain("ssh-keyscan -t ed25519 -p 2222 192.168.1.20");
    expect(problem?.remedy).toContain("npx pulumi config set --stack adama homelab:hostKey");
  });

  it("has an image with a digest for each of its workloads", () => {
    const { mosquitto: _, ...images } = stackOf("adama").images;
    const unpinned = { repository: "docker.io/library/nginx", tag: "1.30", digest: "unpinned" };
    const stack = {
      host: "adama",
      images: { ...images, nginx: unpinned },
      limits: {},
      routerKeys: {},
      initialise: [],
      secrets: [],
    };
    expect(check({}, stack)).toEqual([
      ["Pulumi.adama.yaml", "homelab:images.mosquitto", undefined, "is missing: Pulumi.yaml places mosquitto on adama"],
      [
        "Pulumi.adama.yaml",
        "homelab:images.nginx",
        "docker.io/library/nginx:1.30@unpinned",
        expect.stringContaining("has no digest yet"),
      ],
    ]);
  });

  it("names no image and no limit of a workload that there is not", () => {
    const stack = { ...stackOf("adama"), limits: { promtail: { memoryMiB: 1 } } };
    expect(check({}, { ...stack, images: { ...stack.images, loki: stack.images.nginx ?? fail() } })).toEqual([
      ["Pulumi.adama.yaml", "homelab:images.loki", undefined, "is no workload"],
      ["Pulumi.adama.yaml", "homelab:limits.promtail", undefined, "is no workload"],
    ]);
  });

  it("hears of all problems at once", () => {
    const placement = { ...firstLab.placement, promtail: ["adama"] };
    const problems = check(
      { placement, primary: "x", ...withHosts({ memoryMiB: 800 }) },
      { host: "adama", images: {}, limits: {}, routerKeys: {}, initialise: [], secrets: [] },
    );
    expect(problems.map(([, path]) => path)).toEqual([
      "homelab:primary",
      "homelab:placement.promtail",
      "homelab:images.mosquitto",
      "homelab:images.rest-server",
      "homelab:images.nginx",
      "homelab:images.restic",
      "homelab:hosts.adama.memory",
    ]);
  });
});

describe("the catalogue", () => {
  it("is consistent", () => {
    expect(checkCatalogue(workloads)).toEqual([]);
  });

  it.each<[string, readonly WorkloadDefinition[], string, string]>([
    ["a name twice", [definition("a", 0), definition("a", 1)], "name", "is taken"],
    ["a name of the lab's own", [definition("health", 0)], "name", "is taken"],
    ["a network twice", [definition("a", 0), definition("b", 0)], "network", "is a's network already"],
    [
      "a page with the name of a workload",
      [definition("a", 0), definition("b", 1, { page: { name: "a", port: "https" } })],
      "page.name",
      "is the name of a workload: the door of the pages could pass for it",
    ],
    [
      "a page twice",
      [0, 1].map((network) => definition(`w${network}`, network, { page: { name: "p", port: "https" } })),
      "page.name",
      "is another workload's page",
    ],
    [
      "a page at a port that is not there",
      [definition("a", 0, { page: { name: "p", port: "http" } })],
      "page.port",
      "is none of its ports",
    ],
    [
      "metrics at a port that is not always there",
      [
        definition("a", 0, {
          ports: [
            { name: "https", number: 1, protocol: "tcp", access: "clients" },
            { name: "door", number: 2, protocol: "tcp", access: "clients", onlyIf: () => false },
          ],
          metrics: { port: "door", path: "/metrics" },
        }),
      ],
      "metrics.port",
      "is none of its ports",
    ],
  ])("has not %s", (_, catalogue, path, message) => {
    const last = catalogue.at(-1)?.name;
    const [problem] = check({}, stackOf("adama", catalogue), catalogue);
    expect(problem).toEqual([`lab/workloads/${last}.ts`, path, expect.anything(), message]);
  });

  it("calls nothing that is not there", () => {
    const catalogue = [definition("a", 0, { calls: () => [{ workload: "b", host: "adama", port: "https" }] })];
    expect(check({ placement: { a: ["adama"] }, backup: NO_COPIES }, stackOf("adama", catalogue), catalogue)).toEqual([
      ["lab/workloads/a.ts", "calls", "b on adama, port https", "is not there"],
    ]);
  });

  it("knows the next free network", () => {
    expect(nextNetwork([])).toBe(0);
    expect(nextNetwork([definition("a", 0), definition("b", 1)])).toBe(2);
    expect(nextNetwork([definition("a", 0), definition("b", 2)])).toBe(1);
    expect(nextNetwork([definition("a", 1)])).toBe(0);
  });
});

function fail(): never {
  throw new Error("the fixture has no such image");
}
