import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROTOCOL_VERSION } from "../../../../providers/workload/protocol.ts";
import { Lab } from "./lab.ts";
import { type Behaviour, importImages, startPi } from "./pi.ts";

/** What is found out before anything is stopped: what runs goes on, the text says what, where and what to do. */
describe("refusals", { timeout: 120_000 }, () => {
  let lab: Lab;
  let images: Record<Behaviour, string>;
  let id: string;

  beforeAll(async () => {
    const pi = await startPi("refusals");
    images = await importImages(pi, ["v1", "v2"]);
    lab = new Lab(pi);
    await lab.confirm({ image: images.v1 });
    id = await lab.containerId();
  }, 120_000);

  afterAll(async () => lab?.pi.remove());

  async function refused(answer: Promise<{ result: string; message: string }>, ...texts: string[]): Promise<void> {
    const { result, message } = await answer;
    expect({ result, message }).toMatchObject({ result: "refused" });
    for (const text of texts) expect(message).toContain(text);
    expect(await lab.containerId()).toBe(id);
    expect(await lab.ask()).toMatchObject({ version: "v1" });
    expect((await lab.reading()).state).toBe("healthy");
    expect(await lab.pi.must("ls -A /var/lib/homelab/staged /var/lib/homelab/journal /etc/containers/systemd")).not.toContain(
      "homelab-new",
    );
  }

  test("another version of the protocol", async () => {
    const [ours, other] = [PROTOCOL_VERSION, PROTOCOL_VERSION + 1];
    const request = { ...lab.request({ image: images.v2 }), version: other };
    await refused(lab.send("apply", request), `version ${other}`, `version ${ours}`);
  });

  test("a request that is cut off", async () => {
    const { units: _, ...rest } = lab.request({ image: images.v2 });
    await refused(lab.send("apply", rest), "not complete", "units");
  });

  test("a path that leaves the workload's directory", async () => {
    const request = lab.request({ image: images.v2 });
    const files = [{ path: "../../../etc/shadow", base64: "", gid: 0, secret: false }];
    await refused(lab.send("apply", { ...request, files }), "../../../etc/shadow");
  });

  test("an image that is not there", async () => {
    const image = `localhost/test/app@sha256:${"0".repeat(64)}`;
    await refused(lab.apply({ image }), image, "not on this host", "podman pull");
  });

  test("a unit that podman's generator refuses", async () => {
    await refused(lab.apply({ image: images.v2, lines: "Wrong=yes" }), "generator refuses", "unsupported key 'Wrong'");
  });

  test("a foreign unit of the same name", async () => {
    const file = "/etc/containers/systemd/other.container";
    await lab.pi.must(`printf '[Container]\\nImage=x\\n' >${file}`);
    await refused(lab.apply({ image: images.v2, name: "other", port: 8090, subnet: "10.77.9.0/28" }), file, "no mark of ours");
    expect(await lab.pi.must(`cat ${file}`)).toBe("[Container]\nImage=x");
    expect(await lab.remove("other")).toMatchObject({ result: "unchanged" });
    expect(await lab.pi.must(`cat ${file}`)).toBe("[Container]\nImage=x");
    await lab.pi.must(`rm ${file}`);
  });

  test("a foreign service of the same name", async () => {
    await lab.pi.must(
      "printf '[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/other.service && systemctl daemon-reload",
    );
    await refused(
      lab.apply({ image: images.v2, name: "other", port: 8090, subnet: "10.77.9.0/28" }),
      "/etc/systemd/system/other.service",
    );
    await lab.pi.must("rm /etc/systemd/system/other.service && systemctl daemon-reload");
  });

  test("a foreign container of the same name, or at the same port", async () => {
    await lab.pi.must(
      `podman run -d --name other --cgroups=enabled --network none localhost/test/app:v1 python3.13 -c 'import time; time.sleep(999)' 2>/dev/null`,
    );
    await refused(lab.apply({ image: images.v2, name: "other", port: 8090, subnet: "10.77.9.0/28" }), "named other", "podman rm");
    expect(await lab.remove("other")).toMatchObject({ result: "unchanged" });
    await lab.pi.must("podman rm -f -t 0 other");
    await lab.pi.must(
      `podman run -d --name stranger --cgroups=enabled -p 8091:80 localhost/test/app:v1 python3.13 -c 'import time; time.sleep(999)' 2>/dev/null`,
    );
    await refused(lab.apply({ image: images.v2, port: 8091 }), "port 8091/tcp", "container stranger");
    await lab.pi.must("podman rm -f -t 0 stranger");
  });

  test("a port of another workload, or of a process of the host", async () => {
    await refused(lab.apply({ image: images.v2, name: "second", subnet: "10.77.9.0/28" }), "port 8080/tcp", "the workload app");
    await lab.pi.must("systemd-run --quiet --unit=listener python3 -m http.server 8093");
    await lab.until("curl -s http://127.0.0.1:8093/");
    await refused(lab.apply({ image: images.v2, port: 8093 }), "port 8093/tcp", "(python3), which is not ours");
    await lab.pi.must("systemctl stop listener");
  });

  test("a foreign network of the same name", async () => {
    await lab.pi.must("podman network create other");
    await refused(
      lab.apply({ image: images.v2, name: "other", port: 8090, subnet: "10.77.9.0/28" }),
      "network named other",
      "podman network rm",
    );
    await lab.pi.must("podman network rm other");
  });

  test("a stranger on the workload's network, which would have to be made anew", async () => {
    await lab.pi.must(
      `podman run -d --name stranger --cgroups=enabled --network app localhost/test/app:v1 python3.13 -c 'import time; time.sleep(999)' 2>/dev/null`,
    );
    const { result, message } = await lab.apply({ image: images.v2, subnet: "10.77.9.0/28" });
    expect({ result, message }).toMatchObject({ result: "reverted" });
    expect(message).toContain("stranger, which is not ours, is on it. Nothing was stopped");
    expect(await lab.containerId()).toBe(id);
    expect(await lab.ask()).toMatchObject({ version: "v1" });
    await lab.pi.must("podman rm -f -t 0 stranger");
  });

  test("a disk without room", async () => {
    await lab.pi.must("mkdir -p /var/lib/homelab/staged && mount -t tmpfs -o size=1m none /var/lib/homelab/staged");
    await refused(lab.apply({ image: images.v2 }), "No space left on device", "Make room");
    await lab.pi.must("umount /var/lib/homelab/staged");
  });

  test("a disk without inodes", async () => {
    await lab.pi.must("mount -t tmpfs -o nr_inodes=20 none /var/lib/homelab/staged");
    await refused(lab.apply({ image: images.v2 }), "No space left on device");
    await lab.pi.must("umount /var/lib/homelab/staged");
  });

  test("a read-only /etc/containers/systemd", async () => {
    await lab.pi.must(
      "mount --bind -o ro /etc/containers/systemd /etc/containers/systemd && mount -o remount,ro,bind /etc/containers/systemd",
    );
    await refused(lab.apply({ image: images.v2 }), "/etc/containers/systemd cannot be written", "Read-only");
    await lab.pi.must("umount /etc/containers/systemd");
  });

  test("a failed creation leaves nothing, and keeps data that was there before", async () => {
    await lab.pi.must("mkdir -p /var/lib/homelab/data/fresh && touch /var/lib/homelab/data/fresh/old");
    const wish = {
      image: images.v2,
      name: "fresh",
      port: 8092,
      subnet: "10.77.8.0/28",
      data: true,
      config: { healthy: false },
      withinSeconds: 2,
    };
    expect(await lab.apply(wish)).toMatchObject({ result: "reverted", action: "create" });
    expect(await lab.traces("fresh")).toEqual(["/var/lib/homelab/data/fresh"]);
    expect((await lab.read()).workloads.fresh).toBeUndefined();
  });

  test("after all that the next change goes through", async () => {
    expect(await lab.apply({ image: images.v2 })).toMatchObject({ result: "confirmed", action: "restart" });
  });
});
