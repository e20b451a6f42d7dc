import { createHash } from "node:crypto";
import type { BackupRecipe } from "../../../../lab/model.ts";
import { parseReading } from "../../../../providers/host-reading.ts";
import type { ApplyRequest, HostReading, Outcome, WorkloadReading } from "../../../../providers/workload/protocol.ts";
import type { Pi } from "./pi.ts";

const HOMELAB = "/usr/local/lib/homelab/homelab";
const GID = 1500;

/** What a test says about its workload; the rest has defaults. */
export interface Wish {
  readonly image: string;
  readonly version?: string;
  readonly name?: string;
  readonly port?: number;
  readonly config?: Readonly<Record<string, unknown>> | string;
  readonly certificate?: string;
  readonly memory?: string;
  readonly cpus?: number;
  readonly pids?: number;
  readonly subnet?: string;
  readonly withinSeconds?: number;
  readonly healthPath?: string;
  readonly data?: boolean;
  readonly stopSeconds?: number;
  /** How its data is backed up; the folder of {@link data} alone. */
  readonly backup?: BackupRecipe["hot"];
  readonly restore?: string;
  readonly migratedWithinSeconds?: number;
  /** What runs in the container; app.py if not given. */
  readonly program?: string;
  /** More lines of the unit's [Container]. */
  readonly lines?: string;
}

/** A workload of the tests on a Pi, driven as the provider drives it. */
export class Lab {
  readonly pi: Pi;

  constructor(pi: Pi) {
    this.pi = pi;
  }

  request(wish: Wish): ApplyRequest {
    const {
      image,
      name = "app",
      port = 8080,
      memory = "64m",
      subnet = "10.77.1.0/28",
      withinSeconds = 20,
      healthPath = "/",
      stopSeconds = 5,
    } = wish;
    const config = typeof wish.config === "string" ? wish.config : JSON.stringify(wish.config ?? { greeting: "hello" });
    const url = `http://${this.pi.address}:${port}`;
    const curl = ["curl", "--silent", "--show-error", "--fail", "--max-time", "2"];
    const files = [
      { path: "app.json", base64: base64(config), gid: GID, secret: false },
      { path: "tls/server.key", base64: base64(wish.certificate ?? "key 1"), gid: GID, secret: true },
    ];
    const units = {
      [`${name}.container`]: `# homelab: ${name}
[Unit]
Description=Test application
StartLimitIntervalSec=0
[Container]
ContainerName=${name}
Label=homelab.workload=${name}
Image=localhost/test/app:any@${image.split("@")[1]}
Pull=never
Network=${name}.network
PublishPort=${this.pi.address}:${port}:8080/tcp
Exec=python3.13 -u ${wish.program ?? "/app.py"}
Environment=PYTHONDONTWRITEBYTECODE=1
PodmanArgs=--memory=${memory} --memory-swap=${memory} --cpus=${wish.cpus ?? 1}
PidsLimit=${wish.pids ?? 64}
ReadOnly=true
Volume=/var/lib/homelab/config/${name}:/config:ro
${wish.data ? `Volume=/var/lib/homelab/data/${name}/data:/data\n` : ""}HealthCmd=none
StopTimeout=${stopSeconds}
${wish.lines ?? ""}
[Service]
Restart=always
RestartSec=1
TimeoutStopSec=${stopSeconds + 15}
[Install]
WantedBy=multi-user.target
`,
      [`${name}.network`]: `# homelab: ${name}
[Network]
NetworkName=${name}
Label=homelab.workload=${name}
Subnet=${subnet}
DisableDNS=true
`,
    };
    const rest = {
      version: 2,
      workload: name,
      image,
      imageTag: wish.version ?? "any",
      units,
      files,
      filesHash: sha256(JSON.stringify(files)),
      directories: wish.data ? [{ path: `/var/lib/homelab/data/${name}/data`, uid: 0, gid: GID }] : [],
      health: {
        ...{ command: [...curl, `${url}${healthPath}`], attemptSeconds: 3, withinSeconds },
        ...(wish.migratedWithinSeconds ? { migratedWithinSeconds: wish.migratedWithinSeconds } : {}),
      },
      reload: {
        signal: "SIGHUP",
        paths: ["app.json", "tls/"],
        metric: { command: [...curl, `${url}/metrics`], name: "app_loaded" },
      },
      validate: ["python3.13", "/app.py", "check"],
      stopSeconds,
      backup: wish.backup
        ? { paths: [`/var/lib/homelab/data/${name}/data`], retention: "state" as const, hot: wish.backup }
        : null,
      restore: wish.restore ?? null,
    } as const;
    return { ...rest, content: sha256(JSON.stringify(rest)), ...(wish.restore ? { restoring: true } : {}) };
  }

  /** The provider's part: request on stdin, outcome in the last line. */
  async apply(wish: Wish | ApplyRequest): Promise<Outcome> {
    return this.send("apply", "workload" in wish ? wish : this.request(wish));
  }

  /** Applies what must go through; the message says why it did not. */
  async confirm(wish: Wish): Promise<Outcome> {
    const outcome = await this.apply(wish);
    if (outcome.result !== "confirmed") throw new Error([outcome.result, outcome.message, ...outcome.log].join("\n"));
    return outcome;
  }

  async remove(workload = "app", deleteData = false): Promise<Outcome> {
    return this.send("remove", { version: 2, workload, deleteData });
  }

  async attach(workload = "app"): Promise<Outcome> {
    return outcome(await this.pi.exec(`${HOMELAB} attach ${workload}`));
  }

  async send(verb: string, request: object): Promise<Outcome> {
    return outcome(await this.pi.exec(`${HOMELAB} ${verb}`, JSON.stringify(request)));
  }

  /** What a client sees at the port, undefined where nobody answers. */
  async ask(port = 8080): Promise<{ version: string; config: Record<string, unknown>; pid: number; data?: string } | undefined> {
    const { status, stdout } = await this.pi.exec(`curl --silent --fail --max-time 2 http://${this.pi.address}:${port}/`);
    return status === 0 ? JSON.parse(stdout) : undefined;
  }

  async read(): Promise<HostReading> {
    return parseReading(await this.pi.must("python3 -", READER));
  }

  async reading(workload = "app"): Promise<WorkloadReading> {
    const found = (await this.read()).workloads[workload];
    if (!found) throw new Error(`the reading has no ${workload}`);
    return found;
  }

  /** When the container was made: another one has another time. */
  async containerId(workload = "app"): Promise<string> {
    return this.pi.must(`podman inspect --format '{{.Id}}' ${workload} 2>/dev/null`);
  }

  /** All that is on the host of a workload: nothing of it may be left after a removal or a failed creation. */
  async traces(workload = "app"): Promise<string[]> {
    const listing = await this.pi.must(`
      find /etc/containers/systemd /run/containers/systemd /var/lib/homelab /etc/containers/networks -name '*${workload}*' 2>/dev/null
      podman ps --all --format 'container {{.Names}}' 2>/dev/null | grep -w ${workload}
      podman network ls --format 'network {{.Name}}' 2>/dev/null | grep -w ${workload}
      systemctl list-units --all --plain --no-legend '${workload}.service' '${workload}-network.service' | cut -d' ' -f1
      true`);
    return listing.split("\n").filter((line) => line !== "" && !line.startsWith("/var/lib/homelab/outcome/"));
  }

  /** Starts a change and waits until its transaction stands right before a phase; `go` lets it go on. */
  async holdAt(
    point: string,
    verb: "apply" | "remove",
    request: object,
  ): Promise<{ outcome: Promise<Outcome>; go(): Promise<void> }> {
    await this.pi.must(`mkdir -p /run/homelab/hold && rm -f /run/homelab/hold/* && touch /run/homelab/hold/${point}`);
    const answer = this.pi.exec(`${HOMELAB} ${verb}`, JSON.stringify(request));
    const reached = this.until(`test -e /run/homelab/hold/${point}.reached`, 120).then(() => undefined);
    reached.catch(() => undefined);
    const early = await Promise.race([reached, answer]);
    if (early) throw new Error(`it ended before it came to ${point}: ${early.stdout}`);
    const ended = answer.then(outcome);
    // Who cuts the power does not wait for an outcome.
    ended.catch(() => undefined);
    return {
      outcome: ended,
      go: async () => {
        await this.pi.must(`rm -f /run/homelab/hold/${point}`);
      },
    };
  }

  /**
   * Waits until the transaction before is gone, unit and all. It tells its outcome sooner; then it settles, for which it needs the
   * workload's lock, and a test that has taken that lock meanwhile would wait for ever for the next one to begin.
   */
  async atRest(workload = "app"): Promise<void> {
    await this.until(`[ "$(systemctl show -P ActiveState homelab-txn-${workload})" = inactive ]`);
  }

  /** Waits until a shell condition holds. */
  async until(condition: string, seconds = 60): Promise<void> {
    await this.pi.must(
      `for try in $(seq ${seconds * 10}); do { ${condition}; } >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1`,
    );
  }
}

const READER = (await import("node:fs")).readFileSync(
  new URL("../../../../providers/workload/host/read.py", import.meta.url),
  "utf8",
);

function outcome({ status, stdout, stderr }: { status: number; stdout: string; stderr: string }): Outcome {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  if (status !== 0 || !line.startsWith("{")) throw new Error(`no outcome: status ${status}\n${stdout}\n${stderr}`);
  return JSON.parse(line);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
