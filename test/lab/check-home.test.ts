import { describe, expect, it } from "vitest";
import { checkLab } from "../../lab/check.ts";
import { type LabConfig, RESTIC, type StackConfig } from "../../lab/model.ts";
import type { RoutersConfig } from "../../lab/routers/model.ts";
import { HOST_KEY, stackOf } from "./fixtures.ts";
import { apollo, config as home, plan } from "./routers/example.ts";

const lab: LabConfig = { ...plan.config, home };
const keys = { apollo: HOST_KEY, gaeta: HOST_KEY };

const withRouters = (routers: RoutersConfig["routers"]): LabConfig => ({ ...lab, home: { ...home, routers } });

/** File, path and message of what is wrong with network and routers. */
function problems(config: LabConfig, changes: Partial<StackConfig> = { routerKeys: keys }): readonly string[] {
  const stack = { ...stackOf(changes.host ?? "adama"), ...changes };
  const images = Object.fromEntries(Object.entries(stack.images).filter(([name]) => config.placement[name] || name === RESTIC));
  return checkLab(config, { ...stack, images }).map(({ file, path, message }) => `${file} ${path} ${message}`);
}

it("finds nothing wrong with a home whose keys are known, nor with a lab without one", () => {
  expect(problems(lab)).toEqual([]);
  expect(problems(plan.config, {})).toEqual([]);
});

it("asks for the keys in the primary stack only", () => {
  expect(problems(withRouters({ apollo: apollo({ hostKey: "unset" }) }))).toEqual([
    expect.stringMatching(/^Pulumi\.adama\.yaml homelab:routerKeys\.gaeta is the key of no router/),
    expect.stringMatching(/^Pulumi\.adama\.yaml homelab:routerKeys\.apollo is not known yet/),
  ]);
  expect(problems(withRouters({ apollo: apollo({ hostKey: "unset" }) }), { host: "starbuck" })).toEqual([]);
});

describe("refuses", () => {
  it("routers without a network", () => {
    const written = { hosts: ["adama", "starbuck"], images: [], network: false, routers: ["apollo"] };
    const paths = checkLab(plan.config, stackOf("adama"), written).map(({ path }) => path);
    expect(paths).toContain("homelab:network");
  });

  it("what does not fit together", () => {
    expect(problems(withRouters({ apollo: apollo({ wan: undefined }) }), { routerKeys: { apollo: HOST_KEY } })).toEqual([
      "Pulumi.yaml homelab:routers.apollo.wan is missing",
    ]);
  });

  it("a secret that was given for nothing, and one that only the router had and nobody gives", () => {
    const section = { type: "wifi-iface", options: {}, secrets: ["key"] };
    const own = { software: [], sections: { "wireless.guests": section }, order: {}, without: [] };
    const own1 = withRouters({ ...home.routers, apollo: apollo({ own }) });
    expect(problems(own1, { routerKeys: keys, secrets: ["wifi.home", "wifi.hoem"] })).toEqual([
      "Pulumi.adama.yaml secret:wifi.hoem is no secret of this stack's routers",
      "Pulumi.adama.yaml secret:own.apollo.wireless.guests.key is missing: only the router had it",
    ]);
    expect(problems(own1, { routerKeys: keys, secrets: ["own.apollo.wireless.guests.key"] })).toEqual([]);
  });

  it.each([
    ["192.168.30.0/24", "users (192.168.30.0/24)"],
    ["192.168.60.0/28", "wireguard (192.168.60.0/24)"],
  ])("containers in %s, which is a network of the home: ssh to the Pi would end there", (containerSubnet, network) => {
    const { adama } = lab.hosts;
    if (!adama) throw new Error("The example has no adama.");
    const found = problems({ ...lab, hosts: { ...lab.hosts, adama: { ...adama, containerSubnet } } });
    expect(found).toContainEqual(`Pulumi.yaml homelab:hosts.adama.containerSubnet overlaps with the network ${network}`);
  });

  it("a key in another stack", () => {
    expect(problems(lab, { host: "starbuck", routerKeys: { apollo: HOST_KEY } })).toEqual([
      "Pulumi.starbuck.yaml homelab:routerKeys.apollo does not belong here",
    ]);
  });

  it("a router with the name of a host or a workload", () => {
    const found = problems(
      withRouters({ apollo: apollo(), nginx: { ...apollo(), role: "access-point", address: "192.168.10.3" } }),
      {
        routerKeys: { apollo: HOST_KEY },
      },
    );
    expect(found).toContainEqual(expect.stringMatching(/homelab:routers\.nginx has the name of a host or a workload/));
  });
});
