import type { HealthProbe } from "./definition.ts";
import type { PlacedPort, PlacedWorkload } from "./model.ts";
import { HEALTH_TLS } from "./paths.ts";

/** For one question to an application. The host's script adds some for starting the command. */
export const HEALTH_ATTEMPT_SECONDS = 5;

/** For a snapshot: Prometheus writes out first what it has in memory. The host's script waits a little longer (consistent.py). */
const SNAPSHOT_SECONDS = 290;

/**
 * How a host asks an application whether it works: a command of the host that ends with 0 if so. It speaks mutual TLS as
 * `health.<host>` and verifies the server's name, so that a foreign process at the port does not pass.
 */
export function healthCommand(workload: PlacedWorkload): readonly string[] {
  const probe: HealthProbe = workload.definition.health;
  const port = portNamed(workload, probe.port);
  if (probe.kind === "https") {
    const ask = [...curl(workload, port), "--output", "/dev/null", url(workload, port, probe.path)];
    return probe.status === undefined ? ask : answering(probe.status, ask);
  }
  return [
    "mosquitto_sub",
    ...["-h", port.address, "-p", String(port.number)],
    ...["--cafile", HEALTH_TLS.ca, "--cert", HEALTH_TLS.certificate, "--key", HEALTH_TLS.key],
    ...["-t", probe.topic, "-C", "1", "-W", String(HEALTH_ATTEMPT_SECONDS)],
  ];
}

/** A command of the host that prints the metrics with the proof of a reload; undefined where the application has none. */
export function reloadMetricCommand(workload: PlacedWorkload): readonly string[] | undefined {
  const metric = workload.definition.reload?.metric;
  if (!metric) return undefined;
  const port = portNamed(workload, metric.port);
  return [...curl(workload, port), url(workload, port, metric.path)];
}

/** A command of the host that asks Prometheus for a snapshot of its data and prints the answer. */
export function prometheusSnapshotCommand(workload: PlacedWorkload, port: string): readonly string[] {
  const asked = portNamed(workload, port);
  return [...curl(workload, asked, SNAPSHOT_SECONDS), "--request", "POST", url(workload, asked, "/api/v1/admin/tsdb/snapshot")];
}

/** The port with this name. Throws for a name that the catalogue's check would have refused. */
export function portNamed(workload: PlacedWorkload, name: string): PlacedPort {
  const port = workload.ports.find((candidate) => candidate.name === name);
  if (!port) throw new Error(`lab/workloads/${workload.name}.ts has no port named "${name}"`);
  return port;
}

function curl(workload: PlacedWorkload, port: PlacedPort, seconds = HEALTH_ATTEMPT_SECONDS): readonly string[] {
  return [
    "curl",
    ...["--silent", "--show-error", "--fail", "--max-time", String(seconds)],
    // A proxy in the host's environment would answer for the application.
    ...["--noproxy", "*"],
    ...["--cacert", HEALTH_TLS.ca, "--cert", HEALTH_TLS.certificate, "--key", HEALTH_TLS.key],
    ...["--resolve", `${workload.identity}:${port.number}:${port.address}`],
  ];
}

/** The same question, where success is one status. curl's own `--fail` would take 401 for a failure. */
function answering(status: number, command: readonly string[]): readonly string[] {
  const script = `test "$("$@" --no-fail --write-out '%{http_code}')" = ${status}`;
  return ["sh", "-c", script, "sh", ...command];
}

function url(workload: PlacedWorkload, port: PlacedPort, path: string): string {
  return `https://${workload.identity}:${port.number}${path}`;
}
