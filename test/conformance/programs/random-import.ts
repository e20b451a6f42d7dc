// Values made elsewhere, taken over by the import option; the variants declare what the imported ones are not.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const s = new pulumi.Config().require("s");
const imported = (id: string) => (s === "1" ? { import: id } : {});
const again = { import: "abcDEF123-_x" };

new random.RandomPassword("password", { length: 12, ...(s === "3" ? { special: false } : {}) }, imported("abcDEF123-_x"));
new random.RandomId("id", { byteLength: 4 }, imported("3q2-7w"));
new random.RandomBytes("bytes", { length: 4 }, imported("3q2+7w=="));
new random.RandomString("string", { length: 4 }, imported("ab12"));
if (s === "4") new random.RandomPassword("short", { length: 5 }, again);
if (s === "5") new random.RandomPassword("flags", { length: 12, special: false, minUpper: 1 }, again);
if (s === "6") new random.RandomPassword("keepers", { length: 12, keepers: { v: "1" } }, again);
if (s === "7") new random.RandomPassword("override", { length: 12, overrideSpecial: "-_" }, again);
if (s === "8") {
  const ignoreChanges = ["special", "overrideSpecial", "keepers"];
  new random.RandomPassword(
    "ignored",
    { length: 12, special: false, overrideSpecial: "-_", keepers: { v: "1" } },
    { ...again, ignoreChanges },
  );
}
