import { afterEach, describe, expect, it, vi } from "vitest";
import { type UciInputs, UNREAD } from "../../../providers/uci/inputs.ts";
import * as provider from "../../../providers/uci/provider.ts";
import { type FakeSsh, fakeSsh } from "../fake-ssh.ts";
import { inputs, router } from "./example.ts";
import type { FakeUci } from "./fake-uci.ts";

let ssh: FakeSsh | undefined;
afterEach(() => ssh?.remove());

const declared = inputs({
  sections: { "network.lan": { type: "interface" }, "wireless.default_radio0": { type: "wifi-iface" } },
  settings: { "network.lan.mtu": "1400" },
  secrets: { "wireless.default_radio0.key": "so say we all" },
});
const before = {
  "network.lan": { was: "named lan", options: { mtu: [] } },
  "wireless.default_radio0": { was: "named default_radio0", options: { key: "correct horse" } },
} as const;
const outputs = { ...declared, before, unmanaged: [] };

/** The example router with the declared change made. */
function changed(): FakeUci {
  const device = router();
  device.batch("set network.lan.mtu='1400'\nset wireless.default_radio0.key='so say we all'\n");
  return device;
}

const print = (text: string) => `cat <<'END OF ANSWER'\n${text}END OF ANSWER`;
const reading = (device: FakeUci, ...further: string[]) =>
  device.reading().replace("== end\n", [...further.map((line) => `== ${line}\n`), "== end\n"].join(""));

/** A device that is read, takes a change, and is read back by who then says what to do. */
function device(found: string, applied: string, back: string): FakeSsh {
  const talk = `${print(back)}\nread -r verdict; echo "$verdict" > verdict.$call; stdin=$verdict; echo "== \${verdict}ed"; cat > stdin.$call <verdict.$call`;
  ssh = fakeSsh(`case $call in\n1) ${print(found)}\n;;\n2) ${applied}\n;;\n*) ${talk}\n;;\nesac`, [3]);
  return ssh;
}

describe("check", () => {
  it("refuses in the preview what cannot be sent, for the member that holds it", async () => {
    const wrong = { ...declared, secrets: { "wireless.default_radio0.key": "a\u0001" } };
    const { failures } = await provider.check({}, wrong);
    expect(failures).toEqual([{ property: "secrets", reason: expect.stringContaining("control byte") }]);
  });

  it("does not judge what Pulumi does not know yet", async () => {
    const unknown = { ...declared, secrets: { "wireless.default_radio0.key": "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } };
    expect((await provider.check({}, unknown)).failures).toEqual([]);
  });

  it("notes what a change cuts off and which secrets it changes, and keeps that while nothing changes", async () => {
    const first = (await provider.check({}, declared)).inputs;
    expect(first.interrupts).toContain("Wi-Fi");
    expect(first.changedSecrets).toEqual(["wireless.default_radio0.key"]);
    expect((await provider.check(first, declared)).inputs).toEqual(first);
    const second = (await provider.check(first, { ...declared, settings: { "network.lan.mtu": "1500" } })).inputs;
    expect(second.interrupts).toContain("network.lan.mtu");
    expect(second.interrupts).not.toContain("Wi-Fi");
    expect(second.changedSecrets).toEqual([]);
    const third = (await provider.check(second, { ...second, confirmWithinSeconds: 90 })).inputs;
    expect(third.interrupts).toBe("");
  });
});

describe("diff", () => {
  it("is empty for what is in state already, and sees each member, without a session", async () => {
    ssh = fakeSsh("exit 255");
    const probes = [{ name: "how a change is judged", command: ["true"] }];
    const noted = { ...declared, interrupts: "noted", changedSecrets: ["noted"], probes };
    expect(await provider.diff("apollo", outputs, noted)).toEqual({ changes: false });
    const changes: Partial<UciInputs>[] = [
      { settings: { "network.lan.mtu": "1500" } },
      { secrets: {} },
      { order: { network: ["lan"] } },
      { software: [{ name: "sqm-scripts" }] },
      { device: { ...declared.device, address: "192.168.10.1" } },
    ];
    for (const change of changes) {
      expect(await provider.diff("apollo", outputs, { ...declared, ...change })).toEqual({ changes: true });
    }
    expect(ssh.calls()).toEqual([]);
  });
});

describe("create and update", () => {
  it("cost three sessions, with secrets on stdin only, the last over a connection of its own", async () => {
    const calls = device(reading(router()), "echo '== switched'", reading(changed())).calls;
    const { id, outs } = await provider.create(declared);
    expect(id).toBe("apollo");
    expect(outs).toEqual({ ...declared, before, unmanaged: [] });
    expect(calls()).toHaveLength(3);
    expect(
      calls()
        .map(({ args }) => args)
        .join(),
    ).not.toMatch(/so say we all|correct horse/);
    expect(calls()[1]?.stdin).toMatch(
      /^2 [0-9a-f]{64}\n0{64} {2}\/etc\/config\/network\n0{64} {2}\/etc\/config\/wireless\nset network\.lan\.mtu='1400'\nset wireless/,
    );
    expect(calls().map(({ args }) => args.includes("ControlPath=none"))).toEqual([false, false, true]);
    expect(calls()[2]?.stdin).toBe("confirm\n");
  });

  it("name the tunnels that have to be started anew", async () => {
    const tunnel = router();
    tunnel.batch("set network.wg0='interface'\nset network.wg0.proto='wireguard'\n");
    const found = reading(tunnel);
    tunnel.batch("set network.phone='wireguard_wg0'\nset network.phone.public_key='p'\n");
    const { calls } = device(found, "echo '== switched'", reading(tunnel));
    const sections = { "network.phone": { type: "wireguard_wg0" } };
    await provider.create(inputs({ sections, settings: { "network.phone.public_key": "p" } }));
    expect(calls()[1]?.args).toMatch(/ 60 75 55 network wg0$/);
  });

  it("cost one session where the device is as declared", async () => {
    const calls = device(reading(changed()), "exit 9", "").calls;
    await provider.update("apollo", outputs, declared);
    expect(calls()).toHaveLength(1);
  });

  it.each<[string, () => string, RegExp]>([
    [
      "read back otherwise",
      () => {
        const half = router();
        half.batch("set network.lan.mtu='1280'\n");
        return reading(half);
      },
      /network\.lan\.mtu has another value[\s\S]*Not kept:\n {2}network\.lan\.mtu: \(none\) → 1400/,
    ],
    [
      "found as it was before",
      () => reading(router()),
      /could not be reached after the change, or not in time\. It has gone back/,
    ],
    ["a probe that fails", () => reading(changed(), "probe 0"), /not so: the internet can be reached/],
    ["services that reload without end", () => reading(changed(), "unsettled"), /its services were still reloading/],
  ])("have the device go back after %s", async (_, back, message) => {
    const probes = [{ name: "the internet can be reached", command: ["true"] }];
    const calls = device(reading(router()), "echo '== switched'", back()).calls;
    const failure = provider.create({ ...declared, probes }).catch((error: Error) => error.message);
    expect(await failure).toMatch(message);
    expect(await failure).not.toMatch(/so say we all|correct horse/);
    expect(calls()[1]?.args).toContain("true >&2 </dev/null || say probe 0");
    expect(calls()[2]?.stdin).toBe("revert\n");
  });

  it.each([
    ["changed", /changed by somebody else in this moment/],
    ["busy", /another update is trying/],
    ["dropped", /not all of them arrived/],
    ["apply 2", /ubus code 2/],
  ])("say so when the device refuses: %s", async (word, message) => {
    device(reading(router()), `echo '== refused ${word}'`, "");
    await expect(provider.create(declared)).rejects.toThrow(message);
    expect(ssh?.calls()).toHaveLength(2);
  });

  it.each([
    ["staged network cli", /not committed/],
    ["staged network session", /LuCI/],
    ["pending", /nobody has confirmed/],
    ["shadow network", /hides \/etc\/config\/network/],
    ["full /tmp 12", /\/tmp has only 12 KiB/],
    ["norpcd", /rpcd.*does not answer/],
    ["unreadable network", /cannot be read by uci/],
    ["trial", /another update is trying/],
  ])("send nothing where %s stands in the way", async (word, message) => {
    device(reading(router(), word), "exit 9", "");
    await expect(provider.create(declared)).rejects.toThrow(message);
    expect(ssh?.calls()).toHaveLength(1);
  });

  it("send nothing to an old release, to what is no OpenWrt, or where the path would go", async () => {
    for (const [line, message] of [
      ["== release 21.02.7", "23.05 or newer"],
      ["== release ", "no OpenWrt"],
    ] as const) {
      device(reading(router()).replace("== release 24.10.4", line), "exit 9", "");
      await expect(provider.create(declared)).rejects.toThrow(message);
      ssh?.remove();
    }
    device(reading(router()), "exit 9", "");
    const moved = { ...declared, settings: { "network.lan.ipaddr": "192.168.10.1" } };
    await expect(provider.create(moved)).rejects.toThrow(
      /path that it is made over:\n {2}network\.lan loses.*\nIf you mean it, set allow/,
    );
    expect(ssh?.calls()).toHaveLength(1);
  });

  it("find out what came of a change over a new connection when the one that it was sent over breaks", async () => {
    device(reading(router()), "exit 255", reading(changed()));
    await provider.create(declared);
    expect(ssh?.calls()[2]?.stdin).toBe("confirm\n");
  });

  it("ask over one more connection where services still reloaded when the last one came in", async () => {
    const talk = `${print(reading(changed()))}\nread -r verdict; echo "$verdict" > stdin.$call; echo "== \${verdict}ed"`;
    const script = `1) ${print(reading(router()))}\n;;\n2) exit 255 ;;\n3) : >stdin.3; printf '== version 1\\n== early\\n' ;;\n*) ${talk}\n;;`;
    ssh = fakeSsh(`case $call in\n${script}\nesac`, [3, 4]);
    await provider.create(declared);
    expect(ssh.calls()[3]).toEqual({ args: expect.stringContaining("ControlPath=none"), stdin: "confirm\n" });
  });

  it("end at once when the change could not be sent at all", async () => {
    device(reading(router()), "echo 'ssh: connect to host 192.168.1.1 port 22: No route to host' >&2; exit 255", "");
    await expect(provider.create(declared)).rejects.toThrow(/cannot be reached.*\n.*homelab:routers\.apollo\.address/);
    expect(ssh?.calls()).toHaveLength(2);
  });

  it("fail before a change where software could not be installed, and say what was", async () => {
    device(reading(router(), "software wpad-mbedtls", "installed wpad-mbedtls wpad-basic-mbedtls"), "exit 9", "");
    const software = [{ name: "wpad-mbedtls", replaces: "wpad-basic-mbedtls" }, { name: "sqm-scripts" }];
    await expect(provider.create({ ...declared, software })).rejects.toThrow(
      "apollo: nothing was changed but that wpad-mbedtls in place of wpad-basic-mbedtls was installed: sqm-scripts could not be",
    );
  });

  it("say first what stood in the way of software, too", async () => {
    device(reading(router(), "staged network cli"), "exit 9", "");
    await expect(provider.create({ ...declared, software: [{ name: "sqm-scripts" }] })).rejects.toThrow(/not committed/);
  });

  it("say what was installed where the change itself is refused after that", async () => {
    device(reading(router(), "software sqm-scripts", "installed sqm-scripts "), "exit 9", "");
    const moved = { ...declared, software: [{ name: "sqm-scripts" }], settings: { "network.lan.ipaddr": "192.168.10.1" } };
    await expect(provider.create(moved)).rejects.toThrow(
      /but that sqm-scripts was installed: the change would take away the path/,
    );
  });

  it("go to the new address afterwards, and find a device there that was moved before", async () => {
    const there = { ...declared.device, address: "192.168.10.1" };
    const settings = { "network.lan.ipaddr": "192.168.10.1" };
    const moved = inputs({
      device: there,
      sections: { "network.lan": { type: "interface" } },
      settings,
      allowManagementPathChange: true,
    });
    const after = router();
    after.batch("set network.lan.ipaddr='192.168.10.1'\n");
    const calls = device(reading(router()), "echo '== switched'", reading(after)).calls;
    const olds = { ...inputs(), before: {}, unmanaged: [] };
    await provider.update("apollo", olds, moved);
    expect(calls().map(({ args }) => /root@(\S+)/.exec(args)?.[1])).toEqual(["192.168.1.1", "192.168.1.1", "192.168.10.1"]);
    ssh?.remove();

    ssh = fakeSsh(`case "$*" in *root@192.168.1.1*) exit 255 ;; esac\n${print(reading(after))}`);
    expect((await provider.update("apollo", olds, moved)).outs.device.address).toBe("192.168.10.1");
    expect(ssh.calls()).toHaveLength(2);
  });
});

describe("read", () => {
  const readAs = async (found: FakeUci, ...further: string[]) => {
    ssh = fakeSsh(print(reading(found, ...further)));
    const result = await provider.read("apollo", outputs);
    expect(ssh.calls()).toHaveLength(1);
    return result;
  };

  it("finds nothing to report where all is as declared", async () => {
    const { props, inputs: found } = await readAs(changed());
    expect(found).toEqual(declared);
    expect(await provider.diff("apollo", props, declared)).toEqual({ changes: false });
  });

  it("takes it as the state has it, without a session, where the key at hand opens no router", async () => {
    ssh = fakeSsh("exit 255");
    vi.stubEnv(UNREAD, "yes");
    const { props, inputs: found } = await provider.read("apollo", outputs);
    vi.unstubAllEnvs();
    expect({ props, found }).toEqual({ props: outputs, found: declared });
    expect(ssh.calls()).toEqual([]);
  });

  it("shows an option changed by hand with both values, and a secret one with neither", async () => {
    const found = changed();
    found.batch("set network.lan.mtu='1280'\nset wireless.default_radio0.key='by hand'\n");
    const { props, inputs: seen } = await readAs(found);
    expect(seen.settings).toEqual({ "network.lan.mtu": "1280" });
    expect(seen.secrets).toEqual({});
    expect(seen.found).toEqual({ "wireless.default_radio0.key": "its secret value is another" });
    expect(await provider.diff("apollo", props, declared)).toEqual({ changes: true });
  });

  it("shows options and sections that are gone", async () => {
    const found = changed();
    found.batch("delete network.lan.mtu\ndelete wireless.default_radio0\n");
    const { inputs: seen } = await readAs(found);
    expect(seen.settings).toEqual({});
    expect(Object.keys(seen.sections)).toEqual(["network.lan"]);
  });

  it("shows a section that must not be there and is, also where there are two of it", async () => {
    const absent = { "network.guest": { type: "interface" }, "dhcp.hosts": { type: "host", match: {} } };
    const olds = { ...outputs, absent };
    ssh = fakeSsh(print(reading(changed())));
    const { props } = await provider.read("apollo", olds);
    expect(props.absent).toEqual({ "network.guest": { type: "interface" } });
    expect(await provider.diff("apollo", props, { ...declared, absent })).toEqual({ changes: true });
  });

  it("names sections made by hand, of the types that are declared, without their ids", async () => {
    const found = changed();
    found.batch("set network.guest='interface'\nset wireless.x='wifi-iface'\n");
    const { props } = await readAs(found);
    expect(props.unmanaged).toEqual(["network.guest (interface)", "wireless.x (wifi-iface)"]);
  });

  it("fails, and leaves state alone, when the device does not answer or is not whole", async () => {
    ssh = fakeSsh("exit 255");
    await expect(provider.read("apollo", outputs)).rejects.toThrow("the connection to apollo (192.168.1.1, port 22) broke off");
    ssh.remove();
    ssh = fakeSsh("echo '== version 1'");
    await expect(provider.read("apollo", outputs)).rejects.toThrow("no complete answer");
  });
});

describe("delete", () => {
  it("gives back what was found", async () => {
    const calls = device(reading(changed()), "echo '== switched'", reading(router())).calls;
    await provider.delete("apollo", outputs);
    expect(calls()[1]?.stdin).toContain("delete network.lan.mtu\nset wireless.default_radio0.key='correct horse'\n");
    expect(calls()[2]?.stdin).toBe("confirm\n");
  });
});
