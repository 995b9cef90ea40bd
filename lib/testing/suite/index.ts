/**
 * The suite that a storage driver has to pass: what `lib/driver.ts` promises, as cases. They are plain data, to be registered
 * with any test runner, or run by themselves.
 */
import { type DriverCase, type Runner, register } from './case.ts';
import { definitions } from './cases/index.ts';
import type { DriverUnderTest } from './options.ts';
import { caseOf } from './running.ts';

export type { DriverCase, Runner } from './case.ts';
export type { Amounts, Level } from './definition.ts';
export type { DriverUnderTest, Faults, OptionalMethod } from './options.ts';
export { type ContractPromise, type PromiseName, promises } from './promises.ts';
export { type CaseResult, capabilityReport, runCases } from './report.ts';
/** The level `wire`: the registry over a driver as its clients see it, each exchange on a server and storage of its own. */
export { testWire, wireCases } from './wire.ts';

/** The cases of the suite for a driver, those that cannot be run on it among them. */
export function driverCases(options: DriverUnderTest): DriverCase[] {
  const { levels = ['contract', 'concurrency', 'durability'] } = options;
  return definitions
    .filter(({ level }) => levels.includes(level))
    .map(({ level, area, definition }) => caseOf(options, level, area, definition));
}

/** Registers the suite for a driver with a test runner: `testDriver({ name, create }, { describe, it })`. */
export function testDriver(options: DriverUnderTest, runner: Runner): void {
  register(options.name, driverCases(options), runner);
}
