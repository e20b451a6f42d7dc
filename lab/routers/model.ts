/** The words of the home network: what the configuration says, in no device's own words. */

/**
 * What a network is for, which decides who may talk to whom:
 * - `management`: routers and switches themselves; nobody but operators.
 * - `servers`: the Pis; no way out but what the lab needs, each with a reason.
 * - `users`: people; the internet and what the lab offers them.
 * - `iot`: things; the internet, and the broker.
 * - `storage`: not routed at all.
 * - `home`: everything in one, as a home is before it has VLANs: the internet, the lab, its ssh and the routers'.
 */
export type NetworkKind = "management" | "servers" | "users" | "iot" | "storage" | "home";

/** One VLAN. */
export interface VlanConfig {
  readonly id: number;
  readonly kind: NetworkKind;
  /** `192.168.20.0/24`; its first address is the router's. None for what is not routed. */
  readonly subnet?: string | undefined;
  /** Addresses given to whoever asks, as last numbers: `{ first: 100, last: 199 }`. */
  readonly pool?: { readonly first: number; readonly last: number } | undefined;
}

/** A device with a fixed address. */
export interface LeaseConfig {
  readonly mac: string;
  readonly address: string;
}

/** How a Wi-Fi is secured. `enterprise`: by name and password of each person, asked of a RADIUS server. */
export type WifiSecurity = "wpa2" | "wpa2-wpa3" | "wpa3" | "enterprise";

/** One Wi-Fi, the same at every access point. */
export interface WifiConfig {
  readonly ssid: string;
  readonly vlan: string;
  readonly security: WifiSecurity;
  readonly bands: readonly Band[];
  /** Whether its devices may talk to each other. */
  readonly isolate: boolean;
}

/** What a radio sends on. */
export type Band = "2g" | "5g" | "6g";

/** A device that comes in from outside. */
export interface PeerConfig {
  readonly address: string;
  /** Of a device that keeps its private key to itself. Without it the lab makes both, and a QR code for the device. */
  readonly publicKey?: string | undefined;
}

/** The way in from outside. */
export interface WireguardConfig {
  /** The home's name in the internet; only those who come in need it. */
  readonly endpoint?: string | undefined;
  readonly port: number;
  readonly subnet: string;
  readonly peers: Readonly<Record<string, PeerConfig>>;
}

/** What is reachable from the internet. */
export interface ForwardConfig {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Name of a Pi or of a lease. */
  readonly host: string;
  readonly hostPort: number;
  /** Why it has to be reachable from outside. */
  readonly public: string;
}

/** Something outside that the servers may talk to. */
export interface OutwardConfig {
  /** Why, for people. */
  readonly reason: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** Only there; otherwise anywhere in the internet. */
  readonly address?: string | undefined;
}

/** The home network, the same for every device. */
export interface NetworkConfig {
  readonly vlans: Readonly<Record<string, VlanConfig>>;
  readonly leases: Readonly<Record<string, LeaseConfig>>;
  readonly wifi: Readonly<Record<string, WifiConfig>>;
  /** ISO code of the country whose radio rules hold. */
  readonly country: string;
  readonly timezone: { readonly name: string; readonly rule: string };
  /** Names of leases and peers that may ssh into routers and servers. */
  readonly operators: readonly string[];
  readonly wireguard?: WireguardConfig | undefined;
  readonly forwards: Readonly<Record<string, ForwardConfig>>;
  readonly outwards: Readonly<Record<string, OutwardConfig>>;
  readonly timeServers: readonly string[];
  /** Where logs go: `address` of the log shipper. */
  readonly syslog?: { readonly address: string; readonly port: number } | undefined;
  readonly radius?: { readonly address: string; readonly port: number } | undefined;
}

/** What a port of a router carries: names of VLANs. */
export interface PortConfig {
  readonly untagged?: string | undefined;
  readonly tagged: readonly string[];
}

/** One radio. */
export interface RadioConfig {
  readonly band: Band;
  readonly channel: number | "auto";
  /** `HE80`. */
  readonly mode: string;
}

/** A section that a device has of its own, or the options of a planned one that differ there. */
export interface OwnSection {
  readonly type: string;
  /** How to know it on a device where it has no name, or another one: all these options have these values. */
  readonly match?: Readonly<Record<string, string>> | undefined;
  /** Texts or lists, in OpenWrt's words. */
  readonly options: Readonly<Record<string, string | readonly string[]>>;
  /** Why it may let in from outside, if it does. */
  readonly public?: string | undefined;
  /** Options whose value is a secret, given as `secret:own.<router>.<package>.<section>.<option>`. */
  readonly secrets: readonly string[];
}

/** What the plan does not express of a device, in OpenWrt's own words (UCI). */
export interface OwnConfig {
  /** OpenWrt packages. */
  readonly software: readonly string[];
  /** By `package.section`. */
  readonly sections: Readonly<Record<string, OwnSection>>;
  /** By package: sections whose order matters, first to last. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  /** What the plan would make and the device shall not have: `package.section`, `package.section.option`, names of software. */
  readonly without: readonly string[];
}

/** One OpenWrt device. */
export interface RouterConfig {
  /** `router`: routes, gives addresses and names. `access-point`: Wi-Fi and a switch, behind the router. */
  readonly role: "router" | "access-point";
  /** Its address in the management network (or in `home`, before there is one). */
  readonly address: string;
  readonly sshPort: number;
  /** Pinned, as that of a Pi; only the primary stack knows it. */
  readonly hostKey: string;
  /** How long it waits for the confirmation of a change before it goes back by itself. */
  readonly confirmWithinSeconds: number;
  /** Lets a change through that removes the path it is made over. */
  readonly allowManagementPathChange: boolean;
  /** By name of the device: `lan1`. */
  readonly ports: Readonly<Record<string, PortConfig>>;
  readonly radios: Readonly<Record<string, RadioConfig>>;
  /** Only of a router. */
  readonly wan?:
    | { readonly device: string; readonly downloadKbit?: number | undefined; readonly uploadKbit?: number | undefined }
    | undefined;
  readonly own?: OwnConfig | undefined;
}

/** Routers and network as written. */
export interface RoutersConfig {
  readonly network: NetworkConfig;
  readonly routers: Readonly<Record<string, RouterConfig>>;
}
