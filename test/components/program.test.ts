import { beforeAll, describe, expect, it, vi } from "vitest";
import { sourceOf } from "../../providers/sources.ts";
import { HOST_KEY } from "../lab/fixtures.ts";
import { before, firstLabConfig, ofType, type Run, runProgram } from "./program.ts";

const WORKLOAD = "pulumi-nodejs:dynamic/homelab:Workload";
const DIRECTORY = "pulumi-nodejs:dynamic/homelab:HostDirectory";
const LEAF = "tls:index/locallySignedCert:LocallySignedCert";

let adama: Run;
let starbuck: Run;
beforeAll(async () => {
  adama = await runProgram("adama");
  starbuck = await runProgram("starbuck", { adama: adama.outputs });
}, 60_000);

describe("what each stack declares", () => {
  it("is the workloads of its host, each with its image by digest", () => {
    expect(Object.keys(ofType(adama, WORKLOAD)).sort()).toEqual(["mosquitto", "nginx", "rest-server"]);
    expect(Object.keys(ofType(starbuck, WORKLOAD)).sort()).toEqual(["alertmanager", "nginx", "prometheus", "rest-server"]);
    const images = ofType(starbuck, "docker:index/remoteImage:RemoteImage");
    for (const [name, inputs] of Object.entries(images)) {
      expect(inputs.name).toMatch(/^[^:]+@sha256:[0-9a-f]{64}$/);
      if (name !== "restic") expect(inputs.name).toBe(ofType(starbuck, WORKLOAD)[name]?.image);
      expect(inputs.keepLocally).toBe(true);
      // Pulled once more when another Pi takes the place: it has another key.
      expect(inputs.pullTriggers).toEqual([(ofType(starbuck, WORKLOAD).nginx as { host: { hostKey: string } }).host.hostKey]);
    }
    expect(images.restic?.name).toMatch(/^docker\.io\/restic\/restic@/);
  });

  it("has the hash of a file that a workload takes from the repository as it is", async () => {
    const module = "../../lab/workloads/mosquitto.ts";
    vi.doMock(module, async (original) => {
      const { mosquitto } = await original<typeof import("../../lab/workloads/mosquitto.ts")>();
      return { mosquitto: { ...mosquitto, sources: { "own/package.json": "package.json" } } };
    });
    const run = await runProgram("adama");
    vi.doUnmock(module);
    expect(ofType(run, WORKLOAD).mosquitto?.sources).toEqual({ "own/package.json": sourceOf("package.json") });
  });

  it("has the settings of backups, and a password for each host that the primary stack made", () => {
    for (const [run, name] of [
      [adama, "adama"],
      [starbuck, "starbuck"],
    ] as const) {
      const { files, secrets } = ofType(run, DIRECTORY).backup as Record<"files" | "secrets", Record<string, string>>;
      const images = ofType(run, "docker:index/remoteImage:RemoteImage");
      expect(JSON.parse(files["settings.json"] ?? "")).toMatchObject({ host: name, restic: images.restic?.name });
      expect(secrets.password).toBe(`password backup-${name}`);
    }
  });

  it("gives each host the files of its places: keys whole and secret, the server's key in clear", async () => {
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----`;
    const account = '{ "type": "service_account" }';
    const places = {
      nas: { repository: "sftp:me@nas.example.org:/{host}", hostKey: HOST_KEY },
      cloud: { repository: "gs:bucket:/{host}" },
    };
    const given = {
      "secret:backup.nas.SSH_KEY": key,
      "secret:backup.cloud.GOOGLE_APPLICATION_CREDENTIALS": account,
      "secret:backup.cloud.GOOGLE_PROJECT_ID": "galactica",
    };
    const config = firstLabConfig("adama");
    const backup = { ...(config["homelab:backup"] as object), places };
    const { files, secrets } = ofType(await runProgram("adama", {}, { ...config, ...given, "homelab:backup": backup }), DIRECTORY)
      .backup as Record<"files" | "secrets", Record<string, string>>;
    expect(secrets).toMatchObject({
      "credentials/nas": "",
      "credentials/nas.SSH_KEY": `${key}\n`,
      "credentials/cloud":
        "GOOGLE_APPLICATION_CREDENTIALS=/etc/homelab/backup/credentials/cloud.GOOGLE_APPLICATION_CREDENTIALS\nGOOGLE_PROJECT_ID=galactica\n",
      "credentials/cloud.GOOGLE_APPLICATION_CREDENTIALS": `${account}\n`,
    });
    expect(files["known-hosts/nas"]).toBe(`nas.example.org ${HOST_KEY}\n`);
    expect(JSON.stringify(files)).not.toContain("PRIVATE KEY");
  });

  it("gives Alertmanager what was given of those who are told, as secrets alone", async () => {
    const secret = { "secret:alerts.ntfy.url": "https://ntfy.sh/so-say-we-all" };
    const config = { ...firstLabConfig("starbuck"), "homelab:alerts": { ntfy: { webhook: {} } }, ...secret };
    const { alertmanager } = ofType(await runProgram("starbuck", { adama: adama.outputs }, config), WORKLOAD);
    const { secrets, ...plain } = alertmanager as { secrets: Record<string, string> };
    expect(secrets["receivers/ntfy.url"]).toBe("https://ntfy.sh/so-say-we-all");
    expect(JSON.stringify(plain)).toContain("/config/current/receivers/ntfy.url");
    expect(JSON.stringify(plain)).not.toContain("so-say-we-all");
  });

  it("has sshd's limits raised before images are pulled: a dozen connections at once are more than it lets in without", () => {
    for (const [run, name] of [
      [adama, "adama"],
      [starbuck, "starbuck"],
    ] as const) {
      const first = before(run, `pulumi:providers:docker::${name}`);
      expect([...first]).toEqual(expect.arrayContaining([`${DIRECTORY}::sshd`, "command:local:Command::preparation"]));
    }
  });

  it("holds no path of the machine it was declared on", () => {
    for (const run of [adama, starbuck]) expect(JSON.stringify(run.resources)).not.toContain(process.cwd());
  });

  it("has every directory of the host, the program's modules among them", () => {
    const directories = ofType(adama, DIRECTORY);
    expect(Object.keys(directories)).toEqual(expect.arrayContaining(["program", "units", "health", "node-exporter", "journald"]));
    expect(Object.keys(directories.program?.sources as object)).toContain("homelab");
  });
});

describe("certificates", () => {
  it("come from a root that allows one level below it, and intermediates of two years", () => {
    const [root] = Object.values(ofType(adama, "tls:index/selfSignedCert:SelfSignedCert"));
    expect(root).toMatchObject({ isCaCertificate: true, maxPathLength: 1, validityPeriodHours: 87_600 });
    expect(ofType(adama, LEAF)["intermediate-starbuck"]).toMatchObject({
      isCaCertificate: true,
      validityPeriodHours: 17_520,
      earlyRenewalHours: 5840,
    });
  });

  it("keep server and client usage apart, and are renewed when two thirds are over", () => {
    const leaves = { ...ofType(adama, LEAF), ...ofType(starbuck, LEAF) };
    for (const [name, inputs] of Object.entries(leaves).filter(([key]) => !key.startsWith("intermediate-"))) {
      expect(inputs).toMatchObject({ validityPeriodHours: 2160, earlyRenewalHours: 720 });
      const uses = inputs.allowedUses as string[];
      expect(uses.filter((use) => use.endsWith("_auth"))).toHaveLength(1);
      if (name.endsWith("-client") || name === "health") expect(uses).toContain("client_auth");
    }
  });

  it("reach the workload as a chain, with the key among the secrets", () => {
    const { secrets, files } = ofType(starbuck, WORKLOAD).prometheus as {
      secrets: Record<string, string>;
      files: Record<string, string>;
    };
    expect(Object.keys(secrets).sort()).toEqual(["tls/client.key", "tls/client.pem", "tls/server.key", "tls/server.pem"]);
    expect(secrets["tls/server.pem"]).toBe("certificate of prometheus-server\ncertificate of intermediate-starbuck\n");
    expect(secrets["tls/server.key"]).toBe("key of prometheus-server\n");
    expect(files["tls/ca.pem"]).toBe("certificate of root\n");
  });

  it("are signed by keys that lie on no Pi", () => {
    for (const run of [adama, starbuck]) {
      const onHosts = JSON.stringify([ofType(run, WORKLOAD), ofType(run, DIRECTORY)]);
      expect(onHosts).not.toContain("key of root");
      expect(onHosts).not.toContain("key of intermediate");
    }
  });
});

describe("the order of the stacks", () => {
  it("has no cycle: the primary reads nobody, the others only the primary", () => {
    expect(adama.reads).toEqual([]);
    expect(starbuck.reads).toEqual(["adama"]);
  });

  it("lets a preview read its own stack as it is; an `up` writes it meanwhile", async () => {
    const config = firstLabConfig("starbuck");
    const preview = await runProgram("starbuck", { adama: adama.outputs }, config, true);
    expect(preview.reads.toSorted()).toEqual(["adama", "starbuck"]);
  });

  it("is told to who begins with the second", async () => {
    await expect(runProgram("starbuck")).rejects.toThrow(/has not handed over .* Run first: pulumi up --stack adama/);
  });

  it("makes the second warn when the first was applied from another plan", async () => {
    expect(starbuck.warnings).toEqual([]);
    const behind = await runProgram("starbuck", { adama: { ...adama.outputs, planHash: "another" } });
    expect(behind.warnings).toEqual([expect.stringContaining("applied from another plan")]);
  });
});

describe("data that stays behind", () => {
  const moved = (stack: string): Record<string, unknown> => {
    const config = firstLabConfig(stack);
    return { ...config, "homelab:placement": { ...(config["homelab:placement"] as object), mosquitto: ["starbuck"] } };
  };

  it("is named in the preview of both stacks when a workload moves", async () => {
    const before = { adama: adama.outputs, starbuck: { data: adama.outputs.data } };
    const image = firstLabConfig("adama")["homelab:images"] as Record<string, string>;
    const config = moved("starbuck");
    const images = { ...(config["homelab:images"] as object), mosquitto: image.mosquitto };
    const to = await runProgram("starbuck", before, { ...config, "homelab:images": images }, true);
    expect(to.warnings).toContainEqual(expect.stringMatching(/^mosquitto moves to starbuck and begins here without its data/));
    const { mosquitto: _, ...rest } = image;
    const from = await runProgram("adama", before, { ...moved("adama"), "homelab:images": rest }, true);
    expect(from.warnings).toContainEqual(expect.stringContaining("stays on adama, in /var/lib/homelab/data/mosquitto"));
  });

  it("is none as long as nobody moves, and on the first run", () => {
    // Routers before their first `up` warn of something else.
    const warnings = [...adama.warnings, ...starbuck.warnings].filter((text) => !text.includes("allowManagementPathChange"));
    expect(warnings).toEqual([]);
  });
});

it("refuses a faulty configuration with all that is wrong", async () => {
  const config = { ...firstLabConfig("adama"), "homelab:domain": "NOT A DOMAIN", "homelab:colour": "blue" };
  await expect(runProgram("adama", {}, config)).rejects.toThrow(
    /homelab:domain[\s\S]*homelab:colour|homelab:colour[\s\S]*homelab:domain/,
  );
});
