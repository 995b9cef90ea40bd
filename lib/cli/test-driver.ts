/** `stowage test-driver`: from a module that gives drivers to a report and an exit code. */

import {
  type CaseResult,
  capabilityReport,
  type DriverCase,
  type DriverUnderTest,
  driverCases,
  runCases,
  wireCases,
} from '../testing/suite/index.ts';
import { headingOf } from '../testing/suite/report.ts';
import type { TestDriverArguments } from './arguments.ts';
import type { Output, Surroundings } from './environment.ts';
import { completed } from './inspect-driver.ts';
import { load } from './load-module.ts';
import { StartError } from './start-error.ts';

const usual: readonly DriverCase['level'][] = ['contract', 'concurrency', 'durability', 'wire'];

/** Runs the suite and gives the exit code: 0 all passed, 1 something failed. Throws a {@link StartError} where it cannot begin. */
export async function testDriver(asked: TestDriverArguments, { stdout, stderr }: Surroundings): Promise<number> {
  const given = await load(asked.module);
  const options = await completed({ ...given, amounts: { ...given.amounts, ...asked.amounts } }, stderr);
  const cases = casesOf(options, asked.levels ?? given.levels);
  if (cases.length === 0) throw new StartError(`there is nothing to run: the levels of ${options.name} name no case`);
  const results = await runCases(cases, progressOn(stdout, cases.length));
  stdout.write(capabilityReport(options, results));
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

/** The cases of these levels, or of those that need no million of anything. */
function casesOf(options: DriverUnderTest, levels = usual): DriverCase[] {
  const inDriver = levels.filter((level) => level !== 'wire');
  return [...driverCases({ ...options, levels: inDriver }), ...(levels.includes('wire') ? wireCases(options) : [])];
}

/** Tells of each failure as it happens and, to people who watch, of how many cases are done. */
function progressOn(stdout: Output, all: number): (result: CaseResult) => void {
  const clear = stdout.isTTY ? '\r\x1b[K' : '';
  let done = 0;
  return (result) => {
    done += 1;
    if (result.outcome === 'failed') stdout.write(`${clear}${headingOf(result)}: ${firstLineOf(result.error)}\n`);
    if (stdout.isTTY) stdout.write(done < all ? `${clear}${done} of ${all}` : clear);
  };
}

function firstLineOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}
