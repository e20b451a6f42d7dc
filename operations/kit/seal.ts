import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { armor, Decrypter, Encrypter } from "age-encryption";
import { packTar, unpackTar } from "modern-tar";
import { messageOf } from "../command.ts";

/** Files as one encrypted text: a tar.gz in the format of age (age-encryption.org), so that a person opens it without us. */

/** Files by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** It does not open: another passphrase, or it is damaged. */
export class CannotOpen extends Error {}

/** The passphrase of the lab's stacks, as Pulumi is told it; what it protects there, it protects here. */
export function passphraseOf(env: NodeJS.ProcessEnv): string {
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
  const passphrase = env.PULUMI_CONFIG_PASSPHRASE ?? (file ? readFileSync(file, "utf8").trim() : "");
  if (passphrase !== "") return passphrase;
  throw new Error(
    "There is no passphrase to encrypt with: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, as for Pulumi.",
  );
}

/** Encrypts files; the text is of age's ASCII armor. */
export async function seal(files: Files, passphrase: string): Promise<string> {
  const entries = Object.entries(files).map(([name, data]) => {
    const body = Buffer.from(data);
    return { header: { name, size: body.length, mode: 0o600 }, body };
  });
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  return armor.encode(await encrypter.encrypt(gzipSync(await packTar(entries))));
}

/**
 * Opens what {@link seal} made; contents by path.
 * @throws {CannotOpen} with what may be wrong
 */
export async function open(text: string, passphrase: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  let archive: Uint8Array;
  try {
    archive = await decrypter.decrypt(armor.decode(text));
  } catch (error) {
    throw new CannotOpen(`It does not open: another passphrase, or the file is damaged (${messageOf(error)}).`);
  }
  const entries = await unpackTar(gunzipSync(archive));
  return new Map(entries.map(({ header: { name }, data }) => [name, data ?? new Uint8Array()]));
}
