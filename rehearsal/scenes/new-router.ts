import { Home } from "./home.ts";
import { expect, type Scene } from "./scene.ts";

const ROUTER = "apollo";

/** A router breaks; a new one takes its place and becomes what it was. */
export const newRouter: Scene = {
  name: "new-router",
  title: "A router dies; a new one, fresh from its box, becomes what it was, from the same code and with the same passwords",
  look: "docs/configuration.md: homelab:routerKeys; components/home-network.ts",
  async play({ lab, tell }) {
    const home = new Home(lab);
    await home.withRouters(async () => {
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
    });
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
