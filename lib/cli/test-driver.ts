/** `stowage test-driver`: runs the driver suite on the drivers of a module and prints a report. */
import {
  type CaseResult,
  capabilityReport,
  type DriverCase,
  type DriverUnderTest,
  driverCases,
  runCases,
  wireCases,
} from '../testing/suite/index.ts';
import { failureHeading } from '../testing/suite/report.ts';
import type { CliEnvironment, Output } from './environment.ts';
import { inspectDriver } from './inspect-driver.ts';
import { load } from './load-module.ts';
import type { TestDriverArguments } from './parse-arguments.ts';
import { StartError } from './start-error.ts';

const defaultLevels: readonly DriverCase['level'][] = ['contract', 'concurrency', 'durability', 'wire'];

/** Runs the suite; gives the exit code: 0 all passed, 1 something failed. Throws a {@link StartError} if it cannot start. */
export async function testDriver(asked: TestDriverArguments, { stdout, stderr }: CliEnvironment): Promise<number> {
  const given = await load(asked.module);
  const options = await inspectDriver({ ...given, amounts: { ...given.amounts, ...asked.amounts } }, stderr);
  const cases = casesOf(options, asked.levels ?? given.levels);
  if (cases.length === 0) throw new StartError(`there is nothing to run: the levels of ${options.name} name no case`);
  const results = await runCases(cases, printProgress(stdout, cases.length));
  stdout.write(capabilityReport(options, results));
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

/** The cases of these levels; of all but `scale` if none are named. */
function casesOf(options: DriverUnderTest, levels = defaultLevels): DriverCase[] {
  const inDriver = levels.filter((level) => level !== 'wire');
  return [...driverCases({ ...options, levels: inDriver }), ...(levels.includes('wire') ? wireCases(options) : [])];
}

/** Prints each failure as it happens and, on a terminal, how many cases are done. */
function printProgress(stdout: Output, all: number): (result: CaseResult) => void {
  const clear = stdout.isTTY ? '\r\x1b[K' : '';
  let done = 0;
  return (result) => {
    done += 1;
    if (result.outcome === 'failed') stdout.write(`${clear}${failureHeading(result)}: ${firstLineOf(result.error)}\n`);
    if (stdout.isTTY) stdout.write(done < all ? `${clear}${done} of ${all}` : clear);
  };
}

function firstLineOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}
