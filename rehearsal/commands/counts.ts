/** How many tests passed and failed, over all the tools that run some. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** What could not be run here, and why. */
  readonly notRun: readonly string[];
  /** Names of what failed. */
  readonly failures: readonly string[];
}

/** Where nothing was run. */
export const none: Counts = { passed: 0, failed: 0, notRun: [], failures: [] };

/** Of two runs together. */
export function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    notRun: [...a.notRun, ...b.notRun],
    failures: [...a.failures, ...b.failures],
  };
}

/** The end of a test run's output. Its last line is for machines: `N passed, N failed`. */
export function summary({ passed, failed, notRun, failures }: Counts, strict: boolean): string {
  const missing = notRun.map((what) => `Not run: ${what}\n`).join("");
  const broken = failures.map((what) => `Failed: ${what}\n`).join("");
  // What could not be run is a failure where everything has to be there.
  return `\n${missing}${broken}${passed} passed, ${failed + (strict ? notRun.length : 0)} failed\n`;
}
