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
    const { state, errors } = testCase.result();
    if (state === 'failed' && !coverage) process.stdout.write(`${testCase.fullName}: ${errors?.[0]?.message ?? 'failed'}\n`);
    if (!coverage) return;
    const { store, owed, met, missing } = coverage;
    const lines = [`${store}: ${owed} obligations, ${met} seen, ${missing.length} missing`, ...missing];
    process.stdout.write(`${lines.join('\n  missing  ')}\n`);
  }
}
