// A changed secret, and inputs that a preview does not know.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const s = new pulumi.Config().require("s");
const { hex } = new random.RandomId("id", { byteLength: 4, keepers: { s } });
new command.local.Command("cmd", {
  create: "true",
  environment: { FOO: pulumi.secret(`hush${s}`) },
  stdin: hex,
  triggers: [hex],
});
new command.local.Command("plain", { create: pulumi.interpolate`echo ${hex}` });
