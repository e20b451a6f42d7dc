// A tag that moves in the registry, pullTriggers, and (s=local) an image that no registry has.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const s = config.require("s");
const provider = new docker.Provider("host", {
  host: config.require("host"),
  sshOpts: config.requireObject<string[]>("sshOpts"),
});
const pullTriggers = s === "triggers" ? ["x"] : s === "triggers2" ? ["y"] : undefined;
const name = `${config.require("repository")}-moving:1`;
new docker.RemoteImage(
  "image",
  { name, keepLocally: true, ...(pullTriggers === undefined ? {} : { pullTriggers }) },
  { provider },
);
if (s === "local") new docker.RemoteImage("local", { name: "localhost/only-here:1", keepLocally: true }, { provider });
