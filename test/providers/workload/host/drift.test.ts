import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./lab.ts";
import { type Behaviour, importImages, startPi } from "./pi.ts";

/** What a person did by hand shows in the reading, in words, and the same request puts it right. */
describe("drift", { timeout: 120_000 }, () => {
  let lab: Lab;
  let images: Record<Behaviour, string>;
  const unit = "/etc/containers/systemd/app.container";
  const config = "/var/lib/homelab/config/app/current";

  beforeAll(async () => {
    const pi = await startPi("drift");
    images = await importImages(pi, ["v1", "v2"]);
    lab = new Lab(pi);
    await lab.confirm({ image: images.v1 });
  }, 120_000);

  afterAll(async () => lab?.pi.remove());

  /** Does something by hand, reads, applies what was declared, and reads again. */
  async function drift(command: string, state: string | RegExp, action: string): Promise<void> {
    const request = lab.request({ image: images.v1 });
    await lab.pi.must(command);
    expect((await lab.reading()).state).toMatch(state);
    expect(await lab.apply(request)).toMatchObject({ result: "confirmed", action });
    expect(await lab.reading()).toMatchObject({
      state: "healthy",
      units: request.units,
      undeclared: {},
      content: request.content,
    });
    expect(await lab.ask()).toMatchObject({ version: "v1", config: { greeting: "hello" } });
    expect(await lab.apply(request)).toMatchObject({ result: "unchanged" });
  }

  test("stopped", () => drift("systemctl stop app", "stopped", "restart"));
  test("masked", () => drift("systemctl stop app; systemctl mask app", /^masked/, "restart"));
  test("container removed", () => drift("systemctl stop app; podman network rm app", "stopped", "restart"));
  test("unit edited", () => drift(`sed -i s/64m/65m/ ${unit}`, /daemon-reload/, "restart"));
  test("unit edited and in use", () =>
    drift(`sed -i s/64m/65m/g ${unit}; systemctl daemon-reload; systemctl restart app`, "healthy", "update"));
  test("unit removed", () => drift(`rm ${unit}; systemctl daemon-reload`, "its unit file is missing", "restart"));
  test("unit that the generator refuses", () =>
    drift(`echo Wrong=1 >>${unit}; sed -i s/Image=/Imago=/ ${unit}; systemctl daemon-reload`, /generator/, "restart"));
  test("drop-in", async () => {
    await drift(
      `mkdir ${unit}.d && printf '[Container]\\nPodmanArgs=--memory=99m\\n' >${unit}.d/x.conf && systemctl daemon-reload`,
      /^(healthy|needs)/,
      "restart",
    );
    expect(await lab.pi.exec(`test -e ${unit}.d`)).toMatchObject({ status: 1 });
    expect(await lab.pi.must("podman inspect --format '{{.HostConfig.Memory}}' app")).toBe(String(64 << 20));
  });
  test("another image", () =>
    drift(
      `sed -i 's/@sha256:.*/@${images.v2.split("@")[1]}/' ${unit}; systemctl daemon-reload; systemctl restart app`,
      "runs another image",
      "restart",
    ));
  test("file edited", () =>
    drift(`echo '{"greeting": "edited"}' >${config}/app.json; podman kill -s HUP app`, "healthy", "reload"));
  test("file that makes it unhealthy", () =>
    drift(`echo '{"healthy": false}' >${config}/app.json; podman kill -s HUP app`, /^unhealthy: .*500/, "restart"));
  test("file removed", () => drift(`rm ${config}/tls/server.key`, "healthy", "reload"));
  test("file of another mode", () => drift(`chmod 666 ${config}/app.json`, /app.json has another owner or mode/, "reload"));
  test("file that nobody declared", async () => {
    await lab.pi.must(`echo secret >${config}/extra`);
    const { undeclared } = await lab.reading();
    expect(Object.keys(undeclared)).toEqual(["extra"]);
    expect(JSON.stringify(undeclared)).not.toContain("secret");
    await drift("true", "healthy", "restart");
  });
  test("configuration directory removed", () => drift("rm -r /var/lib/homelab/config/app", /directory is missing/, "restart"));

  test("an edited file serves on where its repair fails", async () => {
    await lab.pi.must(`echo '{"greeting": "edited"}' >${config}/app.json; podman kill -s HUP app`);
    expect(await lab.apply({ image: images.v1, config: { healthy: false }, withinSeconds: 4 })).toMatchObject({
      result: "reverted",
    });
    expect((await lab.ask())?.config).toEqual({ greeting: "edited" });
    await drift("true", "healthy", "reload");
  });

  test("only the health check changed: recorded, nothing touched", async () => {
    const id = await lab.containerId();
    expect(await lab.apply({ image: images.v1, healthPath: "/other" })).toMatchObject({ result: "confirmed", action: "none" });
    expect(await lab.containerId()).toBe(id);
    expect(await lab.apply({ image: images.v1, healthPath: "/hang" })).toMatchObject({ result: "reverted", action: "none" });
    expect(await lab.containerId()).toBe(id);
    expect((await lab.reading()).state).toBe("healthy");
  });

  test("the timer's metrics and a person's view say the same", async () => {
    await lab.pi.must("/usr/local/lib/homelab/homelab health --all --metrics /tmp/homelab.prom");
    expect(await lab.pi.must("cat /tmp/homelab.prom")).toContain('homelab_workload_healthy{workload="app"} 1');
    expect(await lab.pi.must("homelab-status")).toMatch(/^app +any +since .* healthy/);
    await lab.pi.must("systemctl stop app");
    expect((await lab.pi.exec("/usr/local/lib/homelab/homelab health app")).status).toBe(1);
    await lab.pi.must("/usr/local/lib/homelab/homelab health --all --metrics /tmp/homelab.prom");
    expect(await lab.pi.must("cat /tmp/homelab.prom")).toContain('homelab_workload_healthy{workload="app"} 0');
  });

  test("directories of the host: declared content, hashes of secrets, what nobody declared", async () => {
    await lab.pi.must(`mkdir -p /etc/lab /var/lib/homelab/directories && cd /etc/lab && umask 022 && echo plain >a && echo hidden >b && echo odd >c && chmod 600 b
      echo '{"path": "/etc/lab", "exclusive": true, "files": {"a": {"secret": false}, "b": {"secret": true}, "gone": {"secret": false}}}' >/var/lib/homelab/directories/x.json`);
    const { files, undeclared } = (await lab.read()).directories["/etc/lab"] ?? {};
    expect(files?.a).toMatchObject({ base64: Buffer.from("plain\n").toString("base64"), mode: "0644", owner: "0:0 root:root" });
    expect(files?.b).toMatchObject({ mode: "0600", owner: "0:0 root:root" });
    expect(files?.b?.base64).toBeUndefined();
    expect(Object.keys(files ?? {})).toEqual(["a", "b"]);
    expect(Object.keys(undeclared ?? {})).toEqual(["c"]);
  });
});
