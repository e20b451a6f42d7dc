import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { quote } from "../../../providers/ssh.ts";
import { applyCommand, applyInput, confirmCommand, readCommand } from "../../../providers/uci/scripts.ts";

const packages = ["dhcp", "dropbear", "firewall", "network", "prometheus-node-exporter-lua", "sqm", "system", "wireless"];
const probe = { name: "it is quoted", command: ["test", "it's $(id)", "=", "x"] };
const probes = Array.from({ length: 8 }, () => probe);
const commands = {
  read: readCommand(packages, [{ name: "sqm-scripts" }, { name: "wpad-mbedtls", replaces: "wpad-basic-mbedtls" }], true),
  apply: applyCommand("0f8fad5b-d9cb-469f-a165-70867728950e", 60, 75, 55, packages, { tunnels: ["wg0", "wg1"], probes }),
  confirm: confirmCommand("0f8fad5b-d9cb-469f-a165-70867728950e", packages, probes, 55),
};

describe.each(Object.entries(commands))("the script to %s", (_, words) => {
  const text = words[2] ?? "";

  it("is shorter than what dropbear takes", () => {
    expect(Buffer.byteLength(words.map(quote).join(" "))).toBeLessThan(8_500);
  });

  it("is POSIX shell: no arrays, no [[, no local, no process substitution", () => {
    execFileSync("sh", ["-n"], { input: text });
    expect(text).not.toMatch(/\[\[ |<\(|^\s*(local|function|declare) |\$\{\w+\[/m);
  });
});

it("a probe's words reach it as they are", () => {
  const text = confirmCommand("x", [], [{ name: "n", command: ["printf", "%s|", "it's $(id)", "-n", "a b"] }], 0)[2] ?? "";
  const probe = `${text.slice(0, text.indexOf("\n}") + 2)}\nprobes 2>&1`;
  expect(execFileSync("sh", ["-c", probe], { encoding: "utf8" })).toBe("it's $(id)|-n|a b|");
});

it("the input of a change names the files that it is for", () => {
  expect(applyInput(["dhcp", "sqm"], ["ab", undefined], "cd", "set dhcp.x='y'\n")).toBe(
    "2 cd\nab  /etc/config/dhcp\n- sqm\nset dhcp.x='y'\n",
  );
});
