import { describe, expect, it } from "vitest";
import { lookUpIndex } from "../../operations/registry.ts";
import { digestOf, fakeRegistry } from "./fake-registry.ts";

describe("lookUpIndex", () => {
  it("gives the digest of the index, and the architectures in it", async () => {
    const { name } = await fakeRegistry();
    expect(await lookUpIndex({ repository: `${name}/library/nginx`, tag: "1.30" })).toEqual({
      digest: digestOf("library/nginx:1.30"),
      architectures: ["amd64", "arm64"],
    });
  });

  it("understands Docker's older list too", async () => {
    const { name } = await fakeRegistry();
    const { digest } = await lookUpIndex({ repository: `${name}/prom/prometheus`, tag: "v3.16.0" });
    expect(digest).toBe(digestOf("prom/prometheus:v3.16.0"));
  });

  it("gets itself a token where the registry wants one", async () => {
    const { name, asked } = await fakeRegistry({ token: true });
    const { digest } = await lookUpIndex({ repository: `${name}/library/nginx`, tag: "1.30" });
    expect(digest).toBe(digestOf("library/nginx:1.30"));
    expect(asked).toEqual([
      "/v2/library/nginx/manifests/1.30",
      "/token?service=fake&scope=repository%3Aany%3Apull",
      "/v2/library/nginx/manifests/1.30",
    ]);
  });

  it.each([
    ["library/nginx", "1.31", {}, /^http:\/\/127\.0\.0\.1:\d+ has no tag 1\.31 of library\/nginx$/],
    ["intel/only", "1", {}, "intel/only:1 is not for arm64, only for 386, amd64"],
    ["freeradius/server", "3", {}, "freeradius/server:3 is for one architecture, not an index of several"],
    ["library/nginx", "1.30", { lies: true }, "sent library/nginx:1.30 incomplete"],
    ["library/nginx", "1.30", { status: 403 }, "shows library/nginx to nobody without an account"],
    ["library/nginx", "1.30", { status: 429 }, "was asked too often"],
    ["library/nginx", "1.30", { status: 503 }, "answered 503"],
  ])("refuses %s:%s of %j", async (path, tag, behaviour, message) => {
    const { name } = await fakeRegistry(behaviour);
    await expect(lookUpIndex({ repository: `${name}/${path}`, tag })).rejects.toThrow(message);
  });

  it("says which registry cannot be reached, and why", async () => {
    // Port 1 of the loopback address: nobody listens there.
    const lookup = lookUpIndex({ repository: "127.0.0.1:1/library/nginx", tag: "1" });
    await expect(lookup).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1 cannot be reached: .+/);
  });
});
