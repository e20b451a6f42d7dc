import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { loadConfig, loadSettings } from "../../config/load.ts";
import { HOST_KEY } from "../lab/fixtures.ts";
import { rawConfig } from "./fixtures.ts";

/** Gives Pulumi a configuration as the engine does: maps as JSON, all else as text. */
function configure(raw: Readonly<Record<string, unknown>>, secretKeys: readonly string[] = []): void {
  const entries = Object.entries(raw).map(([key, value]) => [
    key.includes(":") ? key : `homelab:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(
    { ...Object.fromEntries(entries), "docker:host": "elsewhere" },
    secretKeys.map((key) => (key.includes(":") ? key : `homelab:${key}`)),
  );
}

function errorOf(stack: string): Error {
  try {
    loadConfig(stack);
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("loadConfig", () => {
  it("reads the keys of the lab, and leaves those of plugins alone", () => {
    configure(rawConfig());
    const { lab, stack } = loadConfig("adama");
    expect(lab.placement).toEqual({ mosquitto: ["adama"], nginx: ["adama"] });
    expect(stack.images.nginx?.tag).toBe("1.30");
  });

  it("throws one error without a stack trace that lists every problem, of form and of content", () => {
    const raw = rawConfig();
    configure({ ...raw, colour: "red", hosts: { ...raw.hosts, starbuck: { ...raw.hosts.starbuck, address: "192.168.1.20" } } });
    expect(errorOf("adama").message).toBe(`2 problems in the configuration; nothing was changed.

Pulumi.adama.yaml or Pulumi.yaml: homelab:colour
  is not known
  do:  Known are: domain, primary, hosts, placement, previewKey, backup, alerts, network, routers, restore, hostKey, images, limits, routerKeys, initialise. Correct the name or remove the lines.

Pulumi.yaml: homelab:hosts.starbuck.address
  is adama's address too
  is:  "192.168.1.20"
  do:  Give each host its own address.`);
  });

  it("does not report as missing what could not be read", () => {
    const raw = rawConfig();
    configure({
      ...raw,
      hosts: { ...raw.hosts, adama: { ...raw.hosts.adama, cpus: "four" } },
      images: { ...raw.images, nginx: "x" },
    });
    const { message } = errorOf("adama");
    expect(message).toContain("2 problems");
    expect(message).toContain("homelab:hosts.adama.cpus");
    expect(message).toContain("homelab:images.nginx");
  });

  it("refuses a value that was encrypted, without showing it or anything else", () => {
    configure({ ...rawConfig(), domain: "not a domain: correct horse" }, ["domain"]);
    const { message } = errorOf("adama");
    expect(message).toContain("homelab:domain\n  is encrypted");
    expect(message).not.toContain("correct horse");
  });

  it("refuses a given secret that is not encrypted, or cannot be one, without showing it", () => {
    const secrets = { "secret:wifi.home": "correct horse", "secret:wireguard": "battery staple" };
    configure({ ...rawConfig(), ...secrets }, ["secret:wireguard"]);
    const { message } = errorOf("adama");
    expect(message).toContain("Pulumi.adama.yaml: secret:wifi.home\n  is not encrypted");
    expect(message).toContain("Pulumi.adama.yaml: secret:wireguard\n  is no key of WireGuard");
    expect(message).toContain("npx pulumi config set --stack adama --secret secret:wifi.home");
    expect(message).not.toMatch(/correct horse|battery staple/);
  });

  it("refuses a key that is no file's content, with the command that takes it out of one", () => {
    const places = { nas: { repository: "sftp:nas:/{host}", hostKey: HOST_KEY } };
    const backup = { ...rawConfig().backup, places };
    configure({ ...rawConfig(), backup, "secret:backup.nas.SSH_KEY": "remote-key" }, ["secret:backup.nas.SSH_KEY"]);
    const { message } = errorOf("adama");
    expect(message).toContain("Pulumi.adama.yaml: secret:backup.nas.SSH_KEY\n  is no private ssh key");
    expect(message).toContain("npx pulumi config set --stack adama --secret secret:backup.nas.SSH_KEY < remote-key\n");
  });

  it("does not report what was given for a place that could not be read", () => {
    const places = { nas: { repository: "sftp:nas:/{host}", hostKey: `${HOST_KEY} root@nas` } };
    const secrets = ["secret:backup.nas.ANYTHING"];
    configure({ ...rawConfig(), backup: { ...rawConfig().backup, places }, "secret:backup.nas.ANYTHING": "x" }, secrets);
    expect(errorOf("adama").message).toBe(`One problem in the configuration; nothing was changed.

Pulumi.yaml: homelab:backup.places.nas.hostKey
  must be a public ssh key: type and key, nothing else
  is:  "${HOST_KEY} root@nas"
  do:  Correct it. For example: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…`);
  });

  it("refuses a given secret that belongs to nothing", () => {
    configure({ ...rawConfig(), "secret:wifi.hoem": "so say we all" }, ["secret:wifi.hoem"]);
    expect(errorOf("adama").message).toContain("secret:wifi.hoem\n  is no secret of this stack's routers");
  });

  it("refuses an image that is not pinned, with the command that pins it", () => {
    configure({ ...rawConfig(), images: { ...rawConfig().images, nginx: "docker.io/library/nginx:1.30@unpinned" } });
    expect(errorOf("adama").message).toContain("npm run pin -- nginx");
  });

  it("refuses a stack that is no host", () => {
    configure(rawConfig());
    expect(errorOf("galactica").message).toContain("homelab:hosts.galactica\n  is missing");
  });

  it("copes with text that only looks like JSON", () => {
    configure({ ...rawConfig(), domain: "{lab" });
    expect(errorOf("adama").message).toContain("must be a domain of small letters");
  });
});

describe("loadSettings", () => {
  it("does not judge encryption: whom it is for is not told what is encrypted", () => {
    const places = { remote: { repository: "rest:https://backups.example.org/{host}" } };
    configure({ ...rawConfig(), backup: { ...rawConfig().backup, places }, "secret:backup.remote.RESTIC_REST_PASSWORD": "x" });
    expect(errorOf("adama").message).toContain("is not encrypted");
    expect(loadSettings("adama").lab.domain).toBe(rawConfig().domain);
  });

  it("refuses what loadConfig refuses otherwise", () => {
    configure({ ...rawConfig(), domain: "not a domain" });
    expect(() => loadSettings("adama")).toThrow(errorOf("adama").message);
  });
});
