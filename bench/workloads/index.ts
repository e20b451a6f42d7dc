import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../../components/certificate-authority.ts";
import { Host } from "../../components/host.ts";
import { Workload } from "../../components/workload.ts";
import type { WorkloadDefinition } from "../../lab/definition.ts";
import { type LabConfig, RESTIC } from "../../lab/model.ts";
import { planHost, planLab } from "../../lab/plan.ts";

/*
 * As many workloads as the config says, made by the lab's own plan and components on one host. Without an address it is a host
 * that does not exist: a preview of it contacts nobody. Each is a small Nginx with a certificate, a file and a volume.
 */

const config = new pulumi.Config();
const count = config.requireNumber("workloads");
const address = config.get("address") ?? "192.0.2.1";
const hostKey = config.get("hostKey") ?? `ssh-ed25519 AAAA${"B".repeat(64)}`;
const digest = config.get("digest") ?? `sha256:${"0".repeat(64)}`;
const HOST = "bench";

const nginxConfig = `pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server {
    listen 8443 ssl;
    ssl_certificate /config/current/tls/server.pem;
    ssl_certificate_key /config/current/tls/server.key;
    ssl_client_certificate /config/current/tls/ca.pem;
    ssl_verify_client on;
    ssl_verify_depth 2;
    return 204;
  }
}
`;

const catalogue: readonly WorkloadDefinition[] = Array.from({ length: count }, (_, index) => ({
  name: `workload-${index}`,
  network: index,
  summary: "One of many",
  tier: "optional",
  instances: "one",
  limits: { memoryMiB: 64, cpus: 0.25, pids: 32 },
  user: { uid: 101, gid: 101 },
  entrypoint: "/usr/sbin/nginx",
  arguments: () => ["-e", "stderr", "-c", "/config/current/nginx.conf", "-g", "daemon off;"],
  ports: [{ name: "https", number: 10_000 + index, containerPort: 8443, protocol: "tcp", access: "clients" }],
  volumes: [{ name: "data", target: "/data", diskGiB: 1, backup: true }],
  tmpfs: [{ target: "/tmp", sizeMiB: 8 }],
  files: (self) => [{ path: "nginx.conf", text: `# ${self.identity}\n${nginxConfig}` }],
  certificates: ["server"],
  calls: () => [],
  health: { kind: "https", port: "https", path: "/" },
  healthyWithinSeconds: 60,
  stopTimeoutSeconds: 10,
}));

const lab: LabConfig = {
  domain: "bench.home.arpa",
  primary: HOST,
  hosts: {
    [HOST]: {
      address,
      sshPort: 22,
      hostKey,
      memoryMiB: 64 * 1024,
      cpus: 256,
      diskGiB: 4096,
      containerSubnet: "10.64.0.0/16",
    },
  },
  placement: Object.fromEntries(catalogue.map(({ name }) => [name, [HOST]])),
};
const image = { repository: "docker.io/library/nginx", tag: "1", digest };
const restic = { repository: "docker.io/restic/restic", tag: "1", digest: config.get("resticDigest") ?? digest };
const images = { ...Object.fromEntries(catalogue.map(({ name }) => [name, image])), [RESTIC]: restic };

const hostPlan = planHost(planLab(lab, catalogue), {
  host: HOST,
  images,
  limits: {},
  routerKeys: {},
  initialise: [],
  secrets: [],
});
const authority = new CertificateAuthority("ca", { domain: lab.domain, host: HOST, otherHosts: [] });
const issuer = authority.issuers[HOST];
if (!issuer) throw new Error(`No intermediate for ${HOST}`);
const shared = {
  issuer,
  people: pulumi.output(""),
  backupPasswords: pulumi.output<Record<string, string>>({ [HOST]: "bench" }),
  outputs: {},
};
const host = new Host(HOST, { plan: hostPlan, shared, secrets: {} });
const workloads = hostPlan.workloads.map(
  (plan) => new Workload(plan.placed.name, { host, plan, shared, config: lab, secrets: {}, initialise: false }),
);
for (const workload of workloads) workload.serve(workloads.map(({ image }) => image));
