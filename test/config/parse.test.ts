import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config/parse.ts";
import { oneProblem } from "../../config/problems.ts";
import { DIGEST, HOST_KEY } from "../lab/fixtures.ts";
import { rawConfig } from "./fixtures.ts";

/** Where and what, of a configuration that was spoilt at one place. */
function problemsOf(raw: Readonly<Record<string, unknown>>) {
  return parseConfig(raw, "adama").problems.map(({ file, path, value, message }) => [file, path, value, message]);
}

function withHost(changes: Readonly<Record<string, unknown>>) {
  const raw = rawConfig();
  return { ...raw, hosts: { ...raw.hosts, adama: { ...raw.hosts.adama, ...changes } } };
}

describe("a valid configuration", () => {
  it("becomes what the plan is made from, in MiB, GiB and parts of images", () => {
    const { lab, stack, problems } = parseConfig(rawConfig(), "adama");
    expect(problems).toEqual([]);
    expect(lab.hosts.adama).toEqual({
      address: "192.168.1.20",
      sshPort: 22,
      hostKey: HOST_KEY,
      memoryMiB: 4096,
      cpus: 4,
      diskGiB: 64,
      containerSubnet: "10.98.0.0/20",
    });
    expect(stack).toEqual({
      host: "adama",
      images: {
        mosquitto: { repository: "docker.io/library/eclipse-mosquitto", tag: "2.1.2-alpine", digest: DIGEST },
        nginx: { repository: "docker.io/library/nginx", tag: "1.30", digest: DIGEST },
        restic: { repository: "docker.io/restic/restic", tag: "0.19.1", digest: DIGEST },
      },
      limits: { nginx: { memoryMiB: 128, cpus: 0.75 } },
      routerKeys: {},
      initialise: [],
      secrets: [],
    });
  });

  it("needs no limits", () => {
    const { limits: _, ...raw } = rawConfig();
    expect(parseConfig(raw, "adama")).toMatchObject({ problems: [], stack: { limits: {} } });
  });

  it.each([
    ["ecdsa", "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA=="],
    ["rsa", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC"],
    ["not known yet", "unset"],
  ])("may have a host key that is %s", (_, hostKey) => {
    expect(problemsOf({ ...rawConfig(), hostKey })).toEqual([]);
  });

  it("may have a registry with a port, and a digest that is to be looked up", () => {
    const raw = { ...rawConfig(), images: { nginx: "registry.lan:5000/library/nginx:1.30@unpinned" } };
    expect(parseConfig(raw, "adama")).toMatchObject({
      problems: [],
      stack: { images: { nginx: { repository: "registry.lan:5000/library/nginx", tag: "1.30", digest: "unpinned" } } },
    });
  });
});

describe("the home network and its routers", () => {
  const network = {
    country: "DE",
    timezone: { name: "Europe/Berlin", rule: "CET-1CEST" },
    vlans: { lan: { id: 1, kind: "home", subnet: "192.168.1.0/24" } },
    leases: { printer: { mac: "02:00:5e:10:00:99", address: "192.168.1.9" } },
  };
  const apollo = { role: "router", address: "192.168.1.1", ports: { lan1: { untagged: "lan" } }, wan: { device: "wan" } };
  const routerKeys = { apollo: HOST_KEY };

  it("may be left out", () => {
    expect(parseConfig(rawConfig(), "adama").lab.home).toBeUndefined();
  });

  it("come together, each router with the key that the stack knows", () => {
    const raw = { ...rawConfig(), network, routers: { apollo } };
    const { lab, problems } = parseConfig({ ...raw, routerKeys }, "adama");
    expect(problems).toEqual([]);
    expect(lab.home?.routers.apollo).toMatchObject({ ...apollo, hostKey: HOST_KEY, confirmWithinSeconds: 60 });
    expect(lab.home?.network.leases.printer?.address).toBe("192.168.1.9");
    expect(parseConfig(raw, "starbuck").lab.home?.routers.apollo?.hostKey).toBe("unset");
  });

  it("say all that is wrong, and are not judged any further by what is left of them", () => {
    const raw = {
      ...rawConfig(),
      network: { ...network, leases: { printer: { mac: "x", address: "192.168.1.9" } }, colour: "red" },
      routers: { apollo: { ...apollo, role: "switch" } },
      routerKeys: { apollo: "x" },
    };
    expect(problemsOf(raw).map(([file, path]) => `${file} ${path}`)).toEqual([
      "Pulumi.yaml homelab:network.leases.printer.mac",
      "Pulumi.yaml homelab:network.colour",
      "Pulumi.yaml homelab:routers.apollo.role",
      "Pulumi.adama.yaml homelab:routerKeys.apollo",
    ]);
    expect(parseConfig(raw, "adama").lab.home).toBeUndefined();
  });
});

describe("who is told of alerts", () => {
  const alerts = { family: { email: { to: "us@example.org", from: "lab@example.org", server: "smtp.example.org:587" } } };

  it("is what was written, and nobody where nothing was", () => {
    expect(parseConfig({ ...rawConfig(), alerts }, "adama")).toMatchObject({ problems: [], lab: { alerts } });
    expect(parseConfig(rawConfig(), "adama").lab).not.toHaveProperty("alerts");
  });

  it.each([
    [{ ...alerts.family, webhook: {} }, "", "must say one way: email, pushover, telegram or webhook"],
    [{}, "", "must say one way: email, pushover, telegram or webhook"],
    [{ sms: {} }, ".sms", "is not known"],
    [{ telegram: { chat: "@galactica" } }, ".telegram.chat", "must be the number of a chat"],
    [{ webhook: { url: "https://ntfy.sh/lab" } }, ".webhook.url", "is not known"],
    [{ email: { ...alerts.family.email, server: "smtp.example.org" } }, ".email.server", "must be a mail server and its port"],
    [{ email: { ...alerts.family.email, to: "us" } }, ".email.to", "must be an address"],
  ])("is not told by %j", (receiver, place, message) => {
    const [problem] = parseConfig({ ...rawConfig(), alerts: { ...alerts, phone: receiver } }, "adama").problems;
    expect(problem).toMatchObject({ path: `homelab:alerts.phone${place}`, message: expect.stringContaining(message) });
  });
});

describe("a host's key", () => {
  it("is known to the host's own stack only", () => {
    const { lab } = parseConfig(rawConfig(), "adama");
    expect(lab.hosts).toMatchObject({ adama: { hostKey: HOST_KEY }, starbuck: { hostKey: "unset" } });
  });

  it.each([[""], ["ssh-ed25519"], [`192.168.1.20 ${HOST_KEY}`], [`${HOST_KEY} root@adama`], [`${HOST_KEY}\nProxyCommand=evil`]])(
    "is not %j",
    (hostKey) => {
      expect(problemsOf({ ...rawConfig(), hostKey })).toEqual([
        ["Pulumi.adama.yaml", "homelab:hostKey", hostKey, "must be a public ssh key: type and key, nothing else"],
      ]);
    },
  );
});

describe("a host", () => {
  it.each([
    ["address", "192.168.1.256", "must be an IPv4 address"],
    ["address", "starbuck.local", "must be an IPv4 address"],
    ["sshPort", 70_000, "must be a port number"],
    ["sshPort", "22", "must be a port number"],
    ["memory", "4GB", "must be a size such as 768MiB or 4GiB"],
    ["memory", 4096, "must be a size such as 768MiB or 4GiB"],
    ["cpus", 0, "must be at least 1"],
    ["cpus", 2.5, "must be a whole number"],
    ["disk", "64", "must be a size such as 64GiB"],
    ["containerSubnet", "10.98.0.0", "must be a range of IPv4 addresses"],
  ])("refuses %s: %j", (key, value, message) => {
    expect(problemsOf(withHost({ [key]: value }))).toEqual([["Pulumi.yaml", `homelab:hosts.adama.${key}`, value, message]]);
  });

  it("has no key that nobody knows, whose value may be a secret", () => {
    const [problem] = parseConfig(withHost({ pasword: "correct horse" }), "adama").problems;
    expect(problem).toMatchObject({ path: "homelab:hosts.adama.pasword", message: "is not known" });
    expect(problem?.remedy).toContain("address, sshPort, memory, cpus, disk, containerSubnet");
    expect(JSON.stringify(problem)).not.toContain("correct horse");
  });

  it("has a name of small letters, digits and hyphens", () => {
    const raw = rawConfig();
    const problems = problemsOf({ ...raw, hosts: { ...raw.hosts, "Galactica 1": raw.hosts.adama } });
    expect(problems).toEqual([
      ["Pulumi.yaml", 'homelab:hosts["Galactica 1"]', raw.hosts.adama, "must be a name of small letters, digits and hyphens"],
    ]);
  });
});

describe("an image", () => {
  it.each([
    ["nginx:1.30", "must be an image with its registry, tag and digest"],
    [`library/nginx:1.30@${DIGEST}`, "names no registry, such as docker.io/"],
    [`docker.io/library/nginx@${DIGEST}`, "has no tag: a person could not tell the version"],
    ["docker.io/library/nginx:1.30", "has no digest: the tag alone may be another image tomorrow"],
    ["docker.io/library/nginx:1.30@sha256:12", "has a digest that is not sha256: and 64 hex digits"],
    ["docker.io/library/nginx:1.30@unpined", "has a digest that is not sha256: and 64 hex digits"],
    [`docker.io/library/nginx:1.30@${DIGEST} --privileged`, "has a digest that is not sha256: and 64 hex digits"],
    [`docker.io/library/nginx --privileged:1.30@${DIGEST}`, "must be an image with its registry, tag and digest"],
    [true, "must be an image"],
  ])("refuses %j", (value, message) => {
    const problems = problemsOf({ ...rawConfig(), images: { nginx: value } });
    expect(problems).toEqual([["Pulumi.adama.yaml", "homelab:images.nginx", value, expect.stringContaining(message)]]);
  });
});

describe("limits", () => {
  it.each([
    ["memory", "1GB", "must be a size such as 768MiB or 4GiB"],
    ["cpus", 0, "must be at least 0.05"],
    ["cpus", "1", "must be a number of cores"],
    ["pids", 0, "must be at least 1"],
  ])("refuse %s: %j", (key, value, message) => {
    const problems = problemsOf({ ...rawConfig(), limits: { nginx: { [key]: value } } });
    expect(problems).toEqual([["Pulumi.adama.yaml", `homelab:limits.nginx.${key}`, value, message]]);
  });
});

describe("the whole", () => {
  it("says what is missing, and where it belongs", () => {
    const places = parseConfig({}, "adama").problems.map(({ file, path, message }) => `${file} ${path} ${message}`);
    expect(places).toEqual([
      "Pulumi.yaml homelab:domain is missing",
      "Pulumi.yaml homelab:primary is missing",
      "Pulumi.yaml homelab:hosts is missing",
      "Pulumi.yaml homelab:placement is missing",
      "Pulumi.adama.yaml homelab:images is missing",
    ]);
  });

  it("knows no other keys, and does not print their values", () => {
    const [problem] = parseConfig({ ...rawConfig(), operatorPassword: "correct horse" }, "adama").problems;
    expect(problem).toMatchObject({ path: "homelab:operatorPassword", message: "is not known" });
    expect(JSON.stringify(problem)).not.toContain("correct horse");
  });

  it.each([
    ["domain", "LAB", "must be a domain of small letters, such as lab.home.arpa"],
    ["domain", ["lab"], "must be text"],
    ["hosts", "adama", "must be a map of names and values"],
    ["placement", [], "must be a map of names and values"],
    ["images", 3, "must be a map of names and values"],
  ])("refuses %s: %j", (key, value, message) => {
    const file = key === "images" ? "Pulumi.adama.yaml" : "Pulumi.yaml";
    expect(problemsOf({ ...rawConfig(), [key]: value })).toEqual([[file, `homelab:${key}`, value, message]]);
  });

  it("refuses a placement on no host, and one that is no list", () => {
    const problems = problemsOf({ ...rawConfig(), placement: { nginx: [], mosquitto: "adama" } });
    expect(problems).toEqual([
      ["Pulumi.yaml", "homelab:placement.nginx", [], "names no host: remove the line instead"],
      ["Pulumi.yaml", "homelab:placement.mosquitto", "adama", "must be a list"],
    ]);
  });

  it("reports all problems at once, and keeps what is right beside them", () => {
    const raw = {
      ...withHost({ memory: "4GB", color: "red" }),
      images: { nginx: "nginx", mosquitto: rawConfig().images.mosquitto },
    };
    const { problems, lab, stack, written } = parseConfig(raw, "adama");
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "homelab:hosts.adama.color",
      "homelab:hosts.adama.memory",
      "homelab:images.nginx",
    ]);
    expect(Object.keys(lab.hosts)).toEqual(["starbuck"]);
    expect(Object.keys(stack.images)).toEqual(["mosquitto"]);
    expect(written).toEqual({ hosts: ["adama", "starbuck"], images: ["nginx", "mosquitto"], network: false, routers: [] });
  });

  it("reads as file, place, fault, value and remedy", () => {
    const [problem] = parseConfig(withHost({ memory: "4GB" }), "adama").problems;
    expect(problem && oneProblem(problem)).toBe(
      `Pulumi.yaml: homelab:hosts.adama.memory
  must be a size such as 768MiB or 4GiB
  is:  "4GB"
  do:  Correct it. For example: 4GiB`,
    );
  });
});
