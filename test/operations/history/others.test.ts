import { expect, it } from "vitest";
import type { LabFiles } from "../../../config/files.ts";
import type { LabConfig } from "../../../lab/model.ts";
import { othersChanged, othersText } from "../../../operations/history/others.ts";
import { firstLab, stackOf } from "../../lab/fixtures.ts";
import { apollo, config as home } from "../../lab/routers/example.ts";

const files = (lab: LabConfig, problems: LabFiles["problems"] = []): LabFiles => ({
  lab,
  stacks: [stackOf("adama"), stackOf("starbuck")],
  problems,
  unread: [],
});
const placed = (placement: LabConfig["placement"]) => files({ ...firstLab, placement: { ...firstLab.placement, ...placement } });
const { alertmanager: _, ...without } = firstLab.placement;

it.each([
  ["no stack where nothing of the project goes back", files(firstLab), "starbuck", []],
  ["those that know who is on the host", files({ ...firstLab, placement: without }), "starbuck", ["adama"]],
  ["those that get a workload", placed({ prometheus: ["adama"] }), "starbuck", ["adama"]],
  ["none but its own by the routers, which are the primary's", files({ ...firstLab, home }), "adama", []],
  [
    "all where it cannot be told",
    files(firstLab, [{ file: "Pulumi.yaml", path: "", message: "", remedy: "" }]),
    "starbuck",
    ["adama"],
  ],
])("changes with a stack that goes back: %s", (_, after, stack, others) => {
  expect(othersChanged(files(firstLab), after, stack)).toEqual(others);
});

it("changes the primary where its routers change", () => {
  const routed = (channel: number) =>
    files({
      ...firstLab,
      home: { ...home, routers: { apollo: apollo({ radios: { radio0: { band: "2g", channel, mode: "HE20" } } }) } },
    });
  expect(othersChanged(routed(1), routed(6), "starbuck")).toEqual(["adama"]);
});

it("is said for each", () => {
  expect(othersText([])).toBe("");
  expect(othersText(["adama"])).toBe(
    "adama changes by this too, at its next deploy: Pulumi.yaml is its as well. Then: npm run preview -- --stack adama",
  );
});
