import { yamlText } from "./yaml.ts";

/** Paths of what a server shows and trusts. */
export interface ServerTls {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * The `--web.config.file` of Prometheus, Alertmanager and node_exporter: mutual TLS, and of all certificates of the lab only
 * those with one of these names. The file and the certificates are read anew for every connection.
 * @param clients DNS names of allowed client certificates
 */
export function exporterWebConfig(tls: ServerTls, clients: readonly string[]): string {
  const server = {
    cert_file: tls.certificate,
    key_file: tls.key,
    client_auth_type: "RequireAndVerifyClientCert",
    client_ca_file: tls.ca,
    client_allowed_sans: clients,
    min_version: "TLS13",
  };
  return yamlText({ tls_server_config: server }, "Who may connect: mutual TLS, and only these names.");
}
