/**
 * The images of the rehearsal, built from Debian packages on one shared base: the Pi, the registry, the router, and stand-ins for
 * the workloads' images where no registry can be reached. What Debian has too old a version of comes from its Go module.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { run, waitFor } from "../../operations/shell.ts";
import { quote } from "../../providers/ssh.ts";
import { cached, inCache, withLock } from "../cache.mjs";
import { step } from "../say.mjs";
import { hashOf } from "../toolchain/content.ts";
import { repository as checkout } from "../toolchain/paths.ts";
import { podman, tryPodman } from "../toolchain/podman.ts";
import { ensureResticPrograms, goModuleVersion } from "../toolchain/restic.ts";

/** A version of an image that the local registry has. */
export interface Version {
  readonly tag: string;
  readonly digest: string;
}

/** What a version of an image is for: `next` is as good as `current`, `ends` ends at once, `silent` runs and never answers. */
export type Variant = "current" | "next" | "ends" | "silent";

/** The versions of one image. */
export type Versions = Readonly<Record<Variant, Version>>;

/** Where the registry's content lies: in the cache, shared by all instances. */
export const registryStore = inCache("registry");

const imagesFolder = join(checkout, "rehearsal", "images");
const documentation = ["/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*", "/usr/share/info/*"];
const basePackages = "ca-certificates";

/** The images of the rehearsal itself: what they play, and how long building them takes, in seconds. */
const ownImages = {
  pi: { plays: "Pi", seconds: 60 },
  registry: { plays: "registry", seconds: 15 },
  openwrt: { plays: "routers", seconds: 15 },
} as const;

/** Builds an image of the rehearsal itself unless it is there; returns its name. */
export async function ensureImage(name: keyof typeof ownImages): Promise<string> {
  const containerfile = readFileSync(join(imagesFolder, name, "Containerfile"), "utf8");
  const tag = `homelab/${name}:${hashOf(basePackages, containerfile)}`;
  await withLock(`image-${name}`, async () => {
    if (await imageExists(tag)) return;
    await ensureBase();
    const { plays, seconds } = ownImages[name];
    await step(`Building the image of the simulated ${plays} (once)`, seconds, () => build(tag, containerfile));
  });
  return tag;
}

/** Whether there is a stand-in for an image, e.g. `docker.io/prom/prometheus`. */
export function hasStandIn(repository: string): boolean {
  return existsSync(join(imagesFolder, repository, "Containerfile"));
}

/** The Go module that the stand-in for an image is built from, undefined for one of Debian packages. */
export function goModuleOf(repository: string): string | undefined {
  return /^LABEL homelab\.module=(\S+)/m.exec(containerfileOf(repository))?.[1];
}

function containerfileOf(repository: string): string {
  return readFileSync(join(imagesFolder, repository, "Containerfile"), "utf8");
}

/** Builds the stand-in for an image with all its versions and puts them into the registry, once. */
export async function ensureStandIn(repository: string): Promise<Versions> {
  const containerfile = containerfileOf(repository);
  const module = goModuleOf(repository);
  const programs = module === undefined ? undefined : await ensureResticPrograms();
  const parts = [...brokenProgram("ends"), ...brokenProgram("silent"), ...(programs === undefined ? [] : [basename(programs)])];
  const key = `images/${repository.replaceAll("/", "-")}-${hashOf(basePackages, containerfile, ...parts)}`;
  const folder = await cached(key, async (draft) => {
    await ensureBase();
    const from = module === undefined ? "Debian packages" : "its Go module";
    const versions = await step(`Building ${repository} from ${from} (once)`, 20, () =>
      buildVersions(repository, containerfile, programs),
    );
    writeFileSync(join(draft, "versions.json"), JSON.stringify(versions));
  });
  return JSON.parse(readFileSync(join(folder, "versions.json"), "utf8"));
}

/** @param programs the folder of the programs that its Containerfile takes from `/programs` */
async function buildVersions(repository: string, containerfile: string, programs?: string): Promise<Versions> {
  const local = (variant: Variant) => `localhost/${repository}:${variant}`;
  await build(local("current"), containerfile, programs);
  const module = goModuleOf(repository);
  const version = module === undefined ? await upstreamVersion(local("current")) : goModuleVersion(module);
  const origin = module === undefined ? "debian" : "built";
  const program = await podman(["image", "inspect", "--format", '{{index .Labels "homelab.program"}}', local("current")]);
  const from = `FROM ${local("current")}\n`;
  const user = await podman(["image", "inspect", "--format", "{{.Config.User}}", local("current")]);
  const replaced = (variant: "ends" | "silent") =>
    `${from}USER 0\nRUN printf '%s\\n' ${brokenProgram(variant).map(quote).join(" ")} > ${program}\nUSER ${user || "0"}\n`;
  await build(local("next"), `${from}LABEL homelab.rehearsal=next\n`);
  await build(local("ends"), replaced("ends"));
  await build(local("silent"), replaced("silent"));
  const tags: Readonly<Record<Variant, string>> = {
    current: `${version}-${origin}`,
    next: `${version}-${origin}-next`,
    ends: `${version}-${origin}-ends`,
    silent: `${version}-${origin}-silent`,
  };
  return await withRegistry(async (registry) => {
    const push = async (variant: Variant): Promise<Version> => {
      const tag = tags[variant];
      return { tag, digest: await pushImage(local(variant), `${registry}/${repository}:${tag}`) };
    };
    return { current: await push("current"), next: await push("next"), ends: await push("ends"), silent: await push("silent") };
  });
}

/** What runs in a bad version instead of the program. */
function brokenProgram(variant: "ends" | "silent"): readonly string[] {
  return variant === "ends"
    ? ["#!/bin/sh", "echo 'fatal: this version ends at once' >&2", "exit 1"]
    : ["#!/bin/sh", "trap 'exit 0' TERM QUIT INT HUP", "echo 'this version runs and never answers' >&2", "sleep infinity & wait"];
}

/** `2.53.3` of Debian's `1:2.53.3+ds1-2`. */
async function upstreamVersion(image: string): Promise<string> {
  const name = await podman(["image", "inspect", "--format", '{{index .Labels "homelab.package"}}', image]);
  const version = await podman([
    "run",
    "--rm",
    "--network",
    "none",
    "--entrypoint",
    "dpkg-query",
    image,
    "-W",
    "-f",
    "$" + "{Version}",
    name,
  ]);
  return version.replace(/^\d+:/, "").replace(/[-+~].*$/, "");
}

async function pushImage(image: string, target: string): Promise<string> {
  const digestFile = inCache(`digest-${process.pid}`);
  await podman(["push", "--quiet", "--tls-verify=false", "--digestfile", digestFile, image, `docker://${target}`]);
  const digest = readFileSync(digestFile, "utf8").trim();
  rmSync(digestFile);
  return digest;
}

/** Runs the registry on a free port of this machine while `body` fills it. */
async function withRegistry<T>(body: (address: string) => Promise<T>): Promise<T> {
  mkdirSync(registryStore, { recursive: true });
  const address = `127.0.0.1:${await freePort()}`;
  const image = await ensureImage("registry");
  const mount = ["-v", `${registryStore}:/store`, "-e", `REGISTRY_HTTP_ADDR=${address}`];
  const container = await podman(["run", "-d", "--rm", "--network", "host", ...mount, image]);
  try {
    await waitFor("the registry answers", 20, () => registryAnswers(address));
    return await body(address);
  } finally {
    await tryPodman(["rm", "-f", "-t", "2", container]);
  }
}

/** True once a registry answers at `host:port`. */
export async function registryAnswers(address: string): Promise<true | undefined> {
  return await fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok || undefined,
    () => undefined,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("No free port.")),
      );
    });
  });
}

// renovate: datasource=docker depName=debian versioning=debian
const release = "trixie";

/** Debian 13 with next to nothing in it, without documentation. */
function ensureBase(): Promise<void> {
  return withLock("image-base", makeBase);
}

async function makeBase(): Promise<void> {
  const tag = `homelab/base:${hashOf(basePackages)}`;
  if (!(await imageExists(tag))) {
    await step("Making the Debian 13 base of all images (once)", 30, async () => {
      const archive = inCache("base.tar");
      const options = [
        "--variant=minbase",
        `--include=${basePackages}`,
        ...documentation.map((path) => `--dpkgopt=path-exclude=${path}`),
      ];
      await run("mmdebstrap", [...options, release, archive]);
      await podman(["import", archive, tag]);
      rmSync(archive);
    });
  }
  await podman(["tag", tag, "homelab/base"]);
}

/** Builds an image on the base of all; `/programs` is a folder of this machine. */
export async function buildImage(tag: string, containerfile: string, programs?: string): Promise<void> {
  await ensureBase();
  await build(tag, containerfile, programs);
}

/** Puts images into the registry under the name of a repository, each by its tag. */
export async function pushImages(repository: string, images: Readonly<Record<string, string>>): Promise<Record<string, Version>> {
  return await withRegistry(async (registry) => {
    const pushed: Record<string, Version> = {};
    for (const [tag, image] of Object.entries(images)) {
      pushed[tag] = { tag, digest: await pushImage(image, `${registry}/${repository}:${tag}`) };
    }
    return pushed;
  });
}

async function build(tag: string, containerfile: string, programs?: string): Promise<void> {
  // Lists and downloads of packages stay outside of the images and serve the next build.
  const mounts = Object.entries({ "/var/lib/apt/lists": "apt-lists", "/var/cache/apt": "apt-cache" }).flatMap(
    ([target, name]) => {
      mkdirSync(inCache(name), { recursive: true });
      return ["--volume", `${inCache(name)}:${target}`];
    },
  );
  // podman would take the layer of another content of that folder: it only compares the commands.
  if (programs !== undefined) mounts.push("--volume", `${programs}:/programs:ro`, "--no-cache");
  // One at a time: apt refuses a folder of packages that another one writes to.
  await withLock("image-build", () =>
    podman(["build", "--network", "host", ...mounts, "--tag", tag, "-"], { input: containerfile }),
  );
}

async function imageExists(tag: string): Promise<boolean> {
  return (await tryPodman(["image", "exists", tag])).status === 0;
}
