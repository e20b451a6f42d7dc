import type { ConfigProblem, LabPlan, PlannedHost } from "./model.ts";

/** A port of a host, and who has it. */
interface Taken {
  readonly owner: string;
  readonly number: number;
  readonly protocol: string;
}

/** Whether on each host every port has one owner. */
export function checkPorts(plan: LabPlan): readonly ConfigProblem[] {
  return plan.hosts.flatMap((host) => {
    const taken: Taken[] = [...ownPorts(host)];
    return host.workloads.flatMap((workload) =>
      workload.ports.flatMap(({ number, protocol }) => {
        const other = taken.find((port) => port.number === number && port.protocol === protocol);
        taken.push({ owner: workload.name, number, protocol });
        if (!other) return [];
        return [
          {
            file: "Pulumi.yaml",
            path: `homelab:placement.${workload.name}`,
            value: host.name,
            message: `wants port ${number}/${protocol} of ${host.name}, which is that of ${other.owner}`,
            remedy: `Place one of the two on another host, or give it another port in lab/workloads/${workload.name}.ts.`,
          },
        ];
      }),
    );
  });
}

function ownPorts(host: PlannedHost): readonly Taken[] {
  return [
    { owner: "ssh", number: host.config.sshPort, protocol: "tcp" },
    { owner: "node_exporter", number: host.nodeExporter.port, protocol: "tcp" },
  ];
}
