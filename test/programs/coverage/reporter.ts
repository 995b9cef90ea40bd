import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCase } from 'vitest/node';
import type { Reporter } from 'vitest/reporters';
import { type DriverCoverage, summaryOf, toJson, toMarkdown } from './artefacts.ts';

const folder = join(import.meta.dirname, '../../../coverage');

/**
 * Prints what the table owes, what the exchanges have seen and what is missing, for each driver; writes down where each was
 * seen, as `coverage/api.json` and `coverage/api.md`.
 */
export default class ReportCoverage implements Reporter {
  readonly #coverages: DriverCoverage[] = [];

  onTestCaseResult(testCase: TestCase): void {
    const { coverage } = testCase.meta() as { coverage?: DriverCoverage };
    const { state, errors } = testCase.result();
    if (state === 'failed' && !coverage) process.stdout.write(`${testCase.fullName}: ${errors?.[0]?.message ?? 'failed'}\n`);
    if (!coverage) return;
    this.#coverages.push(coverage);
    const { owed, met, missing } = summaryOf(coverage);
    const lines = [`${coverage.driver}: ${owed} obligations, ${met} seen, ${missing.length} missing`, ...missing];
    process.stdout.write(`${lines.join('\n  missing  ')}\n`);
  }

  onTestRunEnd(): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'api.json'), `${JSON.stringify(toJson(this.#coverages), undefined, 2)}\n`);
    writeFileSync(join(folder, 'api.md'), toMarkdown(this.#coverages));
    process.stdout.write('written down in coverage/api.md and coverage/api.json\n');
  }
}
