/** Who the certificates of the tests are for. */
export const names = {
  domain: "lab.test",
  server: "prometheus.lab.test",
  page: "metrics.lab.test",
  client: "nginx.adama.lab.test",
  address: "192.0.2.20",
} as const;
