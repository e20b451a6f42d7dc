/**
 * A policy pack without @pulumi/policy, which the lab does not use: the service behind it, with the one rule that no resource
 * has the text in the variable FORBIDDEN. It says which stack it was started for, as soon as it may: after its port.
 */
const grpc = require("@grpc/grpc-js");
const { AnalyzerService } = require("@pulumi/pulumi/proto/analyzer_grpc_pb");
const {
  AnalyzeDiagnostic,
  AnalyzeResponse,
  AnalyzerInfo,
  EnforcementLevel,
  PolicyInfo,
  RemediateResponse,
} = require("@pulumi/pulumi/proto/analyzer_pb");
const { PluginInfo } = require("@pulumi/pulumi/proto/plugin_pb");

if (process.env.MODE === "early") console.log("not a port");

const server = new grpc.Server();
server.addService(AnalyzerService, {
  getPluginInfo: (_call, done) => done(null, new PluginInfo().setVersion("1.0.0")),
  getAnalyzerInfo: (_call, done) => {
    const policy = new PolicyInfo().setName("quiet").setEnforcementlevel(EnforcementLevel.MANDATORY);
    done(null, new AnalyzerInfo().setName("pack").setVersion("1.0.0").setPoliciesList([policy]));
  },
  analyze: (call, done) => {
    const text = call.request.getProperties()?.toJavaScript().text;
    done(null, new AnalyzeResponse().setDiagnosticsList(text === process.env.FORBIDDEN ? [violation(text)] : []));
  },
  analyzeStack: (_call, done) => done(null, new AnalyzeResponse()),
  remediate: (_call, done) => done(null, new RemediateResponse()),
});

function violation(text) {
  return new AnalyzeDiagnostic()
    .setPolicyname("quiet")
    .setPolicypackname("pack")
    .setPolicypackversion("1.0.0")
    .setEnforcementlevel(EnforcementLevel.MANDATORY)
    .setMessage(`nobody may say ${text}`);
}

server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(String(port));
  const text = JSON.parse(process.env.PULUMI_CONFIG ?? "{}")["language-host:text"];
  console.log(`pack for ${process.env.PULUMI_NODEJS_STACK}, text ${text}`);
});
