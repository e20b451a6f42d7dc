import { z } from "zod";

/** One key type of OpenSSH and its base64, without comment. */
export const SSH_KEY = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) AAAA[A-Za-z0-9+/]{16,}={0,2}$/;

/** What is wrong with anything else. */
export const NO_SSH_KEY = "must be a public ssh key: type and key, nothing else";

/** A public ssh key, as an authorized_keys file has it. */
export const sshKey = z.string().regex(SSH_KEY, NO_SSH_KEY);
