import { expect, it } from "vitest";
import type { Call } from "../../../lab/definition.ts";
import { planHost, planLab } from "../../../lab/plan.ts";
import { workloads } from "../../../lab/workloads/index.ts";
import { definition, firstLab, stackOf } from "../fixtures.ts";

it("gives each client the topics that its file asks for, and nobody anything else", () => {
  const topics = [
    { access: "readwrite", topic: "zigbee2mqtt/#" },
    { access: "read", topic: "homeassistant/status" },
  ] as const;
  const broker: Call = { workload: "mosquitto", host: "adama", port: "mqtts" };
  const catalogue = [
    ...workloads,
    definition("zigbee2mqtt", 10, { calls: () => [{ ...broker, topics }] }),
    definition("curious", 11, { calls: () => [broker] }),
  ];
  const placement = { ...firstLab.placement, zigbee2mqtt: ["adama"], curious: ["starbuck"] };
  const { workloads: planned } = planHost(planLab({ ...firstLab, placement }, catalogue), stackOf("adama", catalogue));
  const mosquitto = planned.find(({ placed }) => placed.name === "mosquitto");
  expect(mosquitto?.files.find(({ path }) => path === "acl")?.text).toBe(`# What each client may do. What is not named is refused.

user health.adama.lab.home.arpa
topic read $SYS/broker/uptime

user zigbee2mqtt.lab.home.arpa
topic readwrite zigbee2mqtt/#
topic read homeassistant/status
`);
});
