import { Home } from "./home.ts";
import { expect, type Scene } from "./scene.ts";

/** A router is changed as a whole, and goes back by itself when nobody reaches it any more. */
export const routers: Scene = {
  name: "routers",
  title:
    "Two routers fresh from their boxes are set up and changed; one that a change cuts off goes back by itself, and `up` says so",
  look: "lab/routers; providers/uci; on a router: uci show",
  async play({ lab, tell }) {
    const home = new Home(lab);
    const up = ["up", "--yes", "--skip-preview"];
    await home.withRouters(async () => {
      await home.expectAsDeclared();
      tell(`set up, and as declared: ${await lab.onRouter("apollo", "uci show dhcp | grep -c =domain")} names, for one`);
      tell(`nothing to do: an \`up\` opens no session on a router (${await home.sessions(...up)})`);

      const address = lab.instance.subnet.replace("0/24", "31");
      home.set("network", ["leases", "printer"], { mac: "02:00:5e:10:00:31", address });
      const lines = await home.previewLines();
      expect(
        lines.some((line) => line.includes("dhcp.lease_printer.ip")),
        `The preview does not show it:\n${lines.join("\n")}`,
      );
      tell(["a printer gets an address of its own:", ...lines.map((line) => `  ${line}`)].join("\n"));
      tell(`applied, in three sessions on the router that it is for (${await home.sessions(...up)})`);
      expect((await lab.onRouter("apollo", "uci get dhcp.lease_printer.ip")) === address, "The router does not have it.");

      home.set("routers", ["apollo", "ports", "lan1"], { tagged: ["lan"] });
      const before = await lab.onRouter("apollo", "uci get network.vlan1.ports");
      const text = await home.failedUp();
      const said = /apollo could not be reached after the change/.test(text) && /It has gone back by itself.*/.exec(text)?.[0];
      expect(typeof said === "string", `The update does not say what became of the router:\n${text}`);
      tell(`its only cable in another VLAN: the update failed. "${said}"`);
      const after = await lab.onRouter("apollo", "uci get network.vlan1.ports");
      expect(after === before, `The router has ${after} in place of ${before}.`);
      const still = (await home.previewLines()).filter((line) => line.includes("network.vlan1.ports"));
      expect(still.length > 0, "The next preview does not show the change any more.");
      tell("It answers, as before; the next preview still shows the change.");
    });
  },
};
