import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take minutes although they are short. */
const LONG = /\/test\/(integration\/(faults\/faults|drift|changes|bad-input)|providers\/workload\/host\/drift)\.test\.ts$/;

/**
 * Begins with the files that take long. On a fresh clone vitest knows sizes only: it began these at the end, and the last one ran
 * for minutes with most of the machine idle.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
