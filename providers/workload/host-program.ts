/** The host's part of the workload transaction: what is installed where. Its text lies in `host/`. */
export const HOST_PROGRAM = {
  directory: "/usr/local/lib/homelab",
  files: [] as string[],
  executables: ["homelab"],
  units: [] as string[],
  activateUnits:
    "systemctl daemon-reload && systemctl enable --quiet homelab-settle.service && systemctl enable --quiet --now homelab-health.timer",
  source: (file: string) => new URL(`./host/${file}`, import.meta.url),
};
