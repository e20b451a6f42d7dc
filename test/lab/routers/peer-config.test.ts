import { describe, expect, it } from "vitest";
import type { WireguardConfig } from "../../../lab/routers/model.ts";
import { peerConfig } from "../../../lab/routers/peer-config.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { secretsFor } from "../../../lab/routers/secrets.ts";
import { config, network, plan } from "./example.ts";

const peers = { phone: { address: "192.168.60.2" }, tablet: { address: "192.168.60.3" } };
const wireguard: WireguardConfig = { endpoint: "home.example.org", port: 51820, subnet: "192.168.60.0/24", peers };
const home = { ...config, network: network({ wireguard, operators: ["phone"] }) };
const keys = { privateKey: "private", presharedKey: "shared", publicKey: "public" };

describe("the configuration of a device that comes in", () => {
  it("is what WireGuard's apps read, with all networks in which it may reach something", () => {
    expect(peerConfig("phone", plan, home, wireguard, keys)).toBe(`[Interface]
PrivateKey = private
Address = 192.168.60.2/32
DNS = 192.168.60.1, lab.home.arpa

[Peer]
PublicKey = public
PresharedKey = shared
Endpoint = home.example.org:51820
AllowedIPs = 192.168.60.1/32, 192.168.10.0/24, 192.168.20.0/24
PersistentKeepalive = 25
`);
  });

  it("of who is no operator leads to the lab's pages alone", () => {
    expect(peerConfig("tablet", plan, home, wireguard, keys)).toContain("AllowedIPs = 192.168.60.1/32, 192.168.20.0/24\n");
  });

  it("of a device with a key of its own leaves that to it", () => {
    const text = peerConfig("phone", plan, home, wireguard, { ...keys, privateKey: undefined });
    expect(text).toContain("PrivateKey = the one that this device keeps to itself\n");
  });
});

it("the router knows a peer without a public key by its name, and gets the public key of the one that the lab makes", () => {
  const apollo = planRouters(plan, home).routers.find(({ name }) => name === "apollo");
  expect(apollo?.part.sections["network.peer_phone"]).toEqual({ type: "wireguard_wg0", match: { description: "phone" } });
  expect(apollo?.part.settings).not.toHaveProperty(["network.peer_phone.public_key"]);
  expect(apollo?.part.secrets).toMatchObject({ "network.peer_phone.public_key": "wireguard-public.phone" });
  const needed = apollo ? secretsFor(apollo.part) : [];
  expect(needed).toContain("wireguard-key.phone");
  expect(needed).not.toContain("wireguard-public.phone");
});
