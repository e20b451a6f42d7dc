import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** How a fake registry behaves. */
interface Behaviour {
  /** Wants a token first, as Docker Hub does. */
  readonly token?: boolean;
  /** Says another digest than that of what it sends. */
  readonly lies?: boolean;
  /** Answers everything with this status. */
  readonly status?: number;
}

const platform = (architecture: string, os = "linux") => ({ digest: "sha256:00", platform: { architecture, os } });

/** What it has, by `path:tag`. */
const CONTENT: Readonly<Record<string, { readonly type: string; readonly body: string }>> = {
  "library/nginx:1.30": {
    type: OCI_INDEX,
    body: JSON.stringify({ manifests: [platform("amd64"), platform("arm64"), platform("unknown", "unknown")] }),
  },
  "prom/prometheus:v3.16.0": { type: DOCKER_LIST, body: JSON.stringify({ manifests: [platform("arm64")] }) },
  "intel/only:1": { type: OCI_INDEX, body: JSON.stringify({ manifests: [platform("amd64"), platform("386")] }) },
  "freeradius/server:3": { type: OCI_MANIFEST, body: JSON.stringify({ config: {} }) },
};

/** The digest of what the registry has. */
export function digestOf(name: string): string {
  return `sha256:${createHash("sha256")
    .update(CONTENT[name]?.body ?? "")
    .digest("hex")}`;
}

/**
 * A registry on the loopback address, for one test.
 * @returns its `host:port`, and the paths that it was asked for
 */
export async function fakeRegistry(behaviour: Behaviour = {}) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response, behaviour);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { name: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function answer(request: IncomingMessage, response: ServerResponse, { token, lies, status }: Behaviour): void {
  const url = new URL(request.url ?? "", `http://${request.headers.host}`);
  if (status !== undefined) return void response.writeHead(status).end();
  if (url.pathname === "/token") {
    const good = url.searchParams.get("service") === "fake" && url.searchParams.get("scope") === "repository:any:pull";
    return void response.writeHead(good ? 200 : 400).end(JSON.stringify({ token: "let-me-in" }));
  }
  if (token && request.headers.authorization !== "Bearer let-me-in") {
    const challenge = `Bearer realm="http://${request.headers.host}/token",service="fake",scope="repository:any:pull"`;
    return void response.writeHead(401, { "www-authenticate": challenge }).end();
  }
  const [, path, tag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname) ?? [];
  const name = tag?.startsWith("sha256:")
    ? Object.keys(CONTENT).find((key) => key.startsWith(`${path}:`) && digestOf(key) === tag)
    : `${path}:${tag}`;
  const found = CONTENT[name ?? ""];
  if (!found) return void response.writeHead(404).end();
  // A registry answers with what it was asked to; without the type of an index it would pick one architecture.
  if (!request.headers.accept?.includes(found.type)) return void response.writeHead(406).end();
  const digest = lies ? `sha256:${"0".repeat(64)}` : digestOf(name ?? "");
  response.writeHead(200, { "content-type": found.type, "docker-content-digest": digest }).end(found.body);
}
