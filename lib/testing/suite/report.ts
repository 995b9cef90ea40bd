/** Runs cases without a test runner, and writes their results as a report. */
import { errorChain } from '../error-text.ts';
import type { DriverCase } from './case.ts';
import { optionalMethods } from './optional-methods.ts';
import type { DriverUnderTest } from './options.ts';
import { withTimeout } from './timeout.ts';
import { failOnUnhandledErrors } from './unhandled-errors.ts';

/** The result of a case. */
export interface CaseResult {
  readonly case: DriverCase;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** The value that the case threw; present exactly if it failed. */
  readonly error?: unknown;
  /** How long it took; 0 if it was skipped. */
  readonly milliseconds: number;
}

/**
 * Runs cases one after the other and gives their results in the same order; `onResult` is called with each as the case ends. A
 * case fails if it throws, takes longer than its `timeout`, or leaves an error unhandled in this process. Rejects only with what
 * `onResult` throws.
 *
 * @example
 * import { driverCases, runCases } from 'stowage/driver-suite';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * const cases = driverCases({ name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'], levels: ['contract'] });
 * const results = await runCases(cases, ({ case: { name }, outcome }) => console.log(outcome, name));
 * results.filter(({ outcome }) => outcome === 'failed'); // => []
 */
export async function runCases(cases: readonly DriverCase[], onResult?: (result: CaseResult) => void): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of cases) {
    const result = await runOne(each);
    results.push(result);
    onResult?.(result);
  }
  return results;
}

async function runOne(each: DriverCase): Promise<CaseResult> {
  if (each.skipped !== undefined) return { case: each, outcome: 'skipped', milliseconds: 0 };
  const started = performance.now();
  const late = `the case took longer than its ${each.timeout} milliseconds`;
  try {
    await failOnUnhandledErrors(() => withTimeout(each.timeout, late, () => each.run()));
    return { case: each, outcome: 'passed', milliseconds: performance.now() - started };
  } catch (error) {
    return { case: each, outcome: 'failed', error, milliseconds: performance.now() - started };
  }
}

const optionalGivens = ['reopen', 'peer', 'faults', 'losePower'] as const;

/**
 * The results of a driver as text: its optional methods, the optional functions that the suite was given, one line for each
 * level with the reasons for skipped cases, each failure with its stack and causes, and the last line
 * `N passed, M failed, K skipped`.
 *
 * @example
 * import { capabilityReport, type DriverUnderTest, driverCases, runCases } from 'stowage/driver-suite';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * const options: DriverUnderTest = { name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'] };
 * console.log(capabilityReport(options, await runCases(driverCases(options))));
 */
export function capabilityReport(options: DriverUnderTest, results: readonly CaseResult[]): string {
  const { name, lacks = [] } = options;
  const yesOrNo = (what: string, yes: boolean): string => `${what} ${yes ? 'yes' : 'no'}`;
  const has = optionalMethods.map((method) => yesOrNo(method, !lacks.includes(method)));
  const given = optionalGivens.map((giving) => yesOrNo(giving, options[giving] !== undefined));
  const levels = [...new Set(results.map((result) => result.case.level))];
  const parts = [
    [name, `  optional methods  ${has.join(', ')}`, `  given             ${given.join(', ')}`].join('\n'),
    levels.map((level) => reportLevel(level, ofLevel(results, level))).join('\n'),
    ...results.filter(({ outcome }) => outcome === 'failed').map(reportFailure),
    countsLine(results),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const ofLevel = (results: readonly CaseResult[], level: DriverCase['level']): CaseResult[] =>
  results.filter((result) => result.case.level === level);

function countsLine(results: readonly CaseResult[]): string {
  const many = (wanted: CaseResult['outcome']): number => results.filter(({ outcome }) => outcome === wanted).length;
  return `${many('passed')} passed, ${many('failed')} failed, ${many('skipped')} skipped`;
}

/** One line for a level, then one for each reason why cases of it were skipped. */
function reportLevel(level: string, results: readonly CaseResult[]): string {
  const reasons = new Map<string, number>();
  for (const { skipped } of results.map((result) => result.case)) {
    if (skipped === undefined) continue;
    const reason = skipped.replace(/^skipped: /, '');
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const lines = [...reasons].map(([reason, many]) => `    ${many} skipped: ${reason}`);
  return [`  ${level.padEnd(16)}  ${countsLine(results)}`, ...lines].join('\n');
}

/** One line that names a failed case: `FAILED contract, blobs: …`. */
export function failureHeading({ case: { level, area, name } }: CaseResult): string {
  return `FAILED ${level}, ${area}: ${name}`;
}

function reportFailure(result: CaseResult): string {
  const lines = errorChain(result.error).split('\n');
  return [failureHeading(result), ...lines.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
}
