import { copiersTo, copyPath, REST_SERVER } from "../backup/plan.ts";
import type { LabPlan, PlacedWorkload } from "../model.ts";
import { backupIdentity, compare, pageName } from "../names.ts";
import { CA_FILE, CONFIG, tlsFiles } from "../paths.ts";

/** Names and password hashes of the persons who may see the pages, in the format of htpasswd. */
export const PEOPLE_FILE = "people.htpasswd";

/** By what rest-server knows that it is this Nginx who asks for a host: a map from the host's certificate to a password. */
export const COPIES_FILE = "copies.conf";

const server = tlsFiles("server");
const client = tlsFiles("client");

/** `nginx.conf`: the service door, and one server for each page of a workload on the same host. */
export function nginxConfig(self: PlacedWorkload, plan: LabPlan): string {
  const pages = plan.workloads
    .filter(({ host, definition }) => host === self.host && definition.page)
    .sort((a, b) => compare(a.name, b.name));
  const doors = [
    serviceDoor(self, plan),
    ...(pages.length > 0 ? [noSuchPage(self)] : []),
    ...pages.map((workload) => pageDoor(self, workload, plan)),
  ];
  return `${HEAD}
http {
${indent(`${HTTP}\n${doors.join("\n")}`)}}
`;
}

const HEAD = `# The door of a host. It runs as a user who may write nowhere but in /tmp.
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr notice;
# An open page holds its connection: a stop would wait for it until it is killed, and every reload leave a process behind.
worker_shutdown_timeout 10s;

events {
  worker_connections 512;
}
`;

const HTTP = `access_log /dev/stdout;
server_tokens off;
# Names of the lab can be longer than the 64 bytes that these tables have room for otherwise.
map_hash_bucket_size 256;
server_names_hash_bucket_size 256;

client_body_temp_path /tmp/client_body;
proxy_temp_path /tmp/proxy;
fastcgi_temp_path /tmp/fastcgi;
uwsgi_temp_path /tmp/uwsgi;
scgi_temp_path /tmp/scgi;

ssl_certificate ${server.certificate};
ssl_certificate_key ${server.key};
ssl_session_tickets off;

map $http_upgrade $connection_upgrade {
  default upgrade;
  "" close;
}
`;

/** For other workloads and the health check: mutual TLS, and of all certificates of the lab only those named here. */
function serviceDoor(self: PlacedWorkload, plan: LabPlan): string {
  const port = self.ports.find(({ name }) => name === "service");
  const copies = copyLocations(self, plan);
  const included = copies === "" ? "" : `include ${CONFIG}/${COPIES_FILE};\n\n`;
  return `# Service door: who may come in is said by the certificate's whole subject.
map $ssl_client_s_dn $service_client {
  default no;
${(port?.clients ?? []).map((name) => `  "CN=${name}" yes;\n`).join("")}}

${included}server {
  listen ${port?.containerPort} ssl;
  server_name ${self.identity};
  ssl_protocols TLSv1.3;
  ssl_client_certificate ${CA_FILE};
  ssl_verify_client on;
  ssl_verify_depth 2;

  if ($service_client = no) {
    return 403;
  }

  # Asked every minute: not worth a line in the journal, and a write to the card.
  location = /healthz {
    access_log off;
    default_type text/plain;
    return 200 "ok\\n";
  }
${copies}
  location / {
    return 404;
  }
}
`;
}

/** One path per host that brings copies, open to its certificate alone. What it sends goes on as it comes, and is kept nowhere. */
function copyLocations(self: PlacedWorkload, plan: LabPlan): string {
  const behind = plan.workloads.find(({ name, host }) => name === REST_SERVER.name && host === self.host);
  const port = behind?.ports.find(({ name }) => name === REST_SERVER.port)?.number;
  if (!behind) return "";
  return copiersTo(self.host, plan.config)
    .map(
      (copier) => `
  location ${copyPath(copier)} {
    if ($ssl_client_s_dn != "CN=${backupIdentity(copier, plan.config)}") {
      return 403;
    }
    access_log off;
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_read_timeout 300s;
    proxy_pass https://${behind.identity}:${port}/${copier}/;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Authorization $copier_authorization;
${mutualTls(behind)}  }
`,
    )
    .join("");
}

/** Who asks for another name gets no answer, and no certificate to look at. */
function noSuchPage(self: PlacedWorkload): string {
  return `# Pages for people.
server {
  listen ${pagesPort(self)} ssl default_server;
  ssl_reject_handshake on;
}
`;
}

/** A page: a person proves who they are by a password, Nginx to the workload by its certificate. */
function pageDoor(self: PlacedWorkload, workload: PlacedWorkload, plan: LabPlan): string {
  const page = workload.definition.page;
  const port = workload.ports.find(({ name }) => name === page?.port);
  return `# ${workload.definition.summary}.
server {
  listen ${pagesPort(self)} ssl;
  server_name ${pageName(page?.name ?? "", plan.config)};
  ssl_protocols TLSv1.2 TLSv1.3;
  auth_basic "Home lab";
  auth_basic_user_file ${CONFIG}/${PEOPLE_FILE};
${(page?.closed ?? []).map((path) => `\n  location ^~ ${path} {\n    return 403;\n  }\n`).join("")}
  location / {
    proxy_pass https://${workload.identity}:${port?.number};
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    # Answers go on as they come: a long one, slowly read, would fill /tmp and break off, and messages to an open page never get there.
    proxy_buffering off;
    # Such a page hears nothing while there is nothing new.
    proxy_read_timeout 1h;
    # The person's password is for this door only.
    proxy_set_header Authorization "";
${mutualTls(workload)}  }
}
`;
}

/** How Nginx proves itself to a workload, and takes nobody else for it. */
function mutualTls({ identity }: PlacedWorkload): string {
  return `    proxy_ssl_protocols TLSv1.3;
    proxy_ssl_certificate ${client.certificate};
    proxy_ssl_certificate_key ${client.key};
    proxy_ssl_trusted_certificate ${CA_FILE};
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 2;
    proxy_ssl_name ${identity};
    proxy_ssl_server_name on;
`;
}

function pagesPort(self: PlacedWorkload): number | undefined {
  return self.ports.find(({ name }) => name === "pages")?.containerPort;
}

/** Two spaces before every line that is not empty. */
function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
