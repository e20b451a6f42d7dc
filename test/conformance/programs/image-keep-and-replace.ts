// An image replaced and dropped, kept on the host or not: s is a number (which image), with "keep" or "gone".
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const s = config.require("s");
const provider = new docker.Provider("host", {
  host: config.require("host"),
  sshOpts: config.requireObject<string[]>("sshOpts"),
});
const name = config.require(`image${s.replaceAll(/\D/g, "") || "1"}`);
if (!s.includes("gone")) new docker.RemoteImage("image", { name, keepLocally: s.includes("keep") }, { provider });
