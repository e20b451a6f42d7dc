/**
 * Why a runner cannot preview with the state where it is; undefined if it can.
 * @param runner label of the runner inside the lab; empty for a hosted one
 */
export function unreachableBackend(backend: string, runner: string): string | undefined {
  if (runner !== "") return undefined;
  if (backend !== "" && !backend.startsWith("file:")) return undefined;
  const where = backend === "" ? "not set (PULUMI_BACKEND_URL)" : `a folder of another machine (${backend})`;
  return `On a hosted runner a preview needs a backend that the runner reaches, such as an object store (S3-compatible), and this one is ${where}. Name one, or let a runner inside the lab do it (HOMELAB_RUNNER): docs/ci.md says how.`;
}
