// Loaded by Node before the program (Pulumi.yaml, nodeargs). CommonJS in old syntax: it has to run on the Nodes that it refuses.
const { versions } = process;
const NEEDED = 24;

// Node runs TypeScript as it is from 24 on. Older ones end in `Unknown file extension ".ts"`, which tells nobody what to do.
if (Number(versions.node.split(".")[0]) < NEEDED) {
  console.error(`The lab's program needs Node ${NEEDED} or newer; this is Node ${versions.node}. Install one and try again.`);
  process.exit(1);
}

const Module = require("node:module");

// What Node compiles of Pulumi's SDK is kept between runs: a third less time from start to the first resource.
Module.enableCompileCache();

// Pulumi notes a stack for each promise, and maps each line of it through source maps: a quarter of a second in every preview.
// Node runs our TypeScript with all positions as they are, so there is nothing to map.
Object.defineProperty(Error, "prepareStackTrace", { get: () => undefined, set: () => {} });

// Pulumi loads a TypeScript compiler and npm's resolver of dependencies, a quarter of a second, to serialize functions into its
// state. The lab has no such functions (providers/device-resource.ts), so they are loaded when somebody asks for them.
const LAZY = ["typescript", "@npmcli/arborist"];
const load = Module._load;
Module._load = (request, ...rest) => {
  if (!LAZY.includes(request)) return load(request, ...rest);
  return new Proxy({}, { get: (_, name) => name === "__esModule" || load(request, ...rest)[name] });
};
