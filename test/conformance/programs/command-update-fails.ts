// An update script that fails.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const s = new pulumi.Config().require("s");
new command.local.Command("cmd", {
  create: "echo created",
  environment: { FOO: s },
  update: s === "2" ? "echo trying; echo bad >&2; exit 4" : 'echo updated; echo "before: $PULUMI_COMMAND_STDOUT"',
  delete: "true",
});
