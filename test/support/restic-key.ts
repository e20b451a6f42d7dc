import { createCipheriv, createHash, randomBytes, scryptSync } from "node:crypto";
import { hostname } from "node:os";
import { LOCAL_REPOSITORY } from "../../lab/backup/plan.ts";
import { BACKUP_DIRECTORY, PASSWORD_FILE } from "../../lab/backup/settings.ts";

const PASSWORD = `${BACKUP_DIRECTORY}/${PASSWORD_FILE}`;

/** restic on the Pi's repository. */
export const RESTIC = `RESTIC_PASSWORD_FILE=${PASSWORD} restic -r ${LOCAL_REPOSITORY} --no-cache`;

/** What `restic cat masterkey` prints, in base64. */
interface MasterKey {
  readonly mac: { readonly k: string; readonly r: string };
  readonly encrypt: string;
}

/** Cost of scrypt, as restic's own tests have it. */
const CHEAP = { N: 128, r: 1, p: 1 };

/**
 * Puts a key that opens at once in place of that of a Pi's repository, which is made if it is not there yet. restic makes its own so
 * that each of its calls takes half a second of processor time, and has no setting for that: it was a third of the time of tests
 * with backups.
 *
 * @param on runs a shell command on the Pi, throws unless its status is 0, gives what it printed.
 */
export async function giveCheapKey(on: (command: string, stdin?: string) => Promise<string>): Promise<void> {
  if ((await on(`grep -ls '"N":${CHEAP.N},' ${LOCAL_REPOSITORY}/keys/*; true`)) !== "") return;
  await on(`test -e ${LOCAL_REPOSITORY} || { mkdir -p $(dirname ${LOCAL_REPOSITORY}) && ${RESTIC} init; }`);
  const password = await on(`cat ${PASSWORD}`);
  const { name, content } = cheapKey(JSON.parse(await on(`${RESTIC} cat masterkey`)), password);
  // The new one first: a timer of the Pi may come in between.
  await on(`cd ${LOCAL_REPOSITORY}/keys && cat >${name} && find . -type f ! -name ${name} -delete`, content);
}

/** Name and content of a file for a repository's `keys`. The format is of restic's design.md, "Keys, Encryption and MAC". */
function cheapKey({ mac, encrypt }: MasterKey, password: string): { name: string; content: string } {
  const salt = randomBytes(64);
  const data = seal(Buffer.from(JSON.stringify({ mac, encrypt })), scryptSync(password, salt, 64, CHEAP));
  const content = JSON.stringify({
    created: new Date().toISOString(),
    username: "test",
    hostname: hostname(),
    kdf: "scrypt",
    ...CHEAP,
    salt: salt.toString("base64"),
    data: data.toString("base64"),
  });
  return { name: createHash("sha256").update(content).digest("hex"), content };
}

/** AES-256-CTR with Poly1305-AES: nonce, ciphertext, tag. The key is that of the encryption (32 bytes), then k and r of the tag's. */
function seal(plain: Buffer, key: Buffer): Buffer {
  const nonce = randomBytes(16);
  const cipher = createCipheriv("aes-256-ctr", key.subarray(0, 32), nonce);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  const block = createCipheriv("aes-128-ecb", key.subarray(32, 48), null).setAutoPadding(false);
  return Buffer.concat([nonce, sealed, poly1305(sealed, key.subarray(48, 64), block.update(nonce))]);
}

/** RFC 8439, 2.5, where r and s are parts of one key. */
function poly1305(message: Buffer, r: Buffer, s: Buffer): Buffer {
  const factor = littleEndian(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = Buffer.concat([message.subarray(at, at + 16), Buffer.of(1)]);
    sum = ((sum + littleEndian(block)) * factor) % ((1n << 130n) - 5n);
  }
  const tag = (sum + littleEndian(s)) % (1n << 128n);
  return Buffer.from(tag.toString(16).padStart(32, "0"), "hex").reverse();
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}
