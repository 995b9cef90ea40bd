/**
 * What `lib/driver.ts` promises, as cases that a storage driver has to pass. They are plain data, to be registered with any test
 * runner ({@link testDriver}) or run by `runCases`.
 *
 * @module stowage/driver-suite
 */
import { type DriverCase, type Runner, register } from './case.ts';
import { definitions } from './cases/index.ts';
import type { DriverUnderTest } from './options.ts';
import { createCase } from './run-case.ts';

export type { DriverCase, Runner } from './case.ts';
export type { Amounts, Level } from './definition.ts';
export type { DriverUnderTest, Faults, OptionalMethod } from './options.ts';
export { type ContractPromise, type PromiseName, promises } from './promises.ts';
export { capabilityReport } from './report.ts';
export { type CaseResult, runCases } from './results.ts';
export { testWire, wireCases } from './wire.ts';

/**
 * The cases of the suite for a driver, of the levels that the options name. Those that cannot be run on it are included, with the
 * reason in `skipped`; left out are those about a loss of power where the options say that the storage forgets nothing. No driver is
 * created before a case runs.
 *
 * @example
 * import { driverCases } from 'stowage/driver-suite';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * const cases = driverCases({ name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'] });
 * await cases.find(({ area }) => area === 'uploads')?.run();
 */
export function driverCases(options: DriverUnderTest): DriverCase[] {
  const { levels = ['contract', 'concurrency', 'durability'], losePower } = options;
  return definitions
    .filter(({ level }) => levels.includes(level))
    .filter(({ definition }) => losePower !== 'forgets nothing' || !definition.needs?.includes('losePower'))
    .map(({ level, area, definition }) => createCase(options, level, area, definition));
}

/**
 * Registers the suite for a driver with a test runner: `testDriver({ name, create }, { describe, it })`. Takes what
 * {@link driverCases} takes.
 *
 * @example
 * import { describe, it } from 'node:test';
 * import { testDriver } from 'stowage/driver-suite';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * testDriver({ name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'] }, { describe, it });
 */
export function testDriver(options: DriverUnderTest, runner: Runner): void {
  register(options.name, driverCases(options), runner);
}
