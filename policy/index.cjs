// Where @pulumi/pulumi begins with the pack. For what it requires it compiles TypeScript by an old compiler, whatever
// PulumiPolicy.yaml says; what is imported, Node runs as it is.
// The program has this from `nodeargs`, which Pulumi does not hand to a pack's Node.
require("../config/runtime.cjs");
module.exports = () => import("./pack.ts");
