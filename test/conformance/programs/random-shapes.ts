// Texts whose shape can be checked.
import * as random from "@pulumi/random";

const none = { upper: false, lower: false, numeric: false, special: false };
new random.RandomString("lowerOnly", { ...none, length: 40, lower: true });
new random.RandomString("override", { ...none, length: 40, special: true, overrideSpecial: "-_" });
// Four capitals and five digits are asked for, and nothing else is allowed to be one.
new random.RandomString("least", { ...none, length: 12, lower: true, minUpper: 4, minNumeric: 5 });
