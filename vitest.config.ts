import { configDefaults, defineConfig } from "vitest/config";
import { WORKERS } from "./test/support/lab.ts";
import { LongFirst } from "./test/support/sequence.ts";

/** Tests that need more than Node: the engine, images, simulated Pis. They run three files at a time. */
const demanding = [
  "test/certificates/**/*.test.ts",
  "test/ci/actionlint.test.ts",
  "test/conformance/**/*.test.ts",
  "test/examples/**/*.test.ts",
  "test/integration/**/*.test.ts",
  "test/providers/workload/host/**/*.test.ts",
  "test/policy/engine.test.ts",
  "test/rehearsal/language-host.test.ts",
  "test/rehearsal/openwrt/**/*.test.ts",
  "test/updates/**/*.test.ts",
  "test/validators/**/*.test.ts",
];

/** Runs on a device of the person's own, and needs nothing else then: no lab, no root. */
const onDevice = "test/integration/openwrt-device.test.ts";
const hasDevice = process.env.HOMELAB_OPENWRT !== undefined;

const minutes = 60_000;

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...demanding],
          testTimeout: 1 * minutes,
          maxWorkers: 2,
          // After the quick ones, so that a wrong word is found before a lab is brought up for it.
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "lab",
          include: demanding,
          exclude: [...configDefaults.exclude, ...(hasDevice ? [onDevice] : [])],
          globalSetup: "test/support/tear-down.ts",
          maxWorkers: WORKERS,
          testTimeout: 5 * minutes,
          hookTimeout: 20 * minutes,
          sequence: { groupOrder: 1 },
        },
      },
      ...(hasDevice ? [{ test: { name: "device", include: [onDevice], testTimeout: 5 * minutes } }] : []),
    ],
  },
});
