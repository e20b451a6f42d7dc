import { describe, expect, it } from "vitest";
import { planHost, planLab } from "../../../lab/plan.ts";
import { firstLab, stackOf } from "../fixtures.ts";

const door = planHost(planLab(firstLab), stackOf("starbuck")).workloads.find(({ placed }) => placed.name === "nginx");
const text = door?.files.find(({ path }) => path === "nginx.conf")?.text ?? "";

describe("the door of a host, of a page that stays open for hours", () => {
  const page = text.slice(text.indexOf("server_name metrics.lab.home.arpa"));

  it("hands on what comes as it comes, and waits for it", () => {
    expect(page).toMatch(/^ *proxy_buffering off;$/m);
    expect(page).toMatch(/^ *proxy_read_timeout 1h;$/m);
  });

  it("lets go before a stop would be forced", () => {
    const [, seconds] = /^worker_shutdown_timeout (\d+)s;$/m.exec(text) ?? [];
    expect(Number(seconds)).toBeLessThan(door?.placed.definition.stopTimeoutSeconds ?? 0);
  });
});
