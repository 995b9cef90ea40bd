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
import { driverReport } from './driver-report.ts';
import type { CliEnvironment } from './environment.ts';
import { inspectDriver } from './inspect-driver.ts';
import { load } from './load-module.ts';
import type { TestDriverArguments } from './parse-arguments.ts';
import { type Progress, progressOn } from './progress.ts';
import { StartError } from './start-error.ts';

const defaultLevels: readonly DriverCase['level'][] = ['contract', 'concurrency', 'durability', 'wire'];

/** Runs the suite; gives the exit code: 0 all passed, 1 something failed. Throws a {@link StartError} if it cannot start. */
export async function testDriver(asked: TestDriverArguments, { stdout, stderr }: CliEnvironment): Promise<number> {
  const given = await load(asked.module);
  const options = await inspectDriver({ ...given, amounts: { ...given.amounts, ...asked.amounts } }, stderr);
  const cases = chosen(casesOf(options, asked.levels ?? given.levels), asked.only);
  // The document is all that may be on the standard output.
  const progress = progressOn(asked.json ? stderr : stdout, cases.length);
  const results = await run(cases, progress, asked.bail);
  const left = cases.length - results.length;
  if (asked.json) stdout.write(`${JSON.stringify(driverReport(options, results, left), undefined, 2)}\n`);
  else stdout.write(`\n${capabilityReport(options, results)}${left > 0 ? `${left} not run, after the first failure\n` : ''}`);
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

/** The cases of these levels; of all but `scale` if none are named. */
function casesOf(options: DriverUnderTest, levels = defaultLevels): DriverCase[] {
  const inDriver = levels.filter((level) => level !== 'wire');
  const cases = [...driverCases({ ...options, levels: inDriver }), ...(levels.includes('wire') ? wireCases(options) : [])];
  if (cases.length === 0) throw new StartError(`there is nothing to run: the levels of ${options.name} name no case`);
  return cases;
}

/** The cases with these words in `level, area: name`, in capitals or not; all if there are no words. */
function chosen(cases: readonly DriverCase[], only = ''): readonly DriverCase[] {
  const wanted = cases.filter(({ level, area, name }) => `${level}, ${area}: ${name}`.toLowerCase().includes(only.toLowerCase()));
  if (wanted.length > 0) return wanted;
  const areas = [...new Set(cases.map(({ area }) => area))];
  throw new StartError(`no case has '${only}' in its level, area or name; the areas are ${areas.join(', ')}`);
}

/** Runs the cases one after the other, up to the first failure if that is to end the run. */
async function run(cases: readonly DriverCase[], progress: Progress, bail: boolean): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of cases) {
    progress.begin(each);
    results.push(...(await runCases([each], progress.end)));
    if (bail && results.at(-1)?.outcome === 'failed') break;
  }
  progress.close();
  return results;
}
