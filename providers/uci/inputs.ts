import { pick } from "../pick.ts";
import type { SshTarget } from "../ssh.ts";
import type { Value } from "./model.ts";

/** A section that the program declares. */
export interface SectionInput {
  readonly type: string;
  /**
   * How to know the section on a device where it has no name, or another one: all these options have these values. It then gets
   * the name that the program calls it by. `{}` is the only section of its type.
   */
  readonly match?: Readonly<Record<string, string>>;
  /** What a device has in any case is given back as it was found, whatever is said of all others. */
  readonly released?: "restore";
}

/** An OpenWrt package that must be installed. */
export interface Software {
  readonly name: string;
  /** What must go first, because both bring the same files: `wpad-basic-mbedtls` for `wpad-mbedtls`. */
  readonly replaces?: string;
}

/** A command of the device that must end with 0 before a change is confirmed, if it did so before the change. */
export interface Probe {
  /** For people: `the firewall's rules are valid`. */
  readonly name: string;
  /** Words for the device's shell; never a secret. */
  readonly command: readonly string[];
}

/**
 * The configuration of an OpenWrt device, as it stands in state and as a preview shows it: flat, so that each option is one line
 * (`network.lan.ipaddr: "192.168.1.1" => "192.168.10.1"`). What is not named here is left alone on the device.
 */
export interface UciInputs {
  readonly device: SshTarget;
  /** By `package.section`. */
  readonly sections: Readonly<Record<string, SectionInput>>;
  /** Sections that must not be there, in the same words. Where one is declared under another name, that counts. */
  readonly absent: Readonly<Record<string, SectionInput>>;
  /** By `package.section.option`. Empty text or list: the option must not be there. */
  readonly settings: Readonly<Record<string, Value>>;
  /** The same, of options whose values are secret. */
  readonly secrets: Readonly<Record<string, Value>>;
  /** By package: names of sections whose relative order matters, such as firewall rules. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  /** Installed by apk or opkg before the change, if nothing stands in its way; never removed. */
  readonly software: readonly Software[];
  readonly probes: readonly Probe[];
  /** How long the device waits for the confirmation before it goes back by itself. */
  readonly confirmWithinSeconds: number;
  /**
   * What becomes of options that the program no longer names: the value found before, or nothing. A section that we made goes; one
   * that was there before us stays, with what the program never named, unless nothing is left of it.
   */
  readonly released: "restore" | "remove";
  /** Lets a change through that removes the path it is made over: address, VLAN, firewall zone, ssh server. */
  readonly allowManagementPathChange: boolean;
  /** What the last change interrupts for a moment; set by `check`, never by the program. Empty: nothing. */
  readonly interrupts: string;
  /** Which secret options the last change changes, since a preview shows no difference of secrets. Set by `check` too. */
  readonly changedSecrets: readonly string[];
  /** What reading found that no other member shows, in a person's words by place. Declared empty. */
  readonly found: Readonly<Record<string, string>>;
}

/** How a section was when the program first named it, and the values then of the options that it named. */
export interface Before {
  /** `created` by us; `anonymous` and given a name; or the name that it had. */
  readonly was: "created" | "anonymous" | `named ${string}`;
  /** An empty list is an option that was not there. */
  readonly options: Readonly<Record<string, Value>>;
  /** As last declared: when it counts, the section is declared no longer. */
  readonly released?: "restore";
  /** Its type, where it had to go; `options` are then all that it had. */
  readonly type?: string;
}

/** By `package.section`. */
export type Known = Readonly<Record<string, Before>>;

/** What the resource gives back. */
export interface UciOutputs extends UciInputs {
  /** By `package.section`. Secret: it may hold passwords that a person had set. */
  readonly before: Known;
  /** Sections of the declared types that nobody declared, in a person's words. They are left alone. */
  readonly unmanaged: readonly string[];
}

/**
 * Set where the ssh key at hand opens no router, as that of previews in CI: a refresh then takes them as the last `up` left them,
 * instead of failing with all that it could have read.
 */
export const UNREAD = "HOMELAB_ROUTERS_UNREAD";

const KEYS = [
  ...(["device", "sections", "absent", "settings", "secrets", "order", "software", "probes", "confirmWithinSeconds"] as const),
  ...(["released", "allowManagementPathChange", "interrupts", "changedSecrets", "found"] as const),
];

/** The inputs of an object that may hold outputs, and Pulumi's own keys, beside them. */
export function inputsOf(properties: UciInputs): UciInputs {
  return pick(properties, KEYS);
}
