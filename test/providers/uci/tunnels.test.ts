import { describe, expect, it } from "vitest";
import { parseReading } from "../../../providers/uci/reading.ts";
import { staleTunnels } from "../../../providers/uci/tunnels.ts";
import { FakeUci } from "./fake-uci.ts";

/** A router with two tunnels: one with two peers, one without. */
const before = () =>
  new FakeUci({
    network: [
      { name: "lan", type: "interface", options: { proto: "static", ipaddr: "192.168.1.1" } },
      { name: "wg0", type: "interface", options: { proto: "wireguard", private_key: "a", addresses: ["10.0.0.1/24"] } },
      { name: "wg1", type: "interface", options: { proto: "wireguard", private_key: "b" } },
      { name: "phone", type: "wireguard_wg0", options: { public_key: "p", allowed_ips: ["10.0.0.2/32"] } },
      { type: "wireguard_wg0", options: { public_key: "l", allowed_ips: ["10.0.0.3/32"] } },
    ],
  });

function staleAfter(batch: string): readonly string[] {
  const after = before();
  expect(after.batch(batch).errors).toEqual([]);
  const [then, now] = [before(), after].map((device) => parseReading("apollo", device.reading()).packages);
  return staleTunnels(then ?? new Map(), now ?? new Map());
}

describe("a tunnel is stale, since netifd does not see it, when", () => {
  it.each([
    ["a peer is removed", "delete network.phone"],
    ["a peer gets another key", "set network.phone.public_key='q'"],
    ["a peer gets another address", "add_list network.phone.allowed_ips='10.0.0.9/32'"],
    ["a peer comes", "set network.tablet='wireguard_wg0'\nset network.tablet.public_key='t'"],
    ["it gets another address itself", "add_list network.wg0.addresses='fd00::1/64'"],
    ["something is said of it that its script alone reads", "set network.wg0.nohostroute='1'"],
  ])("%s", (_, batch) => {
    expect(staleAfter(`${batch}\n`)).toEqual(["wg0"]);
  });

  it("its first peer comes, and only then", () => {
    expect(staleAfter("set network.tablet='wireguard_wg1'\n")).toEqual(["wg1"]);
  });
});

describe("no tunnel is stale when", () => {
  it.each([
    ["nothing changes", ""],
    [
      "netifd sees the change itself",
      "set network.wg0.private_key='c'\nset network.wg0.listen_port='51821'\nset network.wg1.mtu='1400'\n",
    ],
    ["a peer only gets another name", "rename network.phone='telephone'\n"],
    [
      "it comes, or goes, with its peers",
      "delete network.wg0\ndelete network.phone\nset network.wg2='interface'\nset network.wg2.proto='wireguard'\n",
    ],
    ["it becomes an interface of another kind", "set network.wg0.proto='none'\ndelete network.phone\n"],
    ["something else changes", "set network.lan.mtu='1400'\nset network.other='wireguard_wg9'\n"],
  ])("%s", (_, batch) => {
    expect(staleAfter(batch)).toEqual([]);
  });
});
