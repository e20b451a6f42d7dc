// One image on a host that comes and goes. s=new takes another image, s=drop keeps it no longer, s=strict wants a known host key.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const s = config.require("s");
const sshOpts = config.requireObject<string[]>("sshOpts");
const strict = ["-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
const provider = new docker.Provider("host", { host: config.require("host"), sshOpts: s === "strict" ? strict : sshOpts });
const name = config.require(s === "new" || s === "strict" ? "image2" : "image1");
new docker.RemoteImage("image", { name, keepLocally: s !== "drop" }, { provider });
