import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkPins, pin, pinReport } from "../../operations/pin.ts";
import { folderWith } from "../config/fixtures.ts";
import { DIGEST } from "../lab/fixtures.ts";
import { firstLabFiles } from "../support/first-lab.ts";
import { digestOf, fakeRegistry } from "./fake-registry.ts";

/** The stack files of one host with what people do to YAML: comments, quotes, odd spacing. */
function stackText(registry: string): string {
  return `# adama
config:
  homelab:images:   # versions
    nginx:   ${registry}/library/nginx:1.30@unpinned   # the door
    prometheus: "${registry}/prom/prometheus:v3.16.0@unpinned"

    gone: '${registry}/library/gone:1@unpinned'
    done: ${registry}/library/nginx:1.30@${DIGEST}
  homelab:limits: {nginx: {memory: 128MiB}}
`;
}

const read = (folder: string, stack = "adama") => readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8");

describe("pin", () => {
  it("writes the digests that are not known, and nothing else", async () => {
    const { name } = await fakeRegistry({ token: true });
    const folder = folderWith({ "Pulumi.adama.yaml": stackText(name) });
    const results = await pin(folder, []);
    expect(read(folder)).toBe(
      stackText(name)
        .replace("nginx:1.30@unpinned", `nginx:1.30@${digestOf("library/nginx:1.30")}`)
        .replace("v3.16.0@unpinned", `v3.16.0@${digestOf("prom/prometheus:v3.16.0")}`),
    );
    const { text, status } = pinReport(results, []);
    expect(text.split("\n")).toEqual([
      `Pulumi.adama.yaml: nginx is now ${name}/library/nginx:1.30@${digestOf("library/nginx:1.30")}`,
      `Pulumi.adama.yaml: prometheus is now ${name}/prom/prometheus:v3.16.0@${digestOf("prom/prometheus:v3.16.0")}`,
      `Pulumi.adama.yaml: gone is not pinned: http://${name} has no tag 1 of library/gone`,
    ]);
    expect(status).toBe(1);
  });

  it("looks up anew what it is asked for by name", async () => {
    const { name } = await fakeRegistry();
    const folder = folderWith({ "Pulumi.adama.yaml": stackText(name) });
    expect(pinReport(await pin(folder, ["done"]), ["done"]).status).toBe(0);
    expect(read(folder)).toBe(stackText(name).replace(DIGEST, digestOf("library/nginx:1.30")));
    const again = await pin(folder, ["done"]);
    expect(again).toMatchObject([{ workload: "done", result: { changed: false } }]);
    expect(pinReport(again, ["done"]).text).toContain("done is still");
  });

  it("says of what is pinned whether it is there, names what is not, and changes nothing", async () => {
    const { name } = await fakeRegistry();
    const folder = folderWith({ "Pulumi.adama.yaml": stackText(name) });
    const unpinned = ["library/nginx:1.30", "prom/prometheus:v3.16.0", "library/gone:1"].map(
      (image) => `${name}/${image}@unpinned: is not pinned, so nobody asked for it`,
    );
    const { text, status } = await checkPins(folder);
    const missing = `${name}/library/nginx:1.30@${DIGEST}: http://${name} has no tag ${DIGEST} of library/nginx`;
    expect(text.split("\n")).toEqual([...unpinned, missing]);
    expect(status).toBe(1);
    expect(read(folder)).toBe(stackText(name));
    await pin(folder, ["done"]);
    expect(await checkPins(folder)).toEqual({ text: expect.stringMatching(/: is there$/), status: 0 });
  });

  it("asks once for an image of two stacks", async () => {
    const { name, asked } = await fakeRegistry();
    const text = `config:\n  homelab:images:\n    nginx: ${name}/library/nginx:1.30@unpinned\n`;
    const folder = folderWith({ "Pulumi.adama.yaml": text, "Pulumi.starbuck.yaml": text });
    await pin(folder, []);
    expect(asked).toHaveLength(1);
    expect(read(folder, "starbuck")).toBe(text.replace("unpinned", digestOf("library/nginx:1.30")));
  });

  it("leaves the file as it is when a registry does not answer", async () => {
    const text = stackText("127.0.0.1:1");
    const folder = folderWith({ "Pulumi.adama.yaml": text });
    const { status } = pinReport(await pin(folder, []), []);
    expect(status).toBe(1);
    expect(read(folder)).toBe(text);
  });

  it("says that a workload is in no file, and that there is nothing to do", async () => {
    const folder = folderWith({
      "Pulumi.adama.yaml": `config:\n  homelab:images:\n    nginx: docker.io/library/nginx:1@${DIGEST}\n`,
    });
    expect(pinReport(await pin(folder, ["loki"]), ["loki"])).toEqual({
      text: "loki is in no stack file's homelab:images",
      status: 1,
    });
    expect(pinReport(await pin(folder, []), [])).toEqual({ text: "Every image has its digest.", status: 0 });
  });

  it("refuses an image that cannot be looked up", async () => {
    const folder = folderWith({ "Pulumi.adama.yaml": "config:\n  homelab:images:\n    nginx: nginx\n" });
    await expect(pin(folder, [])).rejects.toThrow(
      "Pulumi.adama.yaml: homelab:images.nginx must be an image with its registry, tag and digest. Write <registry>/<image>:<tag>@unpinned",
    );
  });

  it("finds every image of every stack", async () => {
    const folder = folderWith(firstLabFiles());
    const results = await pin(folder, ["mosquitto", "nginx", "alertmanager", "prometheus"], async () => ({
      digest: DIGEST,
      architectures: [],
    }));
    expect(results.map(({ file, workload }) => `${file} ${workload}`)).toEqual([
      "Pulumi.adama.yaml mosquitto",
      "Pulumi.adama.yaml nginx",
      "Pulumi.starbuck.yaml alertmanager",
      "Pulumi.starbuck.yaml nginx",
      "Pulumi.starbuck.yaml prometheus",
    ]);
    expect(read(folder).match(/@sha256:/g)).toHaveLength(2);
  });
});
