import { describe, expect, it } from "vitest";
import { planChange } from "../../../providers/uci/diff.ts";
import { Refusal } from "../../../providers/uci/identity.ts";
import type { Before, UciInputs } from "../../../providers/uci/inputs.ts";
import type { Packages, Value } from "../../../providers/uci/model.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { renderBatch, renderChanges } from "../../../providers/uci/render.ts";
import { inputs, router } from "./example.ts";
import { type FakeUci, plain } from "./fake-uci.ts";

const read = (device: FakeUci): Packages => parseReading("apollo", device.reading()).packages;

/** Makes a change as the provider does, and holds what it sends against what the device says. */
function apply(device: FakeUci, known: Readonly<Record<string, Before>>, declared: UciInputs) {
  const change = planChange(read(device), known, declared);
  const { changes, errors } = device.batch(renderBatch(change.operations));
  expect(errors).toEqual([]);
  for (const [name, text] of changes) expect(renderChanges(change.operations, [name])).toBe(text);
  expect(plain(read(device))).toEqual(plain(change.after));
  return change;
}

function option(device: FakeUci, name: string, section: string, key: string): Value | undefined {
  return read(device)
    .get(name)
    ?.find(({ id, anonymous }) => id === section && !anonymous)
    ?.options.get(key);
}

const lan = { sections: { "network.lan": { type: "interface" } } };

describe("an option", () => {
  it("is changed alone, and everything else is left as it is", () => {
    const device = router();
    const before = plain(read(device));
    const declared = inputs({ ...lan, settings: { "network.lan.ipaddr": "192.168.10.1" } });
    const { operations } = apply(device, {}, declared);
    expect(renderBatch(operations)).toBe("set network.lan.ipaddr='192.168.10.1'\n");
    const expected = structuredClone(before);
    expected.network?.splice(2, 1, {
      name: "lan",
      type: "interface",
      options: { device: "br-lan.1", ip6assign: "60", ipaddr: "192.168.10.1", netmask: "255.255.255.0", proto: "static" },
    });
    expect(plain(read(device))).toEqual(expected);
  });

  it("needs nothing where it is as declared, and its order in the file does not matter", () => {
    const settings = { "network.lan.netmask": "255.255.255.0", "network.lan.ipaddr": "192.168.1.1" };
    expect(planChange(read(router()), {}, inputs({ ...lan, settings })).operations).toEqual([]);
  });

  it("is removed where it is declared empty, and an empty one that is not there needs nothing", () => {
    const device = router();
    const declared = inputs({ ...lan, settings: { "network.lan.ip6assign": "", "network.lan.dns": [] } });
    expect(renderBatch(apply(device, {}, declared).operations)).toBe("delete network.lan.ip6assign\n");
  });

  it("and a list of one are two things", () => {
    const device = router();
    const declared = inputs({ ...lan, settings: { "network.lan.ipaddr": ["192.168.1.1"] } });
    expect(renderBatch(apply(device, {}, declared).operations)).toBe(
      "delete network.lan.ipaddr\nadd_list network.lan.ipaddr='192.168.1.1'\n",
    );
    expect(planChange(read(device), {}, declared).operations).toEqual([]);
    apply(device, {}, inputs({ ...lan, settings: { "network.lan.ipaddr": "192.168.1.1" } }));
    expect(option(device, "network", "lan", "ipaddr")).toBe("192.168.1.1");
  });
});

describe("an option that the program no longer names", () => {
  const declared = inputs({ ...lan, settings: { "network.lan.ip6assign": "64", "network.lan.mtu": "1400" } });
  const without = inputs({ ...lan, settings: {} });

  it("gets the value that was found before, or is removed where there was none", () => {
    const device = router();
    const { before } = apply(device, {}, declared);
    expect(before).toEqual({ "network.lan": { was: "named lan", options: { ip6assign: "60", mtu: [] } } });
    const later = apply(device, before, without);
    expect(option(device, "network", "lan", "ip6assign")).toBe("60");
    expect(option(device, "network", "lan", "mtu")).toBeUndefined();
    expect(later.before).toEqual({ "network.lan": { was: "named lan", options: {} } });
  });

  it("is removed where the program says so", () => {
    const device = router();
    const { before } = apply(device, {}, declared);
    apply(device, before, { ...without, released: "remove" });
    expect(option(device, "network", "lan", "ip6assign")).toBeUndefined();
  });

  it("gets the first value found, not one of ours, however often it was changed", () => {
    const device = router();
    const first = apply(device, {}, declared);
    const second = apply(device, first.before, inputs({ ...lan, settings: { "network.lan.ip6assign": "48" } }));
    apply(device, second.before, without);
    expect(option(device, "network", "lan", "ip6assign")).toBe("60");
  });
});

describe("a section", () => {
  const zone = { "firewall.lan": { type: "zone", match: { name: "lan" } } };
  const starbuck = { "dhcp.starbuck": { type: "host", match: { mac: "02:00:5e:10:00:0b" } } };

  it("without a name is known by its natural key, and gets its name", () => {
    const device = router();
    const declared = inputs({ sections: { ...starbuck, ...zone }, settings: { "dhcp.starbuck.ip": "192.168.20.3" } });
    const { operations, before } = apply(device, {}, declared);
    expect(renderBatch(operations)).toBe(
      "rename dhcp.cfg03fe63='starbuck'\nrename firewall.cfg02dc81='lan'\nset dhcp.starbuck.ip='192.168.20.3'\n",
    );
    expect(before["dhcp.starbuck"]).toEqual({ was: "anonymous", options: { ip: "192.168.1.3" } });
    expect(JSON.stringify(before)).not.toContain("cfg");
    expect(planChange(read(device), before, declared).operations).toEqual([]);
  });

  it("is found by one address of several in a text", () => {
    const match = { mac: "02:00:5e:10:00:29" };
    const { operations } = planChange(read(router()), {}, inputs({ sections: { "dhcp.printer": { type: "host", match } } }));
    expect(renderBatch(operations)).toBe("rename dhcp.cfg04fe63='printer'\n");
  });

  it("is the only one of its type where nothing more is said", () => {
    const device = router();
    const sections = { "dhcp.dnsmasq": { type: "dnsmasq", match: {} } };
    apply(device, {}, inputs({ sections, settings: { "dhcp.dnsmasq.domain": "lab.home.arpa" } }));
    expect(option(device, "dhcp", "dnsmasq", "domain")).toBe("lab.home.arpa");
  });

  it("of another name keeps its name when it is given back", () => {
    const device = router();
    const sections = { "firewall.dns": { type: "rule", match: { name: "Mine" } } };
    const { before } = apply(device, {}, inputs({ sections, settings: { "firewall.dns.target": "DROP" } }));
    expect(before["firewall.dns"]?.was).toBe("named by_hand");
    apply(device, before, inputs());
    expect(option(device, "firewall", "by_hand", "target")).toBe("ACCEPT");
  });

  it("that we made goes with everything in it, also what a person added", () => {
    const device = router();
    const sections = { "network.iot": { type: "interface" } };
    const { before } = apply(device, {}, inputs({ sections, settings: { "network.iot.proto": "static" } }));
    device.batch("set network.iot.mtu='1400'\n");
    apply(device, before, inputs());
    expect(read(device).get("network")).toHaveLength(3);
  });

  it("that we adopted stays with what the program never named", () => {
    for (const released of ["restore", "remove"] as const) {
      const device = router();
      const declared = inputs({ sections: starbuck, settings: { "dhcp.starbuck.leasetime": "infinite" }, released });
      const { before } = apply(device, {}, declared);
      apply(device, before, inputs({ released }));
      expect(
        read(device)
          .get("dhcp")
          ?.filter(({ type }) => type === "host"),
      ).toHaveLength(2);
      expect(option(device, "dhcp", "starbuck", "leasetime")).toBeUndefined();
      expect(option(device, "dhcp", "starbuck", "ip")).toBe("192.168.1.3");
    }
  });

  it("that we adopted goes where what the program named is removed, and nothing is left of it", () => {
    const device = router();
    const all = {
      "dhcp.starbuck.name": "starbuck",
      "dhcp.starbuck.ip": "192.168.1.3",
      "dhcp.starbuck.mac": ["02:00:5E:10:00:0B"],
    };
    const { before } = apply(device, {}, inputs({ sections: starbuck, settings: all }));
    apply(device, before, inputs({ released: "remove" }));
    expect(
      read(device)
        .get("dhcp")
        ?.map(({ type }) => type),
    ).toEqual(["dnsmasq", "dhcp", "host"]);
  });

  it("that every device has is given back as it was found, whatever is said of all others", () => {
    const device = router();
    device.batch("set wireless.radio0='wifi-device'\nset wireless.radio0.path='soc/wifi'\nset wireless.radio0.disabled='1'\n");
    const declared = inputs({
      sections: { "wireless.radio0": { type: "wifi-device", released: "restore" } },
      settings: { "wireless.radio0.disabled": "0", "wireless.radio0.country": "DE" },
      released: "remove",
    });
    const first = apply(device, {}, declared);
    const second = apply(device, first.before, { ...declared, settings: { "wireless.radio0.country": "DE" } });
    expect(option(device, "wireless", "radio0", "disabled")).toBe("1");
    apply(device, second.before, inputs({ released: "remove" }));
    const options = read(device)
      .get("wireless")
      ?.find(({ id }) => id === "radio0")?.options;
    expect(Object.fromEntries(options ?? [])).toEqual({ path: "soc/wifi", disabled: "1" });
  });

  it("that is called another name in the program is the same one, with what was found in it", () => {
    const device = router();
    const first = apply(device, {}, inputs({ sections: starbuck, settings: { "dhcp.starbuck.ip": "192.168.20.3" } }));
    const sections = { "dhcp.kara": { type: "host", match: { mac: "02:00:5E:10:00:0B" } } };
    const second = apply(device, first.before, inputs({ sections, settings: { "dhcp.kara.ip": "192.168.20.4" } }));
    expect(second.before).toEqual({ "dhcp.kara": { was: "anonymous", options: { ip: "192.168.1.3" } } });
    expect(
      read(device)
        .get("dhcp")
        ?.filter(({ type }) => type === "host"),
    ).toHaveLength(2);
  });

  it("that somebody removed is made again, and then it is ours", () => {
    const device = router();
    const declared = inputs({ sections: starbuck, settings: { "dhcp.starbuck.ip": "192.168.1.3" } });
    const first = apply(device, {}, declared);
    device.batch("delete dhcp.starbuck\n");
    expect(apply(device, first.before, declared).before).toEqual({ "dhcp.starbuck": { was: "created", options: { ip: [] } } });
  });

  it("of another type in the way is refused, and replaced where we made it", () => {
    const device = router();
    const as = (type: string) => inputs({ sections: { "network.lan": { type } }, settings: { "network.lan.name": "x" } });
    expect(() => planChange(read(device), {}, as("device"))).toThrow(/network\.lan is declared as "device".*is a "interface"/);
    const made = (type: string) => inputs({ sections: { "network.x": { type } }, settings: { "network.x.name": "x" } });
    const { before } = apply(device, {}, made("device"));
    apply(device, before, made("interface"));
    expect(read(device).get("network")?.at(-1)).toMatchObject({ id: "x", type: "interface" });
  });

  it("that two of the device's fit is refused, and so are two that are one", () => {
    const device = router();
    device.batch("set dhcp.twin='host'\nadd_list dhcp.twin.mac='02:00:5E:10:00:0B'\n");
    expect(() => planChange(read(device), {}, inputs({ sections: starbuck }))).toThrow(Refusal);
    const both = { ...zone, "firewall.home": { type: "zone", match: { name: "lan" } } };
    expect(() => planChange(read(router()), {}, inputs({ sections: both }))).toThrow("the same section");
  });
});

describe("a section that must not be there", () => {
  const absent = {
    "network.lan": { type: "interface" },
    "firewall.zone_lan": { type: "zone", match: { name: "lan" } },
    "dhcp.guests": { type: "dhcp" },
  };

  it("goes, and then there is nothing to do; a section that somebody declares under another name stays", () => {
    const device = router();
    const { operations, before } = apply(device, {}, inputs({ absent }));
    expect(renderBatch(operations)).toBe("delete network.lan\ndelete firewall.cfg02dc81\n");
    expect(planChange(read(device), before, inputs({ absent })).operations).toEqual([]);
    const sections = { "firewall.home": { type: "zone", match: { name: "lan" } } };
    expect(renderBatch(planChange(read(router()), {}, inputs({ sections, absent })).operations)).toBe(
      "delete network.lan\nrename firewall.cfg02dc81='home'\n",
    );
  });

  it("is given back when it may be there again, with what was found before the program first named it", () => {
    const device = router();
    const start = plain(read(device)).network;
    const first = apply(device, {}, inputs({ ...lan, settings: { "network.lan.ip6assign": "64" } }));
    const second = apply(device, first.before, inputs({ absent }));
    expect(second.before["network.lan"]).toMatchObject({ was: "named lan", type: "interface", options: { ip6assign: "60" } });
    apply(device, second.before, inputs());
    expect(plain(read(device)).network).toEqual(start);
  });

  it("is the one that the program called another name before", () => {
    const zone = (key: string) => ({ [key]: { type: "zone", match: { name: "lan" } } });
    for (const released of ["restore", "remove"] as const) {
      const device = router();
      const start = plain(read(device)).firewall;
      const settings = { "firewall.home.input": "REJECT" };
      const first = apply(device, {}, inputs({ sections: zone("firewall.home"), settings, released }));
      const second = apply(device, first.before, inputs({ absent: zone("firewall.zone_lan"), released }));
      expect(read(device).get("firewall")).toHaveLength(4);
      expect(Object.keys(second.before)).toEqual(["firewall.zone_lan"]);
      apply(device, second.before, inputs({ released }));
      const [, zone_lan, ...others] = start ?? [];
      const back = released === "restore" ? [{ ...zone_lan, name: "zone_lan" }] : [];
      expect(plain(read(device)).firewall).toEqual([start?.[0], ...others, ...back]);
    }
  });

  it("is gone for good where that is said, or where we made it", () => {
    const device = router();
    const first = apply(device, {}, inputs({ absent }));
    apply(device, first.before, inputs({ released: "remove" }));
    expect(option(device, "network", "lan", "proto")).toBeUndefined();
    const guests = { "network.guests": { type: "interface" } };
    const made = apply(device, {}, inputs({ sections: guests, settings: { "network.guests.proto": "none" } }));
    const gone = apply(device, made.before, inputs({ absent: guests }));
    expect(gone.before).toEqual({});
    expect(option(device, "network", "guests", "proto")).toBeUndefined();
  });

  it("is left alone where the one of its name is another thing", () => {
    expect(planChange(read(router()), {}, inputs({ absent: { "network.lan": { type: "device" } } })).operations).toEqual([]);
  });
});

describe("order", () => {
  const rule = (name: string) => ({ type: "rule", match: { name } });
  const sections = { "firewall.ping": rule("Allow-Ping"), "firewall.ssh": rule("SSH"), "firewall.dns": rule("Mine") };

  it("is as declared among ours, and sections made by hand stay where they are", () => {
    const device = router();
    const order = { firewall: ["ssh", "dns", "ping"] };
    const { operations } = apply(device, {}, inputs({ sections, settings: { "firewall.ssh.name": "SSH" }, order }));
    const ids = read(device)
      .get("firewall")
      ?.map(({ id }) => id);
    expect(ids?.slice(3)).toEqual(["ssh", "dns", "ping"]);
    expect(ids?.slice(0, 3).every((id) => id.startsWith("cfg"))).toBe(true);
    expect(operations.filter(({ kind }) => kind === "move")).toHaveLength(2);
  });

  it("needs nothing where it is so already", () => {
    const device = router();
    const declared = inputs({ sections, settings: {}, order: { firewall: ["ping", "dns", "ssh"] } });
    const { before } = apply(device, {}, declared);
    expect(planChange(read(device), before, declared).operations).toEqual([]);
  });
});
