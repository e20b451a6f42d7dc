// Loaded by Node before the program (Pulumi.yaml, nodeargs). CommonJS in old syntax: it has to run on the Nodes that it refuses.
const { versions } = process;
const NEEDED = 24;

// Node runs TypeScript as it is from 24 on. Older ones end in `Unknown file extension ".ts"`, which tells nobody what to do.
if (Number(versions.node.split(".")[0]) < NEEDED) {
  console.error(`The lab's program needs Node ${NEEDED} or newer; this is Node ${versions.node}. Install one and try again.`);
  process.exit(1);
}

// What Node compiles of Pulumi's SDK is kept between runs: a third less time from start to the first resource.
require("node:module").enableCompileCache();
