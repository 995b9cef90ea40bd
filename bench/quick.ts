/**
 * `npm run bench -- quick`: a part of the table within five minutes, compared with the ratios in `results/expected.json`.
 *
 *     npm run bench -- quick [--renew [--rounds N]]
 *
 * A ratio that fell by a quarter is a failure. Before that is believed it is measured again: machines of CI have neighbours.
 * `--renew` writes what it measures as what is expected.
 */
import { parseArgs } from 'node:util';
import { groupsWith } from './cases.ts';
import { keepResults, median, readResults } from './results.ts';
import { play, rateOf } from './rounds.ts';
import type { TargetName } from './targets/targets.ts';

const workloads = [
  ...['push-16m-1', 'push-16m-8', 'put-16m-8', 'push-1k-16', 'put-1k-16', 'post-1k-16'],
  ...['pull-16m-1', 'pull-16m-8', 'pull-1k-16', 'manifest-put-8', 'manifest-get-16', 'manifest-head-16'],
];
const reference = 'distribution';
const compared = ['fs', 'memory'] as const;
const lowestPart = 0.75;
const mostRounds = 5;
/** No round is begun after this, so that all ends within five minutes. */
const lastStartMs = 200_000;

/** What is expected, by workload and target. */
type Expected = Readonly<Record<string, Readonly<Partial<Record<TargetName, number>>>>>;

/** The ratio of a target to the reference in a workload, in each round that both were measured in. */
interface Comparison {
  readonly name: string;
  readonly target: TargetName;
  readonly ratios: number[];
}

/** Measures and compares, and says how many ratios kept up. */
export async function quick(words: readonly string[]): Promise<{ passed: number; failed: number } | undefined> {
  const options = { renew: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } } as const;
  const { renew, rounds } = parseArgs({ args: [...words], options }).values;
  const comparisons = workloads.flatMap((name) => compared.map((target): Comparison => ({ name, target, ratios: [] })));
  if (renew) {
    for (let round = 0; round < Number(rounds); round += 1) await addRound(comparisons);
    keepResults('expected', expectedOf(comparisons));
    return undefined;
  }
  const expected = readResults<Expected>('expected') ?? {};
  const partOf = ({ name, target, ratios }: Comparison) => median(ratios) / (expected[name]?.[target] ?? Number.NaN);
  const kept = (comparison: Comparison) => partOf(comparison) >= lowestPart;
  const started = performance.now();
  await addRound(comparisons);
  for (let round = 1; round < mostRounds && performance.now() - started < lastStartMs; round += 1) {
    const fallen = comparisons.filter((each) => !kept(each));
    if (fallen.length === 0) break;
    await addRound(fallen);
  }
  for (const each of comparisons) {
    const figures = `${median(each.ratios).toFixed(2)} of ${reference}, ${(100 * partOf(each)).toFixed(0)} % of what is expected`;
    console.log(`${kept(each) ? 'ok    ' : 'FAILED'} ${each.name}, ${each.target}: ${figures}`);
  }
  const passed = comparisons.filter(kept).length;
  return { passed, failed: comparisons.length - passed };
}

/** Plays one round of what these are about, and adds what it gives. */
async function addRound(comparisons: readonly Comparison[]): Promise<void> {
  const groups = groupsWith(({ name }) => comparisons.some((each) => each.name === name) || name === 'put-1k-16');
  const targets = [reference, ...compared.filter((target) => comparisons.some((each) => each.target === target))] as const;
  const series = await play({ groups, targets, rounds: 1, node: process.execPath, report: (line) => console.log(line) });
  for (const each of groups.flatMap(({ cases }) => cases)) {
    const rate = (target: TargetName, name: string) => {
      const [measured] = series.find((one) => one.target === target && one.case === name)?.rounds ?? [];
      return measured && rateOf(each, measured);
    };
    const base = rate(reference, each.against ?? each.name);
    for (const { target, ratios } of comparisons.filter(({ name }) => name === each.name)) {
      const own = rate(target, each.name);
      if (own !== undefined && base !== undefined) ratios.push(own / base);
    }
  }
}

function expectedOf(comparisons: readonly Comparison[]): Expected {
  const expected: Record<string, Partial<Record<TargetName, number>>> = {};
  for (const { name, target, ratios } of comparisons) {
    expected[name] = { ...expected[name], [target]: Number(median(ratios).toPrecision(3)) };
  }
  return expected;
}
