/** The results of cases as a text for the author of a driver. */
import { errorChain } from '../error-text.ts';
import type { DriverCase } from './case.ts';
import { optionalMethods } from './optional-methods.ts';
import type { DriverUnderTest } from './options.ts';
import type { CaseResult } from './results.ts';

/** What the options of the suite give of the functions that its cases need: whether they do, or what they say instead. */
export function givenIn({ reopen, peer, faults, losePower }: DriverUnderTest) {
  const given = (option: unknown): boolean | string => (typeof option === 'string' ? option : option !== undefined);
  return { reopen: given(reopen), peer: given(peer), faults: given(faults), losePower: given(losePower) };
}

/** How many results there are of each kind. */
export function countsOf(results: readonly CaseResult[]): Readonly<Record<CaseResult['outcome'], number>> {
  const many = (wanted: CaseResult['outcome']): number => results.filter(({ outcome }) => outcome === wanted).length;
  return { passed: many('passed'), failed: many('failed'), skipped: many('skipped') };
}

/**
 * The results of a driver as text: its optional methods, the optional functions that the suite was given, one line for each
 * level with the reasons for skipped cases, of each area the first failure with its stack and causes and the names of the others,
 * and the last line `N passed, M failed, K skipped`.
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
  const yesOrNo = (what: string, answer: boolean | string): string =>
    `${what} ${typeof answer === 'string' ? answer : answer ? 'yes' : 'no'}`;
  const has = optionalMethods.map((method) => yesOrNo(method, !lacks.includes(method)));
  const given = Object.entries(givenIn(options)).map(([option, answer]) => yesOrNo(option, answer));
  const levels = groupBy(results, (result) => result.case.level);
  const failures = groupBy(
    results.filter(({ outcome }) => outcome === 'failed'),
    (result) => `${result.case.level}, ${result.case.area}`,
  );
  const parts = [
    [name, `  optional methods  ${has.join(', ')}`, `  given             ${given.join(', ')}`].join('\n'),
    [...levels].map(([level, ofLevel]) => reportLevel(level, ofLevel)).join('\n'),
    ...[...failures].map(([heading, failed]) => reportFailures(heading, failed)),
    countsLine(results),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function groupBy(results: readonly CaseResult[], headingOf: (result: CaseResult) => string): Map<string, CaseResult[]> {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    const heading = headingOf(result);
    groups.set(heading, [...(groups.get(heading) ?? []), result]);
  }
  return groups;
}

/** The counts as words: `12 passed, 1 failed, 3 skipped`. */
export function countsLine(results: readonly CaseResult[]): string {
  const { passed, failed, skipped } = countsOf(results);
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** One line for a level, then one for each reason why cases of it were skipped. */
function reportLevel(level: string, results: readonly CaseResult[]): string {
  const reasons = new Map<string, number>();
  for (const reason of results.flatMap((result) => reasonOf(result.case) ?? [])) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const lines = [...reasons].map(([reason, many]) => `    ${many} skipped: ${reason}`);
  return [`  ${level.padEnd(16)}  ${countsLine(results)}`, ...lines].join('\n');
}

/** Why a case is skipped, if it is: `no peer() was given`. */
export function reasonOf({ skipped }: DriverCase): string | undefined {
  return skipped?.replace(/^skipped: /, '');
}

/** One line that names a failed case: `FAILED contract, blobs: …`. */
export function failureHeading({ case: { level, area, name } }: CaseResult): string {
  return `FAILED ${level}, ${area}: ${name}`;
}

/** The failures of one area: the first as a whole, since it is often the reason for the others, and then their names. */
function reportFailures(area: string, [first, ...others]: readonly CaseResult[]): string {
  if (first === undefined) return '';
  const lines = errorChain(first.error).split('\n');
  const whole = [failureHeading(first), ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
  if (others.length === 0) return whole.join('\n');
  return [...whole, '', `${others.length} more FAILED in ${area}:`, ...others.map((other) => `  ${other.case.name}`)].join('\n');
}
