import { vlanHome } from "../simulation/home.ts";
import { Home } from "./home.ts";
import { expect, type Scene } from "./scene.ts";

const ROUTER = "apollo";

/** A home has VLANs from the beginning. Then a router breaks; a new one takes its place and becomes what it was. */
export const newRouter: Scene = {
  name: "new-router",
  title:
    "Two routers fresh from their boxes get VLANs at once; one dies, and a new one becomes what it was, with the same passwords",
  look: "docs/network.md: A new home; docs/configuration.md: homelab:routerKeys; lab/routers/stock.ts",
  async play({ lab, tell }) {
    const home = new Home(lab);
    const play = async () => {
      for (const { name, address } of lab.instance.routers) {
        const addresses = await lab.onRouter(name, "ip -4 -o addr show | awk '{ print $4, $2 }'");
        expect(addresses.includes(`${address}/24 br-lan.10`), `${name} is not in VLAN 10:\n${addresses}`);
        expect(addresses.split(`${address}/`).length === 2, `${name} has its address twice:\n${addresses}`);
        const left = await lab.onRouter(name, "uci show network.lan; uci show firewall | grep \"='lan'\"; true");
        expect(left === "", `${name} still has OpenWrt's own network:\n${left}`);
      }
      await home.expectAsDeclared();
      tell("set up: both have VLANs, OpenWrt's own network is gone, and they answer where they were");

      const before = await lab.onRouter(ROUTER, CONFIGURATION);
      await lab.removeRouters(ROUTER);
      const { status, stdout } = await lab.pulumi(["preview", "--refresh", "--stack", home.stack]);
      expect(status !== 0 && stdout.includes(`${ROUTER} (`), `A preview with --refresh does not miss the router:\n${stdout}`);
      tell(`${ROUTER} is gone: preview --refresh says so, and changes nothing`);

      await lab.replaceRouter(ROUTER);
      const fresh = await lab.onRouter(ROUTER, CONFIGURATION);
      expect(fresh !== before, "The new router is not a fresh one.");
      const refused = await home.failedUp("--refresh");
      expect(refused.includes("shows another ssh host key"), `The update does not notice that it is another router:\n${refused}`);
      expect((await lab.onRouter(ROUTER, CONFIGURATION)) === fresh, "A router that nobody vouches for was changed.");
      tell("A new one stands in its place: it has another host key, so nothing is done.");

      lab.pinRouterKeys();
      await lab.up(home.stack);
      const after = await lab.onRouter(ROUTER, CONFIGURATION);
      expect(after === before, `The new router differs:\n${differing(before, after)}`);
      await home.expectAsDeclared();
      tell(`Its key pinned, one \`up\` later: ${after.split("\n").length} lines of configuration, all as on the old one.`);
    };
    await home.withRouters(play, vlanHome);
  },
};

/** What a router has, by name: the sections that have none, and their order, are no business of the lab's. */
const CONFIGURATION = "uci show | grep -v '@' | sort";

function differing(before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const without = (lines: readonly string[], others: readonly string[]) => lines.filter((line) => !others.includes(line));
  // Values may be passwords.
  const places = [...without(old, now), ...without(now, old)].map((line) => line.split("=")[0]);
  return [...new Set(places)].join("\n");
}
