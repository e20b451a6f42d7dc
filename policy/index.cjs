// Where @pulumi/pulumi begins with the pack. For what it requires it compiles TypeScript by an old compiler, whatever
// PulumiPolicy.yaml says; what is imported, Node runs as it is.
module.exports = () => import("./pack.ts");
