// A replacement whose create script fails.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const s = new pulumi.Config().require("s");
new command.local.Command("cmd", {
  create: s === "2" ? "echo new >> rlog; exit 1" : "echo create >> rlog",
  delete: "echo delete >> rlog",
  triggers: [s],
});
