import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLab } from "../../../config/files.ts";
import { planLab } from "../../../lab/plan.ts";
import type { RoutersConfig } from "../../../lab/routers/model.ts";
import { type Part, together } from "../../../lab/routers/part.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { danglingReferences } from "../../../lab/routers/references.ts";
import { handMadeNotice } from "../../../lab/routers/stock.ts";
import { planChange } from "../../../providers/uci/diff.ts";
import { pathProblems } from "../../../providers/uci/guard.ts";
import type { Known } from "../../../providers/uci/inputs.ts";
import { type Packages, textOf } from "../../../providers/uci/model.ts";
import { unmanagedSections } from "../../../providers/uci/observed.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { renderBatch } from "../../../providers/uci/render.ts";
import { firewallLetsIn, sshListens } from "../../../providers/uci/ssh-access.ts";
import { repository } from "../../../rehearsal/toolchain/paths.ts";
import { inputs } from "../../providers/uci/example.ts";
import type { FakeUci } from "../../providers/uci/fake-uci.ts";
import { firstLabFolder } from "../../support/first-lab.ts";
import { freshDevice } from "./fresh-device.ts";

/*
 * The home of the first lab on devices fresh from their boxes: all that a person has done by hand is what docs/network.md says
 * ("A new home").
 */

const { lab } = readLab(firstLabFolder);
const home = lab.home as RoutersConfig;
/** What a person's machine has by hand. */
const CLIENT = "192.168.10.30";

/** What a person tells a device: the commands of its block in docs/network.md. */
function byHand(address: string): string {
  const blocks = readFileSync(join(repository, "docs", "network.md"), "utf8").split("```");
  const block = blocks.find((text) => text.includes(`uci set network.lan.ipaddr=${address};`)) ?? "";
  return [...block.matchAll(/uci ((?:set|add_list) [^;\n]*)/g)].map(([, command]) => `${command}\n`).join("");
}

/** A device as OpenWrt makes it at its first start, and somebody gave it its address. */
function fresh(address: string): FakeUci {
  const device = freshDevice();
  expect(device.batch(byHand(address)).errors).toEqual([]);
  return device;
}

const read = (device: FakeUci): Packages => parseReading("apollo", device.reading()).packages;

/** Brings a device to what it must have, as `up` does. */
function up(device: FakeUci, name: string, known: Known = {}, config = home): Known {
  const part = planRouters(planLab(lab), config).routers.find((router) => router.name === name)?.part ?? together([]);
  const secrets = Object.fromEntries(Object.keys(part.secrets).map((place) => [place, "a secret"]));
  const before = read(device);
  const { operations, before: next } = planChange(before, known, { ...part, secrets, released: "remove" });
  expect(device.batch(renderBatch(operations)).errors).toEqual([]);
  expect(planChange(read(device), next, { ...part, secrets, released: "remove" }).operations).toEqual([]);
  return next;
}

/** All that a device has, as a part of a plan. */
function partOf(packages: Packages): Part {
  const all = [...packages].flatMap(([name, sections]) =>
    sections.map((section) => ({ ...section, key: `${name}.${section.id}` })),
  );
  const settings = all.flatMap(({ key, options }) => [...options].map(([option, value]) => [`${key}.${option}`, value] as const));
  return {
    ...together([]),
    sections: Object.fromEntries(all.map(({ key, type }) => [key, { type }])),
    settings: Object.fromEntries(settings),
  };
}

describe.each(["apollo", "gaeta"])("%s, fresh from its box", (name) => {
  const address = home.routers[name]?.address ?? "";
  const device = fresh(address);
  const before = read(device);
  it("has its address, and its way to the software that it has to install, by hand", () => {
    const lan = before.get("network")?.find(({ id }) => id === "lan")?.options;
    expect(lan?.get("ipaddr")).toBe(address);
    expect(lan?.get("gateway")).toBe(name === "gaeta" ? home.routers.apollo?.address : undefined);
  });

  const known = up(device, name);
  const after = read(device);
  const way = { address, port: 22, client: CLIENT };

  it("has each address once: two of a network would be two ways, one of them to nobody", () => {
    const addresses = (after.get("network") ?? []).flatMap(({ id, options }) => {
      const found = textOf(options.get("ipaddr"));
      return found === undefined ? [] : [[found, `${id} ${textOf(options.get("device"))}`] as const];
    });
    expect(new Set(addresses.map(([one]) => one)).size).toBe(addresses.length);
    expect(Object.fromEntries(addresses)[address]).toBe("management br-lan.10");
  });

  it("has nothing left of OpenWrt's own network, and nothing that names it", () => {
    const left = new Map(["network", "firewall", "dhcp"].map((one) => [one, after.get(one) ?? []]));
    expect(danglingReferences(partOf(left))).toEqual([]);
    left.delete("dhcp");
    const texts = [...left.values()].flatMap((sections) =>
      sections.flatMap(({ id, options }) => [id, ...[...options.values()].flat()]),
    );
    expect(texts).not.toContain("lan");
  });

  it("has nothing that anybody would be told of as made by hand, until somebody does that", () => {
    const part = planRouters(planLab(lab), home).routers.find((router) => router.name === name)?.part ?? together([]);
    const noticeOf = (packages: Packages) => handMadeNotice(name, unmanagedSections(inputs({ ...part, secrets: {} }), packages));
    expect(noticeOf(after)).toBeUndefined();
    const guests = { id: "guests", anonymous: false, type: "interface", options: new Map() };
    const more = new Map([...after, ["network", [...(after.get("network") ?? []), guests]]]);
    expect(noticeOf(more)).toMatch(/leaves alone: network\.guests \(interface\)\.\n/);
  });

  it("is reached at its address by whoever set it up, whom the new firewall lets in", () => {
    expect(firewallLetsIn(after, "management", way)).toBe(true);
    expect(sshListens(after, "management", 22)).toBe(true);
    expect(pathProblems(after, after, way)).toEqual([]);
  });

  it("is not changed so by an up that does not say that it is meant", () => {
    expect(pathProblems(before, after, way)).not.toEqual([]);
  });

  it("has its radios as they came, and off, when nobody declares them any more", () => {
    const router = home.routers[name];
    if (!router) throw new Error(`there is no ${name}`);
    up(device, name, known, { ...home, routers: { ...home.routers, [name]: { ...router, radios: {} } } });
    const radios = (packages: Packages) =>
      packages.get("wireless")?.map((section) => ({ ...section, options: Object.fromEntries([...section.options].sort()) }));
    expect(radios(read(device))).toEqual(radios(before));
  });
});
