// Loaded by Node before Pulumi's SDK: for the program (Pulumi.yaml, nodeargs) and for the process of its providers
// (providers/process); and by the pack of policies (policy/index.cjs), when a part of the SDK is there already. CommonJS in old
// syntax: it has to run on the Nodes that it refuses.
const { versions } = process;
const NEEDED = 24;

// Node runs TypeScript as it is from 24 on. Older ones end in `Unknown file extension ".ts"`, which tells nobody what to do.
if (Number(versions.node.split(".")[0]) < NEEDED) {
  console.error(`The lab's program needs Node ${NEEDED} or newer; this is Node ${versions.node}. Install one and try again.`);
  process.exit(1);
}

// The rest makes previews quicker, and nothing needs it: the SDK does without what it has for programs of other kinds. Should a
// later SDK call its files by other names, it does all of that again.
const Module = require("node:module");

// What Node compiles is kept between runs: a third less time from start to the first resource. Node writes it at its own end, but
// the engine ends the process of the providers by a signal.
Module.enableCompileCache();
setTimeout(() => Module.flushCompileCache(), 500).unref();

// The SDK maps each line of a stack through source maps. Node runs our TypeScript with all positions as they are.
Object.defineProperty(Error, "prepareStackTrace", { get: () => undefined, set: () => {} });

// For functions that are serialized into state, a TypeScript compiler and npm's resolver of dependencies; for programs that run
// Pulumi themselves, all that this takes. The lab does neither (providers/device-resource.ts).
const UNUSED = ["./closure/serializeClosure", "./closure/codePaths", "./automation"];

const load = Module._load;
Module._load = (request, parent, ...rest) => {
  const now = () => load(request, parent, ...rest);
  return UNUSED.includes(request) || isForTraces(request, parent) ? whenUsed(now) : now();
};

// `pulumi --tracing`, which is rare.
function isForTraces(request, parent) {
  return request.startsWith("@opentelemetry/") && request !== "@opentelemetry/api" && isOfSdk(parent, "cmd/run/tracing.js");
}

// Stands for a module of functions and classes, which is loaded when one of them is used.
function whenUsed(module) {
  const member = (name) =>
    new Proxy(class {}, {
      apply: (_, self, given) => Reflect.apply(module()[name], self, given),
      construct: (_, given) => Reflect.construct(module()[name], given),
      get: (_, property) => module()[name][property],
    });
  return new Proxy({}, { get: (_, name) => name === "__esModule" || member(name) });
}

const CHANGES = {
  // Notes a stack for each promise, to tell where one was made that never ends: a quarter of the work for a hundred workloads.
  "runtime/debuggable.js": (sdk) => {
    const { debuggablePromise } = sdk;
    sdk.debuggablePromise = (promise, context) => {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 0;
      try {
        return debuggablePromise(promise, context);
      } finally {
        Error.stackTraceLimit = limit;
      }
    };
  },
  // Sends the engine messages for those who work on the SDK, five for each resource, one after the other; the end waits for them.
  "log/index.js": (sdk) => {
    sdk.debug = () => Promise.resolve();
  },
  // Attaches a debugger before the program starts, which knows where functions come from that are to be serialized.
  "runtime/closure/v8Hooks.js": (sdk) => {
    sdk.isInitializedAsync = () => Promise.resolve();
  },
};

const compile = Module.prototype._compile;
Module.prototype._compile = function (...given) {
  const result = compile.apply(this, given);
  const file = Object.keys(CHANGES).find((name) => isOfSdk(this, name));
  if (file) CHANGES[file](this.exports);
  return result;
};

function isOfSdk(module, file) {
  return Boolean(module) && String(module.filename).endsWith(`/@pulumi/pulumi/${file}`);
}
