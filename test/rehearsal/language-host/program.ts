/** The program under test: the variable MODE picks how it behaves, `slow` is how many seconds a creation takes. */
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const mode = process.env.MODE;

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: { text: string; slow: number }) {
    await new Promise((done) => setTimeout(done, inputs.slow * 1000));
    return { id: "id", outs: { ...inputs, loud: inputs.text.toUpperCase() } };
  },
};

class Shout extends pulumi.dynamic.Resource {
  declare readonly loud: pulumi.Output<string>;
  constructor(name: string, text: string, options: pulumi.CustomResourceOptions) {
    super(provider, name, { text, slow: config.getNumber("slow") ?? 0, loud: undefined }, options);
  }
}

if (mode === "throws") throw new Error("this program is broken");
if (mode === "run-error") throw new pulumi.RunError("this is all there is to say");
if (mode === "exits") process.exit(3);

console.log(`on stdout, dry run: ${pulumi.runtime.isDryRun()}`);
console.error("on stderr");

const created = new pulumi.ResourceHook("created", (args) => {
  const outputs = args.newOutputs as { loud?: string } | undefined;
  console.log(`hook: ${args.name} was created as ${outputs?.loud}`);
});
const previewed = new pulumi.ResourceHook("previewed", (args) => console.log(`hook: ${args.name} comes`), { onDryRun: true });

const first = new Shout("first", config.require("text"), { hooks: { beforeCreate: [previewed], afterCreate: [created] } });
if (mode === "two") new Shout("second", "never", { dependsOn: first });

const other = config.get("other");
export const loud = first.loud;
export const password = config.getSecret("password");
export const heard = other === undefined ? "nobody" : new pulumi.StackReference(other).getOutput("loud");
