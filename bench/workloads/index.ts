import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../../components/certificate-authority.ts";
import { Host } from "../../components/host.ts";
import { Workload } from "../../components/workload.ts";
import type { LabConfig, WorkloadDefinition } from "../../lab/model.ts";
import { planHost, planLab } from "../../lab/plan.ts";

/*
 * As many workloads as the config says, made by the lab's own plan and components on one host that does not exist: a preview
 * of them contacts nobody. Each has a server certificate, a file and a volume, as most of the lab's have.
 */

const count = new pulumi.Config().requireNumber("workloads");
const HOST = "bench";

const catalogue: readonly WorkloadDefinition[] = Array.from({ length: count }, (_, index) => ({
  name: `workload-${index}`,
  network: index,
  summary: "One of many",
  tier: "optional",
  instances: "one",
  limits: { memoryMiB: 64, cpus: 0.25, pids: 32 },
  user: { uid: 1000, gid: 1000 },
  arguments: () => ["--config=/config/current/app.yml"],
  ports: [{ name: "https", number: 10_000 + index, protocol: "tcp", access: "clients" }],
  volumes: [{ name: "data", target: "/data", diskGiB: 1, backup: true }],
  tmpfs: [],
  files: (self) => [{ path: "app.yml", text: `name: ${self.identity}\n` }],
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
      address: "192.0.2.1",
      sshPort: 22,
      hostKey: `ssh-ed25519 AAAA${"B".repeat(64)}`,
      memoryMiB: 64 * 1024,
      cpus: 256,
      diskGiB: 4096,
      containerSubnet: "10.64.0.0/16",
    },
  },
  placement: Object.fromEntries(catalogue.map(({ name }) => [name, [HOST]])),
};
const image = { repository: "docker.io/lab/app", tag: "1", digest: `sha256:${"0".repeat(64)}` };
const images = Object.fromEntries(catalogue.map(({ name }) => [name, image]));

const hostPlan = planHost(planLab(lab, catalogue), { host: HOST, images, limits: {} });
const authority = new CertificateAuthority("ca", { domain: lab.domain, host: HOST, otherHosts: [] });
const issuer = authority.issuers[HOST];
if (!issuer) throw new Error(`No intermediate for ${HOST}`);
const shared = { issuer, people: pulumi.output(""), outputs: {} };
const host = new Host(HOST, { host: hostPlan.host, issuer });
for (const plan of hostPlan.workloads) new Workload(plan.placed.name, { host, plan, shared });
