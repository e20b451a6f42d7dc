// Wrong inputs; s names one.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const bad: Record<string, () => pulumi.Resource> = {
  zero: () => new random.RandomPassword("p", { length: 0 }),
  tooShort: () => new random.RandomPassword("p", { length: 3, minUpper: 2, minLower: 2 }),
  nothing: () => new random.RandomPassword("p", { length: 8, upper: false, lower: false, numeric: false, special: false }),
  noBytes: () => new random.RandomBytes("p", { length: 0 }),
  idZero: () => new random.RandomId("p", { byteLength: 0 }),
  long: () => new random.RandomPassword("p", { length: 100 }),
};
bad[new pulumi.Config().require("s")]?.();
