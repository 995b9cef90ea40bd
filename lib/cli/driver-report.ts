/** `stowage test-driver --json`: the results of a driver as one JSON document. docs/drivers.md shows its shape. */
import manifest from '../../package.json' with { type: 'json' };
import { errorChain } from '../testing/error-text.ts';
import type { CaseResult, DriverUnderTest, OptionalMethod } from '../testing/suite/index.ts';
import { optionalMethods } from '../testing/suite/optional-methods.ts';
import { countsOf, givenIn, reasonOf } from '../testing/suite/report.ts';

/** The document. Members are added to it in later versions, and none is taken away. */
export interface DriverReport {
  readonly driver: string;
  /** The version of this package. */
  readonly stowage: string;
  readonly optionalMethods: Readonly<Record<OptionalMethod, boolean>>;
  /** Which optional functions the suite was given; a text is what was stated instead of one. */
  readonly given: Readonly<Record<'reopen' | 'peer' | 'faults' | 'losePower', boolean | string>>;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** How many cases were left when `--bail` ended the run. */
  readonly notRun: number;
  readonly cases: readonly ReportedCase[];
}

/** One case, in the order in which they ran. */
export interface ReportedCase {
  readonly level: string;
  readonly area: string;
  readonly name: string;
  readonly outcome: CaseResult['outcome'];
  readonly milliseconds: number;
  /** Why it was skipped. */
  readonly reason?: string;
  /** What it threw, with stacks, causes, the sentences of the contract and advice. */
  readonly error?: string;
}

/** The report of these results, where `notRun` cases are left. */
export function driverReport(options: DriverUnderTest, results: readonly CaseResult[], notRun: number): DriverReport {
  const { name, lacks = [] } = options;
  const has = Object.fromEntries(optionalMethods.map((method) => [method, !lacks.includes(method)]));
  return {
    driver: name,
    stowage: manifest.version,
    optionalMethods: has as DriverReport['optionalMethods'],
    given: givenIn(options),
    ...countsOf(results),
    notRun,
    cases: results.map(reportCase),
  };
}

function reportCase({ case: each, outcome, error, milliseconds }: CaseResult): ReportedCase {
  const { level, area, name } = each;
  const reason = reasonOf(each);
  return {
    level,
    area,
    name,
    outcome,
    milliseconds: Math.round(milliseconds),
    ...(reason !== undefined && { reason }),
    ...(outcome === 'failed' && { error: errorChain(error) }),
  };
}
