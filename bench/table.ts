/**
 * `npm run bench`: all workloads against all targets, with the ratio to distribution in the same run.
 *
 *     npm run bench [-- --rounds N] [--only TARGET]… [--case NAME]… [--node PATH|VERSION]
 *
 * With `--node`, the targets that need no bucket. What is measured is kept after each round.
 */
import { parseArgs } from 'node:util';
import { type Case, groupsWith } from './cases.ts';
import type { Measured } from './measure.ts';
import { type Circumstances, circumstances, keepResults, median, readResults } from './results.ts';
import { play, rateOf, type Series } from './rounds.ts';
import { nodeBinary } from './targets/node.ts';
import { type Target, type TargetName, targetNames, targets } from './targets/targets.ts';

/** A figure over all rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A workload on a target. */
export interface Row {
  readonly rate: Spread;
  /** To the reference in the same run; absent where the reference did not do the workload. */
  readonly ratio?: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** CPU time of the server, per operation. */
  readonly cpuMilliseconds: number;
  /** The most of all rounds. */
  readonly peakMebibytes: number;
}

/** A workload on all targets, in one run. */
export interface CaseResult extends Circumstances {
  readonly title: string;
  readonly unit: Case['unit'];
  readonly rounds: number;
  readonly targets: Partial<Record<TargetName, Row | { readonly failure: string }>>;
}

/** What `bench/results/table-nodeN.json` and `table-s3-nodeN.json` hold. */
export type TableResults = Readonly<Record<string, CaseResult>>;

type Reference = Target['reference'];
const references: readonly Reference[] = ['distribution', 'distribution-s3'];

/** The name of the results of all targets that are divided by a reference, on a Node. Those in a bucket can be measured by themselves. */
export const tableName = (reference: Reference, node: string): string =>
  `table-${reference === 'distribution' ? '' : 's3-'}node${node}`;

/** Measures, prints, and keeps the results of a reference where all that is divided by it was measured. */
export async function table(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', multiple: true },
      case: { type: 'string', multiple: true },
      node: { type: 'string' },
    },
  });
  const groups = groupsWith(({ name }) => values.case?.includes(name) ?? true);
  // Those in a bucket are shown for one Node only.
  const all = targetNames.filter((name) => values.node === undefined || targets[name].reference === 'distribution');
  const names = all.filter((name) => values.only?.includes(name) ?? true);
  if (groups.length === 0 || names.length === 0) {
    const known = groupsWith(() => true).flatMap(({ cases }) => cases.map(({ name }) => name));
    throw new Error(`the targets are ${targetNames.join(', ')}; the workloads are ${known.join(', ')}`);
  }
  const node = nodeBinary(values.node);
  const about = circumstances(node.version);
  const resultsOf = (series: readonly Series[]): TableResults =>
    Object.fromEntries(
      groups
        .flatMap(({ cases }) => cases)
        .map((each) => {
          const own = series.filter(({ case: name }) => name === each.name);
          const rows = Object.fromEntries(own.map((one) => [one.target, rowOf(each, one, series)]));
          const rounds = Math.max(...own.map(({ rounds: { length } }) => length));
          return [each.name, { ...about, title: each.title, unit: each.unit, rounds, targets: rows }];
        }),
    );
  const keep = (series: readonly Series[]): void => {
    for (const reference of references) {
      const isOf = (name: TargetName) => targets[name].reference === reference;
      if (!targetNames.filter(isOf).every((name) => names.includes(name))) continue;
      const name = tableName(reference, majorOf(node.version));
      const measured = resultsOf(series.filter(({ target }) => isOf(target)));
      keepResults(name, { ...readResults<TableResults>(name), ...measured });
    }
  };
  const report = (line: string) => console.log(line);
  const series = await play({ groups, targets: names, rounds: Number(values.rounds), node: node.path, report, keep });
  print(resultsOf(series));
}

const majorOf = (version: string): string => /^v([0-9]+)/.exec(version)?.[1] ?? '';

/** A workload on a target. */
function rowOf(played: Case, own: Series, series: readonly Series[]): Row | { readonly failure: string } {
  if (own.failure !== undefined) return { failure: own.failure };
  const ratesOf = (found: Series | undefined) => (found?.rounds ?? []).map((measured) => rateOf(played, measured));
  const name = played.against ?? played.name;
  const reference = ratesOf(series.find((each) => each.target === targets[own.target].reference && each.case === name));
  const rates = ratesOf(own);
  const of = (figure: (measured: Measured) => number) => own.rounds.map(figure);
  return {
    rate: { median: rounded(median(rates)), min: rounded(Math.min(...rates)), max: rounded(Math.max(...rates)) },
    ...(reference.length > 0 && { ratio: rounded(median(rates) / median(reference)) }),
    p50Milliseconds: rounded(median(of(({ milliseconds }) => milliseconds.p50))),
    p99Milliseconds: rounded(median(of(({ milliseconds }) => milliseconds.p99))),
    cpuMilliseconds: rounded(median(of(({ cpuSeconds, operations }) => (1000 * cpuSeconds) / operations))),
    peakMebibytes: Math.round(Math.max(...of(({ peakMebibytes }) => peakMebibytes))),
  };
}

/** Three digits that mean something. */
const rounded = (value: number): number => Number(value.toPrecision(3));

function print(results: TableResults): void {
  for (const { title, unit, targets: rows } of Object.values(results)) {
    console.log(`\n${title}`);
    console.log(
      `${'target'.padEnd(18)}${['ratio', unit, 'min', 'max', 'p50 ms', 'p99 ms', 'CPU ms', 'peak MiB'].map(cell).join('')}`,
    );
    for (const [target, row] of Object.entries(rows)) {
      if ('failure' in row) {
        console.log(`${target.padEnd(18)}  ${row.failure}`);
        continue;
      }
      const { rate, ratio, p50Milliseconds, p99Milliseconds, cpuMilliseconds, peakMebibytes } = row;
      const figures = [
        ratio ?? '–',
        rate.median,
        rate.min,
        rate.max,
        p50Milliseconds,
        p99Milliseconds,
        cpuMilliseconds,
        peakMebibytes,
      ];
      console.log(`${target.padEnd(18)}${figures.map(cell).join('')}`);
    }
  }
}

const cell = (value: string | number): string => String(value).padStart(10);
