/**
 * The simulated router as a whole: what the lab's way of changing a router meets there. How its programs behave is the recordings'
 * business (`replay.test.ts`); this is about connections that really break, and about what a device does besides.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../../../operations/shell.ts";
import { instanceOf, type SimulatedHost } from "../../../rehearsal/simulation/instance.ts";
import { cutPower } from "../../../rehearsal/simulation/pi.ts";
import { atSerialPort, fill, lacksStandIn, onRouter, startRouter } from "../../../rehearsal/simulation/router.ts";
import { removeLab } from "../../../rehearsal/simulation/up.ts";
import { testInstances } from "../../support/lab.ts";
import { missing, titled } from "../../validators/prerequisites.ts";

const lacks = missing();
const instance = instanceOf(`${testInstances[0]}-routers`);

describe.skipIf(lacks !== undefined)(titled("a simulated router", lacks), () => {
  let router: SimulatedHost;

  beforeAll(async () => {
    router = await startRouter(instance, "apollo");
  });
  afterAll(() => removeLab(instance));

  /** Runs a command that has to succeed. */
  async function on(command: string, options: { readonly input?: string; readonly address?: string } = {}): Promise<string> {
    const { status, stdout, stderr } = await onRouter(instance, router, command, options);
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: "" });
    return stdout.trimEnd();
  }

  /** Stages a batch in a session of its own and applies it; returns the session. */
  async function apply(batch: string, timeout: number): Promise<string> {
    const session = JSON.parse(await on(`ubus -S call session create '{"timeout":120}'`)).ubus_rpc_session;
    const own = `"ubus_rpc_session":"${session}"`;
    await on(`ubus call session grant '{${own},"scope":"uci","objects":[["*","read"],["*","write"]]}'`);
    await on(`uci -t /var/run/rpcd/uci-${session} batch`, { input: batch });
    await on(`ubus call uci apply '{${own},"rollback":true,"timeout":${timeout}}'`);
    return session;
  }

  const reachable = async (address = router.address) => (await onRouter(instance, router, "true", { address })).status === 0;
  const until = (what: string, probe: () => Promise<boolean>) => waitFor(what, 60, async () => (await probe()) || undefined);
  const elsewhere = () => router.address.replace(/\d+$/, "41");

  test("is an OpenWrt device, fresh from its box", async () => {
    expect(await on(". /etc/openwrt_release && echo $DISTRIB_ID")).toBe("OpenWrt");
    expect(await on("uci show network.lan")).toContain(`network.lan.ipaddr='${router.address}'`);
    expect(await on("uci changes")).toBe("");
    expect((await on("ubus list")).split("\n")).toEqual(expect.arrayContaining(["service", "session", "system", "uci"]));
    expect(await on("fw4 check && echo accepted")).toContain("accepted");
    // Without it the lock of a change would lock nothing, and say nothing.
    expect(await on("(flock 9; flock -n /tmp/mine echo mine || echo theirs) 9>/tmp/mine; flock -n /tmp/mine echo mine")).toBe(
      "theirs\nmine",
    );
  });

  test("a change of address moves it, and it stays there when confirmed from the new one", async () => {
    const session = await apply(`set network.lan.ipaddr='${elsewhere()}'\n`, 60);
    await until("the router answers at its new address", () => reachable(elsewhere()));
    expect(await reachable()).toBe(false);
    await on(`ubus call uci confirm '{"ubus_rpc_session":"${session}"}'`, { address: elsewhere() });

    await on(`uci set network.lan.ipaddr='${router.address}' && uci commit network && reload_config`, { address: elsewhere() });
    await until("the router is back at its first address", () => reachable());
  });

  test("a change that lets nobody in any more is taken back by the device", async () => {
    await apply("set firewall.@zone[0].input='DROP'\n", 8);
    await until("the router is cut off", async () => !(await reachable()));
    await until("the router answers again", () => reachable());
    expect(await on("uci get firewall.@zone[0].input")).toBe("ACCEPT");
  });

  test("a bad word in a rule leaves the rules as they were, though the reload succeeds", async () => {
    const before = await on("nft list ruleset");
    await on(`uci batch && uci commit firewall && /etc/init.d/firewall reload 2>/dev/null`, {
      input: "add firewall rule\nset firewall.@rule[-1].src='lan'\nset firewall.@rule[-1].target='ACEPT'\n",
    });
    expect(await on("nft list ruleset")).toBe(before);
    expect((await onRouter(instance, router, "fw4 check")).status).not.toBe(0);
    await on("uci delete firewall.@rule[-1] && uci commit firewall && fw4 check");
  });

  test("rpcd that is killed while a change is pending comes back and has forgotten it", async () => {
    const session = await apply("set system.@system[0].hostname='renamed'\n", 5);
    await on("kill -9 $(pidof rpcd)");
    expect((await onRouter(instance, router, "ubus -S list session")).status).toBe(4);
    await on("ubus -t 30 wait_for session uci");
    expect((await onRouter(instance, router, `ubus -S call uci confirm '{"ubus_rpc_session":"${session}"}'`)).status).toBe(5);
    expect(await on("uci get system.@system[0].hostname")).toBe("renamed");
    expect(await on("ls /var/run/rpcd/snapshot-files")).toBe("system");
  });

  test("a full flash is not noticed by anyone: the commit succeeds and the file is empty, until the power is cut", async () => {
    // Rounds up to further blocks than the file has, which a full disk cannot give.
    await on("uci set system.@system[0].description=$(head -c 6000 /dev/zero | tr '\\0' x)");
    await fill(router, "flash");
    expect(await on("df -kP /etc/config | awk 'END { print $4 }'")).toBe("0");
    expect(await on("uci commit system; echo $?; wc -c </etc/config/system")).toBe("0\n0");
    await cutPower(router);
    await startRouter(instance, "apollo");
    expect(await on("uci get system.@system[0].hostname")).toBe("renamed");
  });

  test("a power cut empties its memory, not its flash, and runs what was left for the next start", async () => {
    await on("uci set system.@system[0].hostname='kept' && uci commit system && touch /tmp/lost && uci set network.lan.mtu=1400");
    await on("cat >/etc/uci-defaults/99-test", { input: "echo ran >/etc/ran\n" });
    await cutPower(router);
    await startRouter(instance, "apollo");
    expect(await on("hostname; ls /tmp/lost 2>/dev/null; uci changes; cat /etc/ran; ls /etc/uci-defaults")).toBe("kept\nran");
  });

  test("packages can be installed after the lists were fetched", async ({ skip }) => {
    // There it would ask OpenWrt's servers, and cannot become another release.
    const reason = await lacksStandIn(router);
    if (reason !== undefined) skip(reason);
    expect((await onRouter(instance, router, "opkg install sqm-scripts")).status).toBe(255);
    await on("opkg update && opkg install sqm-scripts");
    expect(await on("opkg status sqm-scripts")).toMatch(/^Status:.* installed$/m);
    await on("/usr/lib/rehearsal/become-25.12 && apk update && apk add qrencode");
    expect(await on("apk info -e qrencode; apk info -e sqm-scripts; command -v opkg || echo none")).toBe(
      "qrencode\nsqm-scripts\nnone",
    );
  });

  test("a person at its serial port gets in when nobody else does", async () => {
    await on("uci set dropbear.main.enable=0 && uci commit dropbear && reload_config");
    await until("dropbear has ended", async () => !(await reachable()));
    expect(await atSerialPort(router, "uci set dropbear.main.enable=1 && uci commit dropbear && reload_config")).toMatchObject({
      status: 0,
    });
    await until("the router answers again", () => reachable());
  });
});
