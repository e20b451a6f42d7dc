import fc from "fast-check";
import { expect, it } from "vitest";
import { planLab } from "../../../lab/plan.ts";
import { homeFor } from "../../../operations/import-router/search.ts";
import { planChange } from "../../../providers/uci/diff.ts";
import { type Value, valueProblem } from "../../../providers/uci/model.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { renderBatch } from "../../../providers/uci/render.ts";
import { firstLab } from "../../lab/fixtures.ts";
import { FakeUci } from "../../providers/uci/fake-uci.ts";

/*
 * Whatever a device has: with what the import writes, it is as declared, and nothing of it is lost.
 */

const text = fc
  .oneof(
    fc.constantFrom(
      "lan",
      "wan",
      "br-lan",
      "br-lan.5",
      "192.168.1.1",
      "255.255.255.0",
      "1",
      "lan1:u* lan2:t",
      "02:00:5e:10:00:0a",
    ),
    fc.constantFrom("it's", "$(reboot)", "a\nb", "é €", "== end", "- ", "null", "*"),
    fc.string({ minLength: 1, maxLength: 6 }),
  )
  .filter((value) => value !== "" && valueProblem(value) === undefined);
const value: fc.Arbitrary<Value> = fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));

const KINDS = {
  network: {
    types: ["interface", "device", "bridge-vlan", "wireguard_wg0"],
    options: ["device", "proto", "ipaddr", "netmask", "name", "ports", "vlan", "private_key"],
  },
  firewall: {
    types: ["zone", "rule", "redirect", "forwarding", "defaults"],
    options: ["name", "network", "src", "dest", "src_dport", "dest_ip", "target"],
  },
  dhcp: { types: ["dnsmasq", "dhcp", "host", "domain"], options: ["interface", "start", "limit", "name", "mac", "ip", "domain"] },
  wireless: {
    types: ["wifi-device", "wifi-iface"],
    options: ["device", "band", "channel", "htmode", "ssid", "network", "mode", "encryption", "key"],
  },
} as const;

const sections = ({ types, options }: { types: readonly string[]; options: readonly string[] }) =>
  fc.uniqueArray(
    fc.record(
      {
        name: fc.option(fc.constantFrom("lan", "wan", "radio0", "default_radio0", "guests", "bridge", "constructor"), {
          nil: undefined,
        }),
        type: fc.constantFrom(...types),
        options: fc.dictionary(fc.constantFrom(...options), value, { maxKeys: 5 }),
      },
      { requiredKeys: ["type", "options"] },
    ),
    { maxLength: 5, selector: ({ name }) => name ?? Symbol("without a name") },
  );
const device = fc.record({
  network: sections(KINDS.network),
  firewall: sections(KINDS.firewall),
  dhcp: sections(KINDS.dhcp),
  wireless: sections(KINDS.wireless),
});

const named = ({ name, ...rest }: { name?: string | undefined; type: string; options: Record<string, Value> }) =>
  name === undefined ? rest : { name, ...rest };

it("what is written changes nothing but names, and has every value that the device has", () => {
  const plan = planLab(firstLab);
  fc.assert(
    fc.property(device, (found) => {
      const packages = Object.entries(found).map(([name, all]) => [name, all.map(named)] as const);
      const fake = new FakeUci(Object.fromEntries(packages));
      const read = () => parseReading("apollo", fake.reading()).packages;
      const before = read();
      const home = homeFor(
        plan,
        {},
        { name: "apollo", address: "192.168.1.1", port: 22, packages: before },
        { software: [], secrets: {} },
      );
      const values = Object.entries(home.part.secrets).map(([place, secret]) => [place, home.secrets[secret] ?? ""]);
      const declared = { ...home.part, secrets: Object.fromEntries(values), released: "remove" as const };
      const { operations } = planChange(before, {}, declared);
      expect(operations.filter(({ kind }) => kind !== "rename")).toEqual([]);
      expect(fake.batch(renderBatch(operations)).errors).toEqual([]);
      const after = read();
      expect(planChange(after, {}, declared).operations).toEqual([]);
      expect(declared.software).toEqual([]);
      let lists = 0;
      for (const [name, all] of after) {
        for (const { id, anonymous, options } of all) {
          const key = `${name}.${id}`;
          const isLeft = anonymous || home.left.some((line) => line.startsWith(`${key}:`));
          for (const [option, one] of isLeft ? [] : options) {
            const place = `${key}.${option}`;
            // A list with a secret is in clear nowhere.
            if (typeof one !== "string" && ["key", "private_key"].includes(option)) {
              expect([place, declared.settings[place], declared.secrets[place]]).toEqual([place, undefined, undefined]);
              lists += 1;
              continue;
            }
            expect([place, declared.settings[place] ?? declared.secrets[place]]).toEqual([place, one]);
          }
        }
      }
      expect(home.left.filter((line) => line.includes("is a list with a secret")).length).toBeGreaterThanOrEqual(lists);
      const nameless = [...after.values()].flat().filter(({ anonymous }) => anonymous).length;
      expect(home.left.length).toBeGreaterThanOrEqual(nameless);
    }),
    { numRuns: 60 },
  );
});
