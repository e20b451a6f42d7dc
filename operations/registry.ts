import { createHash } from "node:crypto";
import type { ImageReference } from "../lab/model.ts";

/*
 * What a registry says of a tag, by the OCI distribution API. Anonymous: public images need no account.
 */

/** An index lists one manifest per architecture; its digest is the same wherever it is pulled. */
const INDEX_TYPES = ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/** Asked for too, so that an image of one architecture is told from one that is missing. */
const MANIFEST_TYPES = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];

/** What a Raspberry Pi runs. */
const ARCHITECTURE = "arm64";

/** For one request: a registry that takes longer is as good as unreachable. */
const TIMEOUT_MS = 20_000;

/** An index, and the architectures in it. */
export interface IndexLookup {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly architectures: readonly string[];
}

/**
 * Looks up the index of a tag.
 * @throws Error in a person's words: not reachable, no such tag, not allowed, not for {@link ARCHITECTURE}
 */
export async function lookUpIndex({ repository, tag }: Pick<ImageReference, "repository" | "tag">): Promise<IndexLookup> {
  const { registry, path } = registryOf(repository);
  const response = await getWithToken(`${registry}/v2/${path}/manifests/${tag}`);
  if (response.status === 404) throw new Error(`${registry} has no tag ${tag} of ${path}`);
  if (response.status === 401 || response.status === 403)
    throw new Error(`${registry} shows ${path} to nobody without an account`);
  if (response.status === 429) throw new Error(`${registry} was asked too often from here; try again in an hour`);
  if (!response.ok) throw new Error(`${registry} answered ${response.status} ${response.statusText} for ${path}:${tag}`);
  const body = Buffer.from(await response.arrayBuffer());
  const architectures = architecturesIn(body, response.headers.get("content-type") ?? "");
  if (architectures === undefined) throw new Error(`${path}:${tag} is for one architecture, not an index of several`);
  if (!architectures.includes(ARCHITECTURE)) {
    throw new Error(`${path}:${tag} is not for ${ARCHITECTURE}, only for ${architectures.join(", ")}`);
  }
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  const claimed = response.headers.get("docker-content-digest");
  if (claimed !== null && claimed !== digest) throw new Error(`${registry} sent ${path}:${tag} incomplete; try again`);
  return { digest, architectures };
}

/** Base address of a registry and an image's path in it. Docker Hub's API has another name than its images. */
function registryOf(repository: string): { readonly registry: string; readonly path: string } {
  const slash = repository.indexOf("/");
  const name = repository.slice(0, slash);
  const path = repository.slice(slash + 1);
  if (name === "docker.io") return { registry: "https://registry-1.docker.io", path };
  return { registry: `${isLoopback(name) ? "http" : "https"}://${name}`, path };
}

/** A registry on the machine itself has no certificate, and needs none. */
function isLoopback(name: string): boolean {
  return /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(name);
}

/** GET; when the registry wants a token, as Docker Hub and ghcr.io do of everyone, again with one. */
async function getWithToken(url: string): Promise<Response> {
  const accept = [...INDEX_TYPES, ...MANIFEST_TYPES].join(", ");
  const first = await get(url, { accept });
  const challenge = first.headers.get("www-authenticate");
  if (first.status !== 401 || !challenge?.toLowerCase().startsWith("bearer ")) return first;
  return get(url, { accept, authorization: `Bearer ${await anonymousToken(challenge)}` });
}

/**
 * A token from where the registry says.
 * @param challenge `Bearer realm="https://…",service="…",scope="…"`
 */
async function anonymousToken(challenge: string): Promise<string> {
  const fields = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));
  const realm = new URL(fields.get("realm") ?? "");
  for (const key of ["service", "scope"]) realm.searchParams.set(key, fields.get(key) ?? "");
  const response = await get(realm.href, { accept: "application/json" });
  const answer: unknown = response.ok ? await response.json() : undefined;
  const { token, access_token } = (answer ?? {}) as { readonly token?: unknown; readonly access_token?: unknown };
  const found = token ?? access_token;
  if (typeof found !== "string") throw new Error(`${realm.origin} gave no anonymous token (${response.status})`);
  return found;
}

async function get(url: string, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new Error(`${new URL(url).origin} cannot be reached: ${reason(error)}`);
  }
}

/** fetch says only "fetch failed"; why is in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}

/** Architectures of the images in an index; undefined where it is none. Attestations say "unknown". */
function architecturesIn(body: Buffer, contentType: string): readonly string[] | undefined {
  if (!INDEX_TYPES.some((type) => contentType.startsWith(type))) return undefined;
  const { manifests } = JSON.parse(body.toString()) as {
    readonly manifests?: readonly { readonly platform?: { readonly architecture?: string; readonly os?: string } }[];
  };
  const linux = (manifests ?? []).filter(({ platform }) => platform?.os === "linux");
  return [...new Set(linux.map(({ platform }) => platform?.architecture ?? "unknown"))].sort();
}
