// local.Command's interpreter, folder, environment, input, previous output; and ways to fail.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const s = new pulumi.Config().require("s");
const { Command } = command.local;

new Command("default", { create: "echo $0; pwd | sed 's#.*/##'; echo tail; echo; echo", stdin: "in" });
new Command("node", {
  create: "console.log(process.argv.length, process.env.A)",
  interpreter: ["node", "-e"],
  environment: { A: "b" },
});
new Command("previous", {
  create: "echo first",
  update: 'echo "had $PULUMI_COMMAND_STDOUT"; echo warn >&2',
  delete: 'echo "gone $PULUMI_COMMAND_STDOUT" >> del.txt',
  environment: { S: s },
});
new Command("noPrevious", {
  create: "echo first",
  update: 'echo "had $PULUMI_COMMAND_STDOUT"',
  addPreviousOutputInEnv: false,
  environment: { S: s },
});
if (s === "3") new Command("badDir", { create: "true", dir: "./nowhere" });
if (s === "4") new Command("badInterpreter", { create: "true", interpreter: ["/no/such"] });
if (s === "5") new Command("fails", { create: "echo out; echo err >&2; exit 9" });
if (s === "6") new Command("killed", { create: "kill -9 $$" });
