// Edits that change nothing of the effect: which script runs, with an update script and without.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const s = new pulumi.Config().require("s");
const edits: Record<string, command.local.CommandArgs> = {
  logging: { logging: "stdout" },
  delete: { delete: "echo delete2 >> elog" },
  addPrevious: { addPreviousOutputInEnv: false },
  stdin: { stdin: "x" },
  triggersAdded: { triggers: ["t"] },
};
const edit = edits[s] ?? {};
new command.local.Command("without", { create: "echo create >> elog; cat", delete: "echo delete >> elog", ...edit });
const scripts = { create: "echo CREATE >> elog", update: "echo UPDATE >> elog", delete: "echo DELETE >> elog" };
new command.local.Command("with", { ...scripts, ...edit });
const own = s === "delete" ? { delete: "true" } : ["logging", "triggersAdded"].includes(s) ? edit : {};
new command.local.Command("local", { create: "echo LOCAL >> local.log", environment: {}, ...own });
