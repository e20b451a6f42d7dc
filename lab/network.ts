/** IPv4 ranges: the home network's addresses and the containers' subnets. */

/** A range of addresses, `first` and `last` as numbers. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Prefix length of a container's network: 16 addresses, one container, its gateway, and room for a sidecar. */
const SUBNET_PREFIX = 28;
const SUBNET_SIZE = 2 ** (32 - SUBNET_PREFIX);

/** An address as a number. Takes what the schema has accepted. */
export function addressNumber(address: string): number {
  return address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
}

/** A number as an address. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** How long the prefix is that a netmask stands for: 24 for `255.255.255.0`. */
export function prefixLength(netmask: string): number {
  return addressNumber(netmask).toString(2).replaceAll("0", "").length;
}

/** `10.98.0.0/20` as a range. */
export function rangeOf(cidr: string): Range {
  const [address = "", prefix = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(prefix));
  const first = Math.floor(addressNumber(address) / size) * size;
  return { first, last: first + size - 1 };
}

/** Whether an address, as a number, is in a range. */
export function holds({ first, last }: Range, number: number): boolean {
  return first <= number && number <= last;
}

/** Whether two ranges share an address. */
export function overlap(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** How many container networks a host's range has room for. */
export function subnetCount(cidr: string): number {
  const { first, last } = rangeOf(cidr);
  return Math.floor((last - first + 1) / SUBNET_SIZE);
}

/**
 * The n-th container network of a host's range. A workload brings its own n, so that no other workload can move it: a network
 * cannot change while its container runs.
 * @param cidr the host's `containerSubnet`
 * @param network number of the network, from 0
 */
export function subnetOf(cidr: string, network: number): string {
  const first = rangeOf(cidr).first + network * SUBNET_SIZE;
  return `${addressText(first)}/${SUBNET_PREFIX}`;
}
