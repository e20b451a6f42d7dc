import { describeChange } from "../simulation/changes.ts";
import { expect, type Scene } from "./scene.ts";

/** A router is changed as a whole, and goes back by itself when nobody reaches it any more. */
export const routers: Scene = {
  name: "routers",
  title: "Two routers fresh from their boxes are set up; one that a change cuts off goes back by itself, and `up` says so",
  look: "lab/routers; providers/uci; on a router: uci show",
  async play({ lab, tell }) {
    const stack = lab.plan().config.primary;
    const preview = async () => (await lab.previewChanges(stack)).map(describeChange).join("\n");
    try {
      await lab.addRouters();
      await lab.up(stack);
      const changes = await lab.previewChanges(stack, { refresh: true });
      expect(changes.length === 0, `After the set-up a preview would change:\n${changes.map(describeChange).join("\n")}`);
      tell(`set up, and as declared: ${(await lab.onRouter("apollo", "uci show dhcp | grep -c =domain")).trim()} names, for one`);

      lab.editProject((document) => {
        const port = document.createNode({ tagged: ["lan"] });
        document.setIn(["config", "homelab:routers", "value", "apollo", "ports", "lan1"], port);
      });
      const before = await lab.onRouter("apollo", "uci get network.vlan1.ports");
      const { status, stdout } = await lab.pulumi(["up", "--yes", "--skip-preview", "--stack", stack]);
      expect(status !== 0, "The update to a router that nobody reaches any more is said to have worked.");
      const said =
        /apollo could not be reached after the change/.test(stdout) && /It has gone back by itself.*/.exec(stdout)?.[0];
      expect(typeof said === "string", `The update does not say what became of the router:\n${stdout}`);
      tell(`its only cable in another VLAN: the update failed. "${said}"`);
      const after = await lab.onRouter("apollo", "uci get network.vlan1.ports");
      expect(after === before, `The router has ${after} in place of ${before}.`);
      expect((await preview()).includes("apollo"), "The next preview does not show the change any more.");
      tell("It answers, as before; the next preview still shows the change.");
    } finally {
      lab.resetConfig();
      await lab.up(stack);
      await lab.removeRouters();
    }
  },
};
