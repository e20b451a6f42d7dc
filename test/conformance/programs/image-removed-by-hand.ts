// Two images, for somebody to remove and retag by hand; s=rename changes what is to become of the first in the end.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const provider = new docker.Provider("host", {
  host: config.require("host"),
  sshOpts: config.requireObject<string[]>("sshOpts"),
});
for (const [resource, image] of [
  ["image", "image1"],
  ["two", "image2"],
] as const) {
  new docker.RemoteImage(resource, { name: config.require(image), keepLocally: true }, { provider });
}
