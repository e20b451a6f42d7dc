import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { SshTarget } from "../providers/ssh.ts";

/**
 * An image, pulled to a host. Kept when it is no longer declared: the host itself removes what neither the current nor the
 * previous version needs.
 *
 * @param name of the resource
 * @param reference repository and digest. By digest: a tag that moved would take the name away from the version that runs.
 * @param options the parent, and the host's podman as provider
 */
export function pulledImage(
  name: string,
  reference: string,
  target: SshTarget,
  options: pulumi.CustomResourceOptions,
): docker.RemoteImage {
  // A Pi in another's place has another key, and none of the images. No refresh can tell: it asks with the key in state.
  return new docker.RemoteImage(name, { name: reference, keepLocally: true, pullTriggers: [target.hostKey] }, options);
}
