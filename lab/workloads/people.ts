import { createHash } from "node:crypto";

/**
 * A line of an htpasswd file, with a salted SHA-1, which Nginx computes itself and in no time. It checks the password at every
 * request, in its one worker: with bcrypt a page of ten files kept the door shut for a second on a Pi, and so could anyone who
 * sent wrong passwords. What bcrypt is for is passwords that can be guessed; this must be a long random one.
 *
 * @param salt the same again, or the file changes with every preview.
 */
export function personLine(name: string, password: string, salt: string): string {
  const digest = createHash("sha1").update(password).update(salt).digest();
  return `${name}:{SSHA}${Buffer.concat([digest, Buffer.from(salt)]).toString("base64")}\n`;
}
