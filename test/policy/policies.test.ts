import { beforeAll, describe, expect, it } from "vitest";
import { fromEngine } from "../../policy/engine.ts";
import { policies, violations } from "../../policy/policies.ts";
import { SECRET } from "../../policy/policy.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { changed, type DeclaredStack, declaredLab, declaredStack, inUnit, withDefinition } from "./declared.ts";

let starbuck: DeclaredStack;
let adama: DeclaredStack;
beforeAll(async () => {
  adama = await declaredStack("adama");
  starbuck = await declaredStack("starbuck");
}, 60_000);

const ROUTER = "pulumi-nodejs:dynamic/homelab:UciDevice";
const DIRECTORY = "pulumi-nodejs:dynamic/homelab:HostDirectory";
const IMAGE = "docker:index/remoteImage:RemoteImage";

/** What each policy says of a lab with these resources. */
function said({ resources, plan }: DeclaredStack): readonly string[] {
  return violations(resources, plan).map(({ policy, message }) => `${policy}: ${message}`);
}

const prometheus = (from: string | RegExp, to: string) => changed(starbuck, "prometheus", inUnit("prometheus", from, to));
const mosquitto = (from: string | RegExp, to: string) => changed(adama, "mosquitto", inUnit("mosquitto", from, to));
const apollo = (settings: Record<string, string | string[]>, sections: Record<string, { type: string }> = {}) =>
  changed(
    adama,
    "apollo",
    (inputs) => ({
      ...inputs,
      sections: { ...(inputs.sections as object), ...sections },
      settings: { ...(inputs.settings as object), ...settings },
    }),
    ROUTER,
  );

/** Each breaks one rule: what the policy says then, with what to do. */
const violating: readonly (readonly [what: string, lab: () => DeclaredStack, says: RegExp])[] = [
  [
    "no memory limit",
    () => prometheus(/--memory=768m --memory-swap=768m /, ""),
    /^limits: prometheus has no limit for memory.*Write `limits` in lab\/workloads\/prometheus\.ts/,
  ],
  [
    "swap beside the memory",
    () => prometheus("--memory-swap=768m", "--memory-swap=-1"),
    /^limits: prometheus has no limit for memory/,
  ],
  [
    "no CPU limit",
    () => prometheus(/ --cpus=1\n/, "\n"),
    /^limits: prometheus has no limit for processor time.*homelab:limits\.prometheus in Pulumi\.starbuck\.yaml/,
  ],
  ["no pids limit", () => prometheus(/PidsLimit=128/, "PidsLimit=0"), /^limits: prometheus has no limit for processes/],
  [
    "an image by its tag",
    () => changed(starbuck, "prometheus", (inputs) => ({ ...inputs, image: "docker.io/prom/prometheus:v3" })),
    /^digest: prometheus has no digest.*npm run pin/,
  ],
  [
    "an image pulled by its tag",
    () => changed(starbuck, "prometheus", (inputs) => ({ ...inputs, name: "docker.io/prom/prometheus:v3" }), IMAGE),
    /^digest: prometheus has no digest.*npm run pin/,
  ],
  [
    "another image in the unit",
    () => prometheus(/@sha256:0/, "@sha256:1"),
    /^digest: prometheus would start .*Let the unit's Image= end in it/,
  ],
  [
    "an image pulled at the start",
    () => prometheus("Pull=never", "Pull=missing"),
    /^digest: prometheus would pull its image when it starts.*Write Pull=never/,
  ],
  [
    "no health check",
    () => changed(starbuck, "prometheus", (inputs) => ({ ...inputs, health: { ...(inputs.health as object), command: [] } })),
    /^health: prometheus has no health check.*Write `health`/,
  ],
  [
    "a health check that asks nothing",
    () =>
      changed(starbuck, "prometheus", (inputs) => ({ ...inputs, health: { ...(inputs.health as object), command: ["true"] } })),
    /^health: prometheus has no health check/,
  ],
  [
    "no restart",
    () => prometheus("Restart=always", "Restart=on-failure"),
    /^restart: prometheus would not come back.*write Restart=always under \[Service\]/,
  ],
  ["a limit of restarts", () => prometheus("StartLimitIntervalSec=0\n", ""), /^restart: .*write StartLimitIntervalSec=0/],
  ["no start at boot", () => prometheus("WantedBy=multi-user.target", ""), /^restart: .*write WantedBy=multi-user\.target/],
  [
    "a docker.Container",
    () => ({ ...starbuck, resources: [{ type: "docker:index/container:Container", name: "extra", inputs: {} }] }),
    /^restart: extra is a docker\.Container.*Declare it as a workload/,
  ],
  [
    "a stop that is a kill",
    () => prometheus("StopTimeout=60", "StopTimeout=0"),
    /^stop: prometheus has 0 seconds to stop.*stopTimeoutSeconds/,
  ],
  [
    "a systemd that waits too short",
    () => prometheus("TimeoutStopSec=75", "TimeoutStopSec=60"),
    /^stop: prometheus would be killed by systemd.*Write at least 75/,
  ],
  [
    "a stop by SIGKILL",
    () => prometheus("[Service]", "[Container]\nStopSignal=SIGKILL\n[Service]"),
    /^stop: prometheus would be stopped by SIGKILL.*Remove StopSignal=/,
  ],
  [
    "a writable root",
    () => prometheus("ReadOnly=true", "ReadOnly=false"),
    /^privileges: prometheus could write to its root file system. Write ReadOnly=true/,
  ],
  [
    "setuid",
    () => prometheus("NoNewPrivileges=true\n", ""),
    /^privileges: prometheus could gain privileges.*Write NoNewPrivileges=true/,
  ],
  [
    "podman's capabilities",
    () => prometheus("DropCapability=all\n", ""),
    /^privileges: prometheus would keep podman's default capabilities/,
  ],
  ["root", () => prometheus(/User=\d+/, "User=0"), /^privileges: prometheus would run as root.*`exceptions\.root`/],
  [
    "a capability",
    () => prometheus("DropCapability=all", "DropCapability=all\nAddCapability=NET_ADMIN"),
    /^privileges: prometheus would have the capability NET_ADMIN without a reason/,
  ],
  [
    "the host's network",
    () => prometheus("Network=prometheus.network", "Network=host"),
    /^privileges: prometheus would not be in a network of its own \(host\).*`exceptions\.hostNetwork`/,
  ],
  [
    "another's network",
    () => prometheus("Network=prometheus.network", "Network=nginx.network"),
    /^privileges: .*\(nginx\.network\)/,
  ],
  [
    "a folder of the host",
    () => prometheus("[Service]", "[Container]\nVolume=/etc:/host:ro\n[Service]"),
    /^privileges: prometheus would have \/etc of its host/,
  ],
  [
    "its own configuration, to write",
    () => prometheus(":/config:ro", ":/config"),
    /^privileges: prometheus would have \/var\/lib\/homelab\/config\/prometheus/,
  ],
  [
    "a device",
    () => prometheus("[Service]", "[Container]\nAddDevice=/dev/ttyUSB0\n[Service]"),
    /^privileges: prometheus has AddDevice=\/dev\/ttyUSB0 in its unit/,
  ],
  [
    "an option of podman",
    () => prometheus("--image-volume=ignore", "--image-volume=ignore --privileged"),
    /^privileges: prometheus has --privileged in its unit/,
  ],
  [
    "podman's socket",
    () => prometheus("[Service]", "[Container]\nVolume=/run/podman/podman.sock:/s.sock\n[Service]"),
    /^socket: prometheus would have podman's socket.*There is no exception/,
  ],
  [
    "the folder of podman's socket",
    () => prometheus("[Service]", "[Container]\nVolume=/run/podman/:/p\n[Service]"),
    /^socket: prometheus would have podman's socket by \/run\/podman\//,
  ],
  [
    "a volume without backup and reason",
    () =>
      withDefinition(starbuck, "prometheus", {
        volumes: starbuck.plan.workloads
          .find(({ name }) => name === "prometheus")
          ?.volumes.map((volume) => ({ ...volume, backup: { none: "" } })),
      }),
    /^backup: prometheus has no backup of \/prometheus.*or why its loss would not matter/,
  ],
  [
    "a volume that its backup leaves out",
    () => changed(adama, "mosquitto", (inputs) => ({ ...inputs, backup: { ...(inputs.backup as object), paths: [] } })),
    /^backup: mosquitto has no backup of \/mosquitto\/data/,
  ],
  [
    "data in a volume of podman",
    () => mosquitto("[Service]", "[Container]\nVolume=cache:/cache\n[Service]"),
    /^backup: mosquitto would keep its data in podman's volume cache.*Write `volumes`/,
  ],
  [
    "a port that the health check does not ask",
    () => mosquitto("[Service]", "[Container]\nPublishPort=192.168.1.20:1883:1883/tcp\n[Service]"),
    /^encrypted: mosquitto listens on 1883\/tcp, and nothing shows that it speaks TLS.*`clear`/,
  ],
  [
    "a port at every address",
    () => mosquitto("[Service]", "[Container]\nPublishPort=1883:1883\n[Service]"),
    /^encrypted: mosquitto listens on 1883\/tcp at every address/,
  ],
  [
    "a port without TLS in Nginx",
    () =>
      changed(starbuck, "nginx", (inputs) => ({
        ...inputs,
        files: {
          ...(inputs.files as object),
          "nginx.conf": String((inputs.files as Record<string, string>)["nginx.conf"]).replace("listen 4443 ssl", "listen 4443"),
        },
      })),
    /^encrypted: nginx listens on 443\/tcp, and nothing shows/,
  ],
  [
    "a service of the host in the clear",
    () =>
      changed(
        adama,
        "node-exporter-unit",
        (inputs) => ({ ...inputs, files: { "homelab.conf": "ExecStart=/usr/bin/x --web.listen-address=192.168.1.20:9100\n" } }),
        DIRECTORY,
      ),
    /^encrypted: .*homelab\.conf starts a service that listens in the clear/,
  ],
  [
    "a door that is wide open",
    () => apollo({ "firewall.zone_wan.input": "ACCEPT" }),
    /^outside: apollo would let in all that comes from outside \(input of the zone wan is ACCEPT\)\. Write REJECT/,
  ],
  [
    "a forward that nobody declared public",
    () =>
      apollo(
        {
          "firewall.f.src": "wan",
          "firewall.f.name": "https",
          "firewall.f.dest_ip": "192.168.1.21",
          "firewall.f.dest_port": "443",
        },
        { "firewall.f": { type: "redirect" } },
      ),
    /^outside: apollo would let in from outside what nobody declared public \(https\).*`public: <why>`/,
  ],
  [
    "a rule that lets in from outside",
    () =>
      apollo(
        {
          "firewall.r.src": "wan",
          "firewall.r.name": "ssh",
          "firewall.r.proto": "tcp",
          "firewall.r.dest_port": "22",
          "firewall.r.target": "ACCEPT",
        },
        { "firewall.r": { type: "rule" } },
      ),
    /^outside: apollo .*nobody declared public \(ssh\)/,
  ],
  [
    "a rule that lets in from everywhere",
    () =>
      apollo(
        { "firewall.r.src": "*", "firewall.r.name": "ssh", "firewall.r.proto": "tcp", "firewall.r.target": "accept" },
        { "firewall.r": { type: "rule" } },
      ),
    /^outside: apollo .*nobody declared public \(ssh\).*`public: <why>` of a forward/,
  ],
  [
    "a forwarding from everywhere",
    () => apollo({ "firewall.w.src": "*", "firewall.w.dest": "lan" }, { "firewall.w": { type: "forwarding" } }),
    /^outside: apollo .*\(forwarding to lan\)/,
  ],
  [
    "a forwarding from outside",
    () => apollo({ "firewall.w.src": "wan", "firewall.w.dest": "lan" }, { "firewall.w": { type: "forwarding" } }),
    /^outside: apollo .*\(forwarding to lan\)/,
  ],
  [
    "a key in the environment",
    () => prometheus("[Service]", "[Container]\nEnvironment=API_TOKEN=hunter2hunter2\n[Service]"),
    /^secrets: prometheus has what looks like a password or key, unencrypted, in units\.prometheus\.container.*secret file/,
  ],
  [
    "a private key in a plain file",
    () => changed(starbuck, "prometheus", (inputs) => ({ ...inputs, files: { "a.pem": "-----BEGIN EC PRIVATE KEY-----\nx" } })),
    /^secrets: prometheus .*in files\.a\.pem/,
  ],
  [
    "a password in a plain file",
    () =>
      changed(starbuck, "prometheus", (inputs) => ({
        ...inputs,
        files: { "a.yml": "basic_auth:\n  username: me\n  password: hunter2\n" },
      })),
    /^secrets: prometheus .*in files\.a\.yml/,
  ],
  [
    "a password in an address",
    () =>
      changed(starbuck, "prometheus", (inputs) => ({ ...inputs, files: { "a.yml": "url: https://me:hunter2@example.org/\n" } })),
    /^secrets: prometheus/,
  ],
  [
    "the passphrase of a Wi-Fi among the settings",
    () => apollo({ "wireless.home_radio0.key": "hunter2hunter2" }),
    /^secrets: apollo .*settings\.wireless\.home_radio0\.key/,
  ],
  [
    "a list of passwords among the settings",
    () => apollo({ "acme.cert.credentials": ["hunter2hunter2"] }),
    /^secrets: apollo .*settings\.acme\.cert\.credentials\.0/,
  ],
  [
    "secret files that are not marked as secret",
    () =>
      changed(starbuck, "nginx", (inputs) => ({
        ...inputs,
        secrets: { people: "operator:$2a$10$abcdefghijklmnopqrstuuJ0zJ0zJ0zJ0zJ0zJ0zJ0zJ0zJ0zJ0z0" },
      })),
    /^secrets: nginx .*secrets\.people/,
  ],
  [
    "limits beyond the host's memory",
    () => prometheus(/--memory=768m --memory-swap=768m/, "--memory=9000m --memory-swap=9000m"),
    /^capacity: starbuck cannot give what its containers may take: .* MiB of memory of 7424\. Lower a limit/,
  ],
  [
    "a limit beyond the host's cores",
    () => prometheus(/--cpus=1\n/, "--cpus=5\n"),
    /^capacity: .*prometheus may take more than the 4 cores/,
  ],
];

it("the first lab violates none", () => {
  expect(said(adama)).toEqual([]);
  expect(said(starbuck)).toEqual([]);
});

it("that of the repository's files violates none, whoever made them his own", async () => {
  for (const stack of await declaredLab(repository)) expect(said(stack)).toEqual([]);
});

describe("refused, with what to do", () => {
  it.each(violating)("%s", (_, lab, says) => {
    const all = said(lab());
    expect(
      all.filter((message) => says.test(message)),
      all.join("\n"),
    ).toHaveLength(1);
  });

  it("has an example for every policy", () => {
    const shown = violating.map(([, , says]) => /^\^(\w+):/.exec(says.source)?.[1]);
    expect([...new Set(shown)].sort()).toEqual(policies.map(({ name }) => name).sort());
  });
});

describe("let through", () => {
  it("privileges with their reasons", () => {
    const exceptions = {
      root: "writes to a device that root alone may open",
      hostNetwork: "finds devices by broadcast",
      capabilities: { NET_ADMIN: "sets routes of the home" },
    };
    const given = changed(starbuck, "prometheus", (inputs) => {
      const edits = [
        inUnit("prometheus", /User=\d+/, "User=0"),
        inUnit("prometheus", "Network=prometheus.network", "Network=host"),
        inUnit("prometheus", "DropCapability=all", "DropCapability=all\nAddCapability=NET_ADMIN"),
      ];
      return edits.reduce((all, edit) => edit(all), inputs);
    });
    expect(said(given)).toHaveLength(3);
    expect(said(withDefinition(given, "prometheus", { exceptions }))).toEqual([]);
    const silent = { root: " ", hostNetwork: "x", capabilities: { NET_ADMIN: "" } };
    expect(said(withDefinition(given, "prometheus", { exceptions: silent }))).toHaveLength(3);
  });

  it("a port in the clear with its reason", () => {
    const open = mosquitto("[Service]", "[Container]\nPublishPort=192.168.1.20:1883:1883/udp\n[Service]");
    const ports = adama.plan.workloads.find(({ name }) => name === "mosquitto")?.ports ?? [];
    const port = {
      ...ports[0],
      name: "discovery",
      number: 1883,
      protocol: "udp",
      clear: "devices find the broker by it; it carries nothing",
    };
    expect(said(withDefinition(open, "mosquitto", { ports: [...ports, port] }))).toEqual([]);
  });

  it("a port at the host's own address", () => {
    expect(said(mosquitto("[Service]", "[Container]\nPublishPort=127.0.0.1:1883:1883\n[Service]"))).toEqual([]);
  });

  it("a declared forward to a port for people, and to no other", async () => {
    const door = { host: "starbuck", port: 443, public: "photos for the family" };
    expect(said(await declaredStack("adama", { https: { ...door, hostPort: 443 } }))).toEqual([]);
    expect(said(await declaredStack("adama", { https: { ...door, hostPort: 9090 } }))).toEqual([
      expect.stringMatching(/^outside: https would lead from outside to port 9090 of starbuck, which is not for people/),
    ]);
  });

  it("what only the update makes: it asks again then", () => {
    const first = changed(starbuck, "nginx", (inputs) => ({ ...inputs, files: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }));
    const engine = first.resources.map(({ type, name, inputs }) =>
      fromEngine({ type, urn: `urn:pulumi:s::p::${type}::${name}`, inputs }),
    );
    expect(said({ ...first, resources: engine })).toEqual([]);
  });

  it("paths and names of secrets, public keys, and what Pulumi encrypts", () => {
    const files = {
      "a.yml": "password_file: /config/current/password\ntoken: $TOKEN\npublic_key: AAAA\nsecret: /config/current/secret\n",
    };
    const quiet = changed(starbuck, "prometheus", (inputs) => ({ ...inputs, files, password: SECRET, secrets: SECRET }));
    expect(said(quiet)).toEqual([]);
  });
});
