import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_COPIES } from "../../lab/backup/model.ts";
import type { Call, WorkloadDefinition } from "../../lab/definition.ts";
import type { LabConfig, LabPlan, PlacedWorkload } from "../../lab/model.ts";
import { overlap, rangeOf } from "../../lab/network.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { definition, firstLab, hostConfig, stackOf } from "./fixtures.ts";

const plan = planLab(firstLab);

function workload(name: string, host: string, of: LabPlan = plan): PlacedWorkload {
  const found = of.workloads.find((candidate) => candidate.name === name && candidate.host === host);
  if (!found) throw new Error(`no ${name} on ${host}`);
  return found;
}

describe("the first lab", () => {
  it("brings up who is called before who calls", () => {
    expect(plan.workloads.map(({ name, host }) => `${name} on ${host}`)).toEqual([
      "mosquitto on adama",
      "rest-server on adama",
      "nginx on adama",
      "alertmanager on starbuck",
      "prometheus on starbuck",
      "rest-server on starbuck",
      "nginx on starbuck",
    ]);
    expect(plan.hosts.map((host) => host.workloads.map(({ name }) => name))).toEqual([
      ["mosquitto", "rest-server", "nginx"],
      ["alertmanager", "prometheus", "rest-server", "nginx"],
    ]);
  });

  it("names one of the lab by the domain, one of each host by its host", () => {
    expect(workload("prometheus", "starbuck").identity).toBe("prometheus.lab.home.arpa");
    expect(workload("nginx", "adama").identity).toBe("nginx.adama.lab.home.arpa");
  });

  it("lets in who calls, and the host's health check, and nobody else", () => {
    expect(workload("prometheus", "starbuck").ports).toMatchObject([
      { clients: ["health.starbuck.lab.home.arpa", "nginx.starbuck.lab.home.arpa", "prometheus.lab.home.arpa"] },
    ]);
    expect(workload("mosquitto", "adama").ports).toMatchObject([{ clients: ["health.adama.lab.home.arpa"] }]);
    expect(plan.hosts.map(({ nodeExporter }) => nodeExporter.clients)).toEqual([
      ["health.adama.lab.home.arpa", "prometheus.lab.home.arpa"],
      ["health.starbuck.lab.home.arpa", "prometheus.lab.home.arpa"],
    ]);
  });

  it("opens the door for people only where there are pages", () => {
    expect(workload("nginx", "adama").ports.map(({ number }) => number)).toEqual([8443]);
    expect(workload("nginx", "starbuck").ports).toMatchObject([
      { name: "pages", number: 443, containerPort: 4443, access: "people", clients: [] },
      { name: "service", number: 8443, containerPort: 8443, access: "clients" },
    ]);
  });

  it("gives a server's certificate the names it is reached by, and a client's its identity alone", () => {
    expect(workload("nginx", "starbuck").certificates).toEqual([
      {
        usage: "server",
        commonName: "nginx.starbuck.lab.home.arpa",
        dnsNames: ["nginx.starbuck.lab.home.arpa", "alerts.lab.home.arpa", "metrics.lab.home.arpa"],
        ipAddresses: ["192.168.1.21"],
      },
      {
        usage: "client",
        commonName: "nginx.starbuck.lab.home.arpa",
        dnsNames: ["nginx.starbuck.lab.home.arpa"],
        ipAddresses: [],
      },
    ]);
  });

  it("tells a container the addresses of those whom it calls", () => {
    expect(workload("prometheus", "starbuck").hosts).toEqual([
      { name: "alertmanager.lab.home.arpa", address: "192.168.1.21" },
      { name: "node-exporter.adama.lab.home.arpa", address: "192.168.1.20" },
      { name: "node-exporter.starbuck.lab.home.arpa", address: "192.168.1.21" },
      { name: "prometheus.lab.home.arpa", address: "127.0.0.1" },
    ]);
    expect(workload("nginx", "adama").hosts).toEqual([{ name: "rest-server.adama.lab.home.arpa", address: "192.168.1.20" }]);
  });

  it("leaves out what the placement leaves out, and whoever would have called it does without", () => {
    const { alertmanager: _, ...placement } = firstLab.placement;
    const without = planLab({ ...firstLab, placement });
    const prometheus = workload("prometheus", "starbuck", without);
    expect(prometheus.hosts.map(({ name }) => name)).not.toContain("alertmanager.lab.home.arpa");
    const files = planHost(without, stackOf("starbuck")).workloads.flatMap(({ files }) => files);
    expect(files.filter(({ text }) => text.includes("alertmanager.lab"))).toEqual([]);
  });
});

describe("planHost", () => {
  it("applies the stack's image and limits, and leaves the other limits", () => {
    const { workloads } = planHost(plan, stackOf("starbuck", undefined, { prometheus: { memoryMiB: 1024 } }));
    const prometheus = workloads.find(({ placed }) => placed.name === "prometheus");
    expect(prometheus?.limits).toEqual({ memoryMiB: 1024, cpus: 1, pids: 128 });
    expect(prometheus?.placed.limits).toEqual(prometheus?.limits);
    expect(prometheus?.image.tag).toBe("1.0");
  });

  it("asks for the people's file only where people come in; rest-server, which does not start without its own, in any case", () => {
    const secrets = (host: string, of = plan) =>
      planHost(of, stackOf(host)).workloads.flatMap(({ secretFiles }) => secretFiles.map(({ kind }) => kind));
    expect(secrets("adama")).toEqual(["copiers", "copiers-authorization"]);
    expect(secrets("starbuck")).toEqual(["copiers", "people", "copiers-authorization"]);
    expect(secrets("adama", planLab({ ...firstLab, backup: NO_COPIES }))).toEqual(["copiers"]);
  });

  it("refuses a stack without a host, and a workload without an image", () => {
    expect(() => planHost(plan, stackOf("galactica"))).toThrow('No host is named "galactica"');
    expect(() => planHost(plan, { host: "adama", images: {}, limits: {}, routerKeys: {}, initialise: [], secrets: [] })).toThrow(
      "No image for mosquitto",
    );
  });
});

/** A lab of up to four hosts and twelve workloads, which call each other at random, rings and themselves included. */
const labs = fc
  .record({
    hosts: fc.integer({ min: 1, max: 4 }),
    workloads: fc.array(
      fc.record({
        network: fc.integer({ min: 0, max: 255 }),
        each: fc.boolean(),
        tier: fc.constantFrom("core" as const, "important" as const, "optional" as const),
        host: fc.integer({ min: 0, max: 3 }),
        calls: fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 4 }),
        exporter: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ hosts, workloads }) => {
    const hostNames = Array.from({ length: hosts }, (_, index) => `pi${index}`);
    const unique = workloads.filter((one, index) => workloads.findIndex(({ network }) => network === one.network) === index);
    const catalogue = unique.map(
      ({ network, each, tier, calls, exporter }, index): WorkloadDefinition =>
        definition(`w${index}`, network, {
          tier,
          instances: each ? "each" : "one",
          calls: (_self, lab): readonly Call[] => [
            ...lab.all
              .filter(({ name }) => calls.some((called) => name === `w${called}`))
              .map(({ name, host }) => ({ workload: name, host, port: "https" })),
            ...(exporter ? hostNames.map((host) => ({ service: "node-exporter" as const, host })) : []),
          ],
        }),
    );
    const placement = unique.map(({ each, host }, index) => [`w${index}`, each ? hostNames : [`pi${host % hosts}`]] as const);
    const hostConfigs = hostNames.map((name, index) => {
      const containerSubnet = `10.98.${index * 16}.0/20`;
      return [name, hostConfig({ address: `192.168.1.${20 + index}`, containerSubnet })] as const;
    });
    const config: LabConfig = {
      ...{ domain: "lab.home.arpa", primary: "pi0" },
      hosts: Object.fromEntries(hostConfigs),
      placement: Object.fromEntries(placement),
    };
    return { config, catalogue };
  });

/** Keys in the opposite order, all the way down. */
function reversed<T>(value: T): T {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  ) as T;
}

describe("any lab", () => {
  it("has one owner for every address and port, and networks that do not overlap", () => {
    fc.assert(
      fc.property(labs, ({ config, catalogue }) => {
        const { workloads } = planLab(config, catalogue);
        const doors = workloads.flatMap(({ ports }) => ports.map(({ address, number }) => `${address}:${number}`));
        expect(new Set(doors).size).toBe(doors.length);
        const ranges = workloads.map(({ subnet }) => rangeOf(subnet));
        ranges.forEach((range, index) => {
          expect(ranges.slice(index + 1).some((other) => overlap(range, other))).toBe(false);
        });
        for (const { subnet, host } of workloads) {
          const whole = rangeOf(config.hosts[host]?.containerSubnet ?? "");
          expect(rangeOf(subnet).first >= whole.first && rangeOf(subnet).last <= whole.last).toBe(true);
        }
      }),
    );
  });

  it("is brought up with who is called before who calls, unless they call each other", () => {
    fc.assert(
      fc.property(labs, ({ config, catalogue }) => {
        const { workloads } = planLab(config, catalogue);
        const reach = reachability(workloads);
        workloads.forEach((caller, at) => {
          workloads.slice(at + 1).forEach((later) => {
            if (calls(caller, later) && !reach(later, caller))
              throw new Error(`${caller.identity} calls ${later.identity}, which is up after it`);
          });
        });
      }),
    );
  });

  it("starts at boot who is called before who calls, on each host, and never round in a ring", () => {
    fc.assert(
      fc.property(labs, ({ config, catalogue }) => {
        const { workloads } = planLab(config, catalogue);
        const reach = reachability(workloads);
        workloads.forEach((caller, at) => {
          const called = workloads.filter((other) => other.host === caller.host && calls(caller, other));
          const waitsFor = called.filter(({ name }) => caller.after.includes(name));
          expect(waitsFor).toHaveLength(caller.after.length);
          expect(waitsFor).toEqual(expect.arrayContaining(called.filter((other) => !reach(other, caller))));
          for (const other of waitsFor) expect(workloads.indexOf(other)).toBeLessThan(at);
        });
      }),
    );
  });

  it("takes turns in that order, and otherwise by tier", () => {
    fc.assert(
      fc.property(labs, ({ config, catalogue }) => {
        const { workloads } = planLab(config, catalogue);
        const reach = reachability(workloads);
        const tiers = ["core", "important", "optional"];
        for (const one of workloads) {
          for (const other of workloads) {
            if (calls(one, other) && !reach(other, one)) expect(other.turn).toBeLessThan(one.turn);
            const called = workloads.some((caller) => reach(caller, one) || reach(caller, other));
            const earlier = tiers.indexOf(one.definition.tier) < tiers.indexOf(other.definition.tier);
            if (!called && earlier) expect(one.turn).toBeLessThan(other.turn);
          }
        }
      }),
    );
  });

  it("lets in exactly who calls, and the health check of the host", () => {
    fc.assert(
      fc.property(labs, ({ config, catalogue }) => {
        const { workloads } = planLab(config, catalogue);
        for (const callee of workloads) {
          const callers = workloads.filter(({ calls }) =>
            calls.some((call) => "workload" in call && call.workload === callee.name && call.host === callee.host),
          );
          const expected = [`health.${callee.host}.lab.home.arpa`, ...callers.map(({ identity }) => identity)].sort();
          expect(callee.ports[0]?.clients).toEqual(expected);
          for (const caller of callers) {
            const address = caller === callee ? "127.0.0.1" : callee.address;
            expect(caller.hosts).toContainEqual({ name: callee.identity, address });
          }
        }
      }),
    );
  });

  it("is the same whatever the order of keys and of the catalogue", () => {
    fc.assert(
      fc.property(labs, ({ config, catalogue }) => {
        const [one, other] = [planLab(config, catalogue), planLab(reversed(config), [...catalogue].reverse())];
        expect(other.hash).toBe(one.hash);
        expect(other.workloads).toEqual(one.workloads);
      }),
    );
  });

  it("does not change for the others when a workload comes", () => {
    fc.assert(
      fc.property(labs, fc.integer({ min: 0, max: 255 }), ({ config, catalogue }, network) => {
        fc.pre(!catalogue.some((other) => other.network === network));
        const before = planLab(config, catalogue);
        const placement = { aaa: Object.keys(config.hosts).slice(0, 1), ...config.placement };
        const after = planLab({ ...config, placement }, [definition("aaa", network), ...catalogue]);
        expect(after.workloads.filter(({ name }) => name !== "aaa")).toEqual(before.workloads);
        expect(after.hash).not.toBe(before.hash);
      }),
    );
  });
});

/** Whether one calls another itself. */
function calls(from: PlacedWorkload, to: PlacedWorkload): boolean {
  return from.calls.some((call) => "workload" in call && call.workload === to.name && call.host === to.host);
}

/** Whether one calls another, directly or through others. */
function reachability(workloads: readonly PlacedWorkload[]): (from: PlacedWorkload, to: PlacedWorkload) => boolean {
  const next = (from: PlacedWorkload) => workloads.filter((to) => calls(from, to));
  return (from, to) => {
    const seen = new Set<PlacedWorkload>();
    const queue = next(from);
    for (let found = queue.pop(); found; found = queue.pop()) {
      if (found === to) return true;
      if (!seen.has(found)) queue.push(...next(found));
      seen.add(found);
    }
    return false;
  };
}
