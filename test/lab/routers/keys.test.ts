import fc from "fast-check";
import { expect, it } from "vitest";
import { wireguardPrivateKey, wireguardPublicKey, wireguardSharedKey } from "../../../lab/routers/keys.ts";

const KEY = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

it("makes the public key of a private one", () => {
  // Worked out with an implementation of RFC 7748 written for this, in Python.
  const publicKey = "laDJg05wF+2zHIFCQeCZREzqq4luKr+eIV1Z8thk6Xk=";
  expect(wireguardPublicKey("dwdtCnMYpX08FsFyUbJmRcbC9qWh0PGywdjuWbHC0+Q=")).toBe(publicKey);
});

it("makes private keys that Curve25519 takes as they are", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bytes = Buffer.from(wireguardPrivateKey(text), "base64");
      expect(bytes).toHaveLength(32);
      expect(bytes.readUInt8(0) % 8).toBe(0);
      expect(bytes.readUInt8(31) >> 6).toBe(1);
    }),
  );
});

it("makes the same key of the same text, another of another, and nothing that shows the text", () => {
  for (const make of [wireguardPrivateKey, wireguardSharedKey]) {
    expect(make("a long text")).toMatch(KEY);
    expect(make("a long text")).toBe(make("a long text"));
    expect(make("a long text")).not.toBe(make("another text"));
    expect(Buffer.from(make("a long text"), "base64").toString()).not.toContain("long");
  }
});
