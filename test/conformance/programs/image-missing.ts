// Images that cannot be had; s names why.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const provider = new docker.Provider("host", {
  host: config.require("host"),
  sshOpts: config.requireObject<string[]>("sshOpts"),
});
const repository = config.require("repository");
const names: Record<string, string> = {
  tag: `${repository}:nosuch`,
  digest: `${repository}@sha256:${"0".repeat(64)}`,
  repository: `${repository}-nosuch:1`,
  registry: "127.0.0.1:5999/lab/app:1",
  dns: "no-such-registry.invalid/lab/app:1",
  malformed: "UPPER/case:1",
  ok: config.require("image1"),
};
new docker.RemoteImage("image", { name: names[config.require("s")] ?? "", keepLocally: true }, { provider });
