import { createHash, createPrivateKey, createPublicKey } from "node:crypto";

/*
 * WireGuard's keys are 32 bytes in base64. They are made from random text, and the same text always makes the same key.
 */

/** What stands before the 32 bytes of an X25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");

/**
 * A private key: 32 bytes with the bits set and cleared that Curve25519 wants (RFC 7748, section 5), as `wg genkey` makes it.
 * @param text random, with at least 256 bits of entropy
 */
export function wireguardPrivateKey(text: string): string {
  const bytes = hashed(text);
  bytes.writeUInt8(bytes.readUInt8(0) & 0xf8, 0);
  bytes.writeUInt8((bytes.readUInt8(31) & 0x7f) | 0x40, 31);
  return bytes.toString("base64");
}

/** The key that router and peer share, as `wg genpsk` makes it: any 32 bytes. */
export function wireguardSharedKey(text: string): string {
  return hashed(text).toString("base64");
}

/** The public key of a private one, as `wg pubkey` says it. */
export function wireguardPublicKey(privateKey: string): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.from(privateKey, "base64")]), format: "der", type: "pkcs8" });
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
}

function hashed(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
