import { describe, expect, it } from "vitest";
import { overlap, prefixLength, rangeOf, subnetCount, subnetOf } from "../../lab/network.ts";

describe("container networks", () => {
  it("are cut from the host's range by number", () => {
    expect(subnetOf("10.98.0.0/20", 0)).toBe("10.98.0.0/28");
    expect(subnetOf("10.98.0.0/20", 1)).toBe("10.98.0.16/28");
    expect(subnetOf("10.98.16.0/20", 255)).toBe("10.98.31.240/28");
    expect(subnetOf("192.168.200.0/24", 15)).toBe("192.168.200.240/28");
  });

  it("are as many as the range has room for", () => {
    expect(subnetCount("10.98.0.0/20")).toBe(256);
    expect(subnetCount("10.98.0.0/28")).toBe(1);
    expect(subnetCount("10.98.0.0/30")).toBe(0);
  });
});

it("a netmask stands for a prefix", () => {
  const netmasks = ["0.0.0.0", "128.0.0.0", "255.255.240.0", "255.255.255.0", "255.255.255.255"];
  expect(netmasks.map(prefixLength)).toEqual([0, 1, 20, 24, 32]);
});

describe("ranges", () => {
  it("overlap where they share an address", () => {
    expect(overlap(rangeOf("10.98.0.0/20"), rangeOf("10.98.15.255/32"))).toBe(true);
    expect(overlap(rangeOf("10.98.0.0/20"), rangeOf("10.98.16.0/20"))).toBe(false);
    expect(overlap(rangeOf("0.0.0.0/0"), rangeOf("255.255.255.255/32"))).toBe(true);
  });
});
