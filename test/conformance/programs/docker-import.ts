// An image cannot be imported.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const provider = new docker.Provider("host", {
  host: config.require("host"),
  sshOpts: config.requireObject<string[]>("sshOpts"),
});
const name = config.require("image2");
if (config.require("s") === "6") new docker.RemoteImage("img", { name, keepLocally: true }, { provider, import: name });
