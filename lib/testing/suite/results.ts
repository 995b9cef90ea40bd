/** Runs cases without a test runner, and gives their results. */
import type { DriverCase } from './case.ts';
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
