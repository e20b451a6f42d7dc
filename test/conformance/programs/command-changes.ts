// Each variant edits one input of a command without an update script: with s=all.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const all = new pulumi.Config().require("s") === "all";
const variants: Record<string, command.local.CommandArgs> = {
  create: { create: "echo create edited" },
  delete: { delete: "echo delete edited >> cmdlog" },
  environment: { environment: { FOO: "x" } },
  stdin: { stdin: "text" },
  logging: { logging: "stdout" },
  triggers: { triggers: ["b"] },
  update: { update: "echo update >> cmdlog" },
  addPrevious: { addPreviousOutputInEnv: false },
};
for (const [variant, edit] of Object.entries(variants)) {
  const base = { create: "echo create >> cmdlog; echo create", delete: "echo delete >> cmdlog", triggers: ["a"] };
  new command.local.Command(`${variant}:cmd`, { ...base, ...(all ? edit : {}) });
}
