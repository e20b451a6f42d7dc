// The provider's own configuration changes, or the image moves to another provider resource for the same host.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const s = config.require("s");
const host = config.require("host");
const sshOpts = config.requireObject<string[]>("sshOpts");
const changed = new docker.Provider("host", {
  host: s === "host" ? config.require("sameHost") : host,
  sshOpts: s === "opts" ? [...sshOpts, "-o", "Compression=no"] : sshOpts,
});
const other = new docker.Provider("other", { host, sshOpts });
new docker.RemoteImage(
  "image",
  { name: config.require("image1"), keepLocally: true },
  { provider: s === "other" ? other : changed },
);
