// Secret inputs: what is secret in state, and (s=leaks) what the errors of failing commands show.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const { Command } = command.local;
if (new pulumi.Config().require("s") === "leaks") {
  new Command("inCreate", { create: pulumi.secret("echo hush-create; exit 1") });
  new Command("inEnv", { create: "echo $FOO; exit 1", environment: { FOO: pulumi.secret("hush-env") } });
  new Command("inStdin", { create: "cat; exit 1", stdin: pulumi.secret("hush-stdin"), logging: "none" });
  new Command("local", { create: "echo hush-local; exit 1", environment: { FOO: pulumi.secret("hush-local") } });
} else {
  new Command("secretStdin", { create: "cat", stdin: pulumi.secret("hush") });
  new Command("secretEnv", { create: "echo $FOO", environment: { FOO: pulumi.secret("hush") } });
  new Command("secretCreate", { create: pulumi.secret("echo hush") });
  new Command("secretTrigger", { create: "echo hush", triggers: [pulumi.secret("x")] });
  new Command("additional", { create: "echo hush" }, { additionalSecretOutputs: ["stdout"] });
  new Command("plain", { create: "echo open; printf 'two\\nlines\\n\\n' >&2" });
}
