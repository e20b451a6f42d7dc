import { copierIdentities, copiersTo, REST_SERVER, SERVICE_PORT } from "../backup/plan.ts";
import type { Placement, Placements, WorkloadCall, WorkloadDefinition } from "../definition.ts";
import { pageName } from "../names.ts";
import { CONFIG } from "../paths.ts";
import { COPIES_FILE, nginxConfig, PEOPLE_FILE } from "./nginx-config.ts";

/** The door of a host: pages for people, and a service door for the other workloads and for the copies of other hosts. */
export const nginx: WorkloadDefinition = {
  name: "nginx",
  network: 0,
  summary: "Door of the host: pages for people over TLS",
  tier: "core",
  instances: "each",
  limits: { memoryMiB: 96, cpus: 0.5, pids: 64 },
  user: { uid: 101, gid: 1993 },
  // The image's own entry point writes to the root file system.
  entrypoint: "/usr/sbin/nginx",
  // "-e stderr": the log that the binary was built with lies on the read-only root.
  arguments: () => ["-e", "stderr", "-c", `${CONFIG}/nginx.conf`, "-g", "daemon off;"],
  ports: [
    {
      name: "pages",
      number: 443,
      containerPort: 4443,
      protocol: "tcp",
      access: "people",
      onlyIf: (self, lab) => pagesBehind(self, lab).length > 0,
    },
    {
      name: "service",
      number: SERVICE_PORT,
      protocol: "tcp",
      access: "clients",
      furtherClients: (self, lab) => copierIdentities(self.host, lab),
    },
  ],
  volumes: [],
  tmpfs: [{ target: "/tmp", sizeMiB: 16 }],
  files: (self, plan) => [{ path: "nginx.conf", text: nginxConfig(self, plan) }],
  certificates: ["server", "client"],
  serverNames: (self, lab) => pagesBehind(self, lab).map(({ page }) => pageName(page, lab.config)),
  secrets: (self, plan) => [
    ...(self.ports.some(({ name }) => name === "pages") ? [{ path: PEOPLE_FILE, kind: "people" } as const] : []),
    ...(copiersTo(self.host, plan.config).length > 0 ? [{ path: COPIES_FILE, kind: "copiers-authorization" } as const] : []),
  ],
  calls: (self, lab) => [...pagesBehind(self, lab).map(({ call }) => call), ...copiesBehind(self, lab)],
  health: { kind: "https", port: "service", path: "/healthz" },
  healthyWithinSeconds: 30,
  // Nginx that is sent bad files keeps the old ones and says so only in its log: therefore `validate`.
  reload: { signal: "SIGHUP", paths: ["nginx.conf", PEOPLE_FILE, COPIES_FILE, "tls/"] },
  validate: ["/usr/sbin/nginx", "-e", "stderr", "-t", "-c", `${CONFIG}/nginx.conf`],
  stopTimeoutSeconds: 15,
};

/** The pages of the workloads on the same host. */
function pagesBehind(self: Placement, lab: Placements): readonly { readonly page: string; readonly call: WorkloadCall }[] {
  return lab.all.flatMap(({ definition: { page }, name, host }) =>
    page && host === self.host ? [{ page: page.name, call: { workload: name, host, port: page.port } }] : [],
  );
}

/** rest-server on the same host, if others bring copies to it. */
function copiesBehind({ host }: Placement, lab: Placements): readonly WorkloadCall[] {
  if (copiersTo(host, lab.config).length === 0) return [];
  return lab.all
    .filter((placement) => placement.name === REST_SERVER.name && placement.host === host)
    .map(({ name }) => ({ workload: name, host, port: REST_SERVER.port }));
}
