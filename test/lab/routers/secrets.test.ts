import { expect, it } from "vitest";
import { wireguardPrivateKey } from "../../../lab/routers/keys.ts";
import { mustBeGiven, ownSecret, secretProblem } from "../../../lab/routers/secrets.ts";

it("a Wi-Fi's passphrase is what Wi-Fi takes: 8 to 63 signs, or 64 hex digits", () => {
  for (const good of ["so say we", "x".repeat(63), "0f".repeat(32)]) expect(secretProblem("wifi.home", good)).toBeUndefined();
  for (const bad of ["", "short", "x".repeat(64), "passwört lang", "two\nlines here"]) {
    expect(secretProblem("wifi.home", bad)).toMatch(/8 to 63/);
    if (bad !== "") expect(secretProblem("wifi.home", bad)).not.toContain(bad);
  }
});

it("WireGuard's keys are keys", () => {
  expect(secretProblem("wireguard", wireguardPrivateKey("x"))).toBeUndefined();
  expect(secretProblem("wireguard.phone", wireguardPrivateKey("x"))).toBeUndefined();
  expect(secretProblem("wireguard.phone", "not a key")).toMatch(/no key of WireGuard/);
});

it("what only one router has can be anything, and nobody can make it", () => {
  const name = ownSecret("apollo", "wireless.guests.key");
  expect([mustBeGiven(name), secretProblem(name, "x")]).toEqual([true, undefined]);
  expect(mustBeGiven("wifi.home")).toBe(false);
});
