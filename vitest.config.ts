import { configDefaults, defineConfig } from "vitest/config";

/** Folders of tests that need more than Node: the engine, images, simulated Pis. They run one file at a time. */
const demanding = ["certificates", "conformance", "integration", "rehearsal", "validators", "providers/workload/host"];

const filesOf = (folders: readonly string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`);

const minutes = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...filesOf(demanding)],
          testTimeout: 1 * minutes,
          // After the quick ones, so that a wrong word is found before a lab is brought up for it.
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "lab",
          include: filesOf(demanding),
          globalSetup: "test/support/tear-down.ts",
          fileParallelism: false,
          testTimeout: 5 * minutes,
          hookTimeout: 20 * minutes,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
