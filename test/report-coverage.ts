import type { TestCase } from 'vitest/node';
import type { Reporter } from 'vitest/reporters';

interface Coverage {
  readonly store: string;
  readonly owed: number;
  readonly met: number;
  readonly missing: readonly string[];
}

/** Prints what the table owes, what the exchanges have seen and what is missing, for each driver. */
export default class ReportCoverage implements Reporter {
  onTestCaseResult(testCase: TestCase): void {
    const { coverage } = testCase.meta() as { coverage?: Coverage };
    const failure = testCase.result().errors?.[0]?.message;
    const lines = coverage
      ? [
          `${coverage.store}: ${coverage.owed} obligations, ${coverage.met} seen, ${coverage.missing.length} missing`,
          ...coverage.missing,
        ]
      : [`${testCase.fullName}: ${failure ?? 'did not run'}`];
    process.stdout.write(`${lines.join('\n  missing  ')}\n`);
  }
}
