// A delete script that fails: at a replacement, when dropped from the program, and at destroy.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const s = new pulumi.Config().require("s");
if (s !== "3") {
  const scripts = { create: "echo created", delete: "echo cannot; echo because >&2; exit 5" };
  new command.local.Command("cmd", { ...scripts, triggers: [s === "2" ? "b" : "a"] });
}
new command.local.Command("other", { create: "echo other", delete: "echo x" });
