// Each variant changes one input: with s=all.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const all = new pulumi.Config().require("s") === "all";

const passwords: Record<string, object> = {
  length: { length: 20 },
  special: { special: false },
  override: { overrideSpecial: "_" },
  minUpper: { minUpper: 2 },
  keepersGone: { keepers: undefined },
  keepersMore: { keepers: { k: "a", l: "c" } },
  lower: { lower: false },
};
for (const variant of [...Object.keys(passwords), "keepers", "bytes", "prefix"]) {
  const changed = (name: string) => all && variant === name;
  const keepers = { k: changed("keepers") ? "b" : "a" };
  new random.RandomPassword(`${variant}:password`, { length: 16, keepers, ...(all ? passwords[variant] : {}) });
  const prefix = changed("prefix") ? { prefix: "x-" } : {};
  new random.RandomId(`${variant}:id`, { byteLength: changed("bytes") ? 6 : 4, keepers, ...prefix });
  new random.RandomBytes(`${variant}:bytes`, { length: changed("bytes") ? 6 : 4, keepers });
  new random.RandomString(`${variant}:string`, { length: 8, keepers });
  new random.RandomPassword(`${variant}:secretKeeper`, { length: 8, keepers: { k: pulumi.secret("hush") } });
}
