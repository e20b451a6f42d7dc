import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { movedDevices } from "../../operations/moved.ts";
import { folderWith } from "../config/fixtures.ts";
import { HOST_KEY } from "../lab/fixtures.ts";
import { firstLabFiles } from "../support/first-lab.ts";
import { withPulumi } from "./fake-pulumi.ts";

const adama = { name: "adama", address: "192.168.20.10", port: 22, hostKey: HOST_KEY };
const apollo = { name: "apollo", address: "192.168.10.1", port: 22, hostKey: HOST_KEY, kind: "router" };
const gaeta = { ...apollo, name: "gaeta", address: "192.168.10.2" };
const OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther";

/** A lab with its keys pinned, the state of whose primary stack has devices at these places. */
function labWhose(devices: readonly (typeof adama)[]) {
  const files = firstLabFiles();
  const own = files["Pulumi.adama.yaml"]
    ?.replace(/hostKey: .*/, `hostKey: ${HOST_KEY}`)
    .replace(/(apollo|gaeta): unset/g, `$1: ${HOST_KEY}`);
  const folder = folderWith({ ...files, "Pulumi.adama.yaml": own ?? "" });
  const resources = devices.map((device) => ({
    urn: `urn:pulumi:adama::homelab::type::${device.name}`,
    inputs: "kind" in device ? { device } : { host: device },
  }));
  writeFileSync(join(folder, "state"), JSON.stringify({ deployment: { resources } }));
  return withPulumi(folder, 'case "$1" in stack) cat state;; esac');
}

it.each([
  ["none that is where the state has it", [adama, apollo, gaeta], []],
  ["a Pi that was set up anew", [{ ...adama, hostKey: OTHER_KEY }, apollo], ["adama"]],
  ["a Pi at another address", [{ ...adama, address: "192.168.20.99" }], ["adama"]],
  ["a Pi of which the state has only a part at its new place", [adama, { ...adama, port: 2222 }], ["adama"]],
  ["a router that was replaced", [adama, { ...apollo, hostKey: OTHER_KEY }, gaeta], ["apollo"]],
  ["none that is not in the state yet", [], []],
  ["none that is in the state alone", [{ ...apollo, name: "boxey" }], []],
])("of the devices that a refresh would look for at the place of before: %s", async (_, state, expected) => {
  expect(await movedDevices(labWhose(state), "adama", true)).toEqual(expected);
});

it("routers do not count where they are not asked", async () => {
  expect(await movedDevices(labWhose([adama, { ...apollo, hostKey: OTHER_KEY }]), "adama", false)).toEqual([]);
});

it("of a stack that has no state, the preview says so", async () => {
  const project = labWhose([]);
  writeFileSync(join(project.folder, "pulumi"), "#!/bin/sh\nexit 1\n");
  expect(await movedDevices(project, "adama", true)).toEqual([]);
});
