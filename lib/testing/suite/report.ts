/** The suite without a test runner: its cases one after the other, and what came of them as data and as text. */
import { wholeStory } from '../error-text.ts';
import type { DriverCase } from './case.ts';
import { within } from './limit.ts';
import { optionalMethods } from './optional.ts';
import type { DriverUnderTest } from './options.ts';
import { withoutStrays } from './strays.ts';

/** What came of a case. */
export interface CaseResult {
  readonly case: DriverCase;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What the case threw, if it failed. */
  readonly error?: unknown;
  /** How long it took. */
  readonly milliseconds: number;
}

/** Runs cases one after the other, each for as long as it may take, and tells `on` of each as it ends. It never rejects for a case. */
export async function runCases(cases: readonly DriverCase[], on?: (result: CaseResult) => void): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of cases) {
    const result = await runOne(each);
    results.push(result);
    on?.(result);
  }
  return results;
}

async function runOne(each: DriverCase): Promise<CaseResult> {
  if (each.skipped !== undefined) return { case: each, outcome: 'skipped', milliseconds: 0 };
  const started = performance.now();
  const late = `the case took longer than its ${each.timeout} milliseconds`;
  try {
    await withoutStrays(() => within(each.timeout, late, () => each.run()));
    return { case: each, outcome: 'passed', milliseconds: performance.now() - started };
  } catch (error) {
    return { case: each, outcome: 'failed', error, milliseconds: performance.now() - started };
  }
}

const givings = ['reopen', 'peer', 'faults', 'losePower'] as const;

/**
 * What a driver can do and how it did, as text: its optional methods, what the suite was given, each level with the reasons for
 * what was skipped, each failure in full, and at the end one line `N passed, M failed, K skipped`.
 */
export function capabilityReport(options: DriverUnderTest, results: readonly CaseResult[]): string {
  const { name, lacks = [] } = options;
  const yesOrNo = (what: string, yes: boolean): string => `${what} ${yes ? 'yes' : 'no'}`;
  const has = optionalMethods.map((method) => yesOrNo(method, !lacks.includes(method)));
  const given = givings.map((giving) => yesOrNo(giving, options[giving] !== undefined));
  const levels = [...new Set(results.map((result) => result.case.level))];
  const parts = [
    [name, `  optional methods  ${has.join(', ')}`, `  given             ${given.join(', ')}`].join('\n'),
    levels.map((level) => levelReport(level, ofLevel(results, level))).join('\n'),
    ...results.filter(({ outcome }) => outcome === 'failed').map(failureReport),
    counted(results),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const ofLevel = (results: readonly CaseResult[], level: DriverCase['level']): CaseResult[] =>
  results.filter((result) => result.case.level === level);

function counted(results: readonly CaseResult[]): string {
  const many = (wanted: CaseResult['outcome']): number => results.filter(({ outcome }) => outcome === wanted).length;
  return `${many('passed')} passed, ${many('failed')} failed, ${many('skipped')} skipped`;
}

/** One line for a level, and one for each reason for which cases of it were skipped. */
function levelReport(level: string, results: readonly CaseResult[]): string {
  const reasons = new Map<string, number>();
  for (const { skipped } of results.map((result) => result.case)) {
    if (skipped === undefined) continue;
    const reason = skipped.replace(/^skipped: /, '');
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const lines = [...reasons].map(([reason, many]) => `    ${many} skipped: ${reason}`);
  return [`  ${level.padEnd(16)}  ${counted(results)}`, ...lines].join('\n');
}

/** Which case failed, on one line. */
export function headingOf({ case: { level, area, name } }: CaseResult): string {
  return `FAILED ${level}, ${area}: ${name}`;
}

function failureReport(result: CaseResult): string {
  const lines = wholeStory(result.error).split('\n');
  return [headingOf(result), ...lines.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
}
