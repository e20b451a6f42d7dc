import { attempt, waitFor } from "../../operations/shell.ts";
import { bridgeOf } from "../simulation/network.ts";
import { hardwareAddress } from "../simulation/pi.ts";
import { plugPi, plugPiBack, wireOf, withPlainBridges } from "../simulation/plugs.ts";
import { atSerialPort, routerOf } from "../simulation/router.ts";
import { atAddress } from "../simulation/ssh.ts";
import { tryFirewall } from "./firewall-trial.ts";
import { Home } from "./home.ts";
import { expect, NotRehearsed, type Scene, type Stage } from "./scene.ts";

/** The VLANs of the home by kind, which is their name too. */
const TAGS = { management: 10, servers: 20, users: 30, iot: 40, storage: 50 } as const;
type Kind = keyof typeof TAGS;

/** A flat home gets VLANs, step by step; each step is seen before it is made, and nothing is lost on the way. */
export const vlans: Scene = {
  name: "vlans",
  title: "A flat home moves to VLANs, its Pis get other addresses, and then nobody reaches what they should not",
  look: "docs/rehearsal.md; lab/routers; on a router: nft list ruleset",
  async play(stage) {
    const { lab } = stage;
    const home = new Home(lab);
    const move = new Move(stage, home);
    const inVlans = async () => {
      try {
        await move.expectWires();
        await move.addVlans();
        await move.moveRouters();
        await move.moveLaptop();
        await move.movePis();
        await move.removeFlatNetwork();
        await home.expectAsDeclared();
        stage.tell(await tryFirewall(lab));
      } finally {
        await move.undo();
      }
    };
    await withPlainBridges(() => home.withRouters(inVlans));
    for (const { name } of lab.instance.hosts) await lab.up(name);
  },
};

/** The way from the flat home to its VLANs. This machine is the operator's laptop, which changes its network too. */
class Move {
  private readonly stage: Stage;
  private readonly home: Home;
  private readonly addresses = new Map<string, string>();

  constructor(stage: Stage, home: Home) {
    this.stage = stage;
    this.home = home;
    const { hosts, routers } = stage.lab.instance;
    for (const { name, address } of [...hosts, ...routers]) this.addresses.set(name, address);
  }

  /** The stand-ins take a wire for a tag; OpenWrt's own image does not. */
  async expectWires(): Promise<void> {
    const { status } = await atSerialPort(routerOf(this.lab.instance, "apollo"), "test -d /sys/class/net/lan1.20");
    if (status !== 0) throw new NotRehearsed("OpenWrt's own image wants tags on its cable, which the rehearsal has not.");
  }

  /** The VLANs come beside the flat network, in which everything stays. */
  async addVlans(): Promise<void> {
    const { hosts, internet, registryAddress } = this.lab.instance;
    // The registry is in the flat network, and plays the internet: the way to it is the internet line.
    const way = `ip route replace ${registryAddress} via ${internet.subnet.replace("0/24", "1")} dev wan`;
    expect((await atSerialPort(routerOf(this.lab.instance, "apollo"), way)).status === 0, "apollo has no internet line.");
    for (const [kind, id] of Object.entries(TAGS)) {
      const { subnet } = wireOf(this.lab.instance, id);
      const routed = kind === "storage" ? {} : { subnet, pool: "100-199" };
      this.home.set("network", ["vlans", kind], { id, kind, ...routed });
    }
    this.home.set("network", ["leases"], {
      laptop: { mac: "02:00:5e:10:00:30", address: this.laptop },
      ...Object.fromEntries(
        hosts.map((host, index) => [host.name, { mac: hardwareAddress(host), address: this.in("servers", 11 + index) }]),
      ),
    });
    this.home.set("network", ["operators"], ["laptop"]);
    this.home.set("network", ["outwards"], {
      registry: { reason: "images", port: 5000, address: registryAddress },
    });
    this.ports({ untagged: "lan", tagged: Object.keys(TAGS) });
    await this.up("The VLANs come beside the flat network; everything stays where it is", /network\.\w+\.ipaddr|lease_\w+\.ip/);
  }

  /** Routers get their addresses for management. They are reached there from the flat network, which may go everywhere. */
  async moveRouters(): Promise<void> {
    await this.route(this.lab.instance.subnet.replace("0/24", "1"), ["management", "servers"]);
    for (const [name, number] of [
      ["apollo", 1],
      ["gaeta", 3],
    ] as const) {
      this.home.set("routers", [name, "address"], this.in("management", number));
      this.addresses.set(name, this.in("management", number));
    }
    await this.up("The routers move to VLAN 10", /network\.(lan|management)\.(ipaddr|proto)|dropbear\.main/);
  }

  /** The laptop's cable goes into VLAN 30. From there only operators reach routers and Pis. */
  async moveLaptop(): Promise<void> {
    const { network } = wireOf(this.lab.instance, TAGS.users);
    await ip("addr", "replace", `${this.laptop}/24`, "dev", bridgeOf(network));
    await this.route(this.in("users", 1), ["management", "servers", "iot"]);
    await this.expectReached(["apollo", "gaeta"]);
    this.stage.tell(`The laptop (this machine) is in VLAN 30 now, at ${this.laptop}, and reaches the routers as an operator.`);
  }

  /** The Pis' cables go into VLAN 20, where their new addresses wait for them; then the lab is told. */
  async movePis(): Promise<void> {
    const { hosts } = this.lab.instance;
    for (const [index, host] of hosts.entries()) {
      await plugPi(this.lab.instance, host, TAGS.servers);
      this.addresses.set(host.name, this.in("servers", 11 + index));
    }
    this.lab.editProject((document) => {
      for (const { name } of hosts) {
        document.setIn(["config", "homelab:hosts", "value", name, "address"], this.addresses.get(name));
      }
    });
    await this.up(
      "The Pis are plugged into VLAN 20 and are called by their new addresses",
      /dhcp\.name_\w+\.ip|firewall\.\w+\.dest_ip/,
    );
    for (const { name } of hosts.filter((host) => host.name !== this.home.stack)) await this.lab.up(name);
    await this.expectReached([...this.addresses.keys()]);
    for (const { name } of hosts) {
      const changes = await this.lab.previewChanges(name, { refresh: true });
      expect(changes.length === 0, `${name} is not as declared: ${changes.map((change) => change.name).join(", ")}`);
    }
  }

  /** Nobody is left in the flat network: it goes. */
  async removeFlatNetwork(): Promise<void> {
    this.lab.editProject((document) => document.deleteIn(["config", "homelab:network", "value", "vlans", "lan"]));
    this.home.set("network", ["wifi", "home", "vlan"], "users");
    this.ports({ tagged: Object.keys(TAGS) });
    for (const { name } of this.lab.instance.routers) this.home.set("routers", [name, "allowManagementPathChange"], false);
    await this.up("The flat network goes", /(network|firewall)\.(lan|zone_lan)\.\w+/);
  }

  /** Puts this machine and the Pis back to where they were. */
  async undo(): Promise<void> {
    const { instance } = this.lab;
    for (const kind of ["management", "servers", "iot"] as const) await ip("route", "del", this.subnet(kind));
    await ip("addr", "del", `${this.laptop}/24`, "dev", bridgeOf(wireOf(instance, TAGS.users).network));
    for (const host of instance.hosts) await plugPiBack(instance, host, TAGS.servers);
  }

  private get lab(): Stage["lab"] {
    return this.stage.lab;
  }

  /** The laptop's address among the users. */
  private get laptop(): string {
    return this.in("users", 30);
  }

  private subnet(kind: Kind): string {
    return wireOf(this.lab.instance, TAGS[kind]).subnet;
  }

  private in(kind: Kind, number: number): string {
    return this.subnet(kind).replace("0/24", String(number));
  }

  /** What both routers' cable carries. */
  private ports(lan1: { readonly untagged?: string; readonly tagged: readonly string[] }): void {
    for (const { name } of this.lab.instance.routers) this.home.set("routers", [name, "ports"], { lan1 });
  }

  private async route(router: string, kinds: readonly Kind[]): Promise<void> {
    for (const kind of kinds) {
      const { status, stderr } = await ip("route", "replace", this.subnet(kind), "via", router);
      expect(status === 0, `This machine takes no route to VLAN ${TAGS[kind]}: ${stderr}`);
    }
  }

  /** Shows a step as the preview does, makes it, and looks whether all machines that have been there are still there. */
  private async up(title: string, telling: RegExp): Promise<void> {
    const lines = await this.home.previewLines();
    const some = lines.filter((line) => telling.test(line));
    expect(some.length > 0, `The preview does not show it:\n${lines.join("\n")}`);
    const more = lines.length - Math.min(some.length, SHOWN);
    this.stage.tell([`${title}:`, ...some.slice(0, SHOWN).map((line) => `  ${line}`), `  and ${more} lines more`].join("\n"));
    await this.lab.up(this.home.stack);
    await this.expectReached([...this.addresses.keys()]);
  }

  private async expectReached(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const address = this.addresses.get(name) ?? "";
      await waitFor(`${name} is reached at ${address}`, 30, async () =>
        (await atAddress(this.lab.instance, name, address, "true")).status === 0 ? true : undefined,
      );
    }
  }
}

/** How many lines of a preview a step shows. */
const SHOWN = 6;

function ip(...words: readonly string[]): ReturnType<typeof attempt> {
  return attempt("ip", words);
}
