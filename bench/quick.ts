/**
 * `npm run bench -- quick`: a part of the table within five minutes, compared with the ratios in `results/expected.json`.
 *
 *     npm run bench -- quick [--renew [--rounds N]]
 *
 * A ratio that fell by a half is a failure: for the same code, it is from 0.6 to 2.3 times as high on one machine as on another. Before that
 * is believed it is measured again: machines of CI have neighbours.
 * `--renew` writes what it measures as what is expected.
 */
import { parseArgs } from 'node:util';
import { type Case, groups, groupsWith } from './cases.ts';
import { keepResults, median, readResults } from './results.ts';
import { play, rateOf } from './rounds.ts';
import type { TargetName } from './targets/targets.ts';

const reference = 'distribution';
/** The workloads that last long enough with the memory driver to be told from noise. */
const steady = [
  'push-16m-1',
  'push-16m-8',
  'put-16m-8',
  'pull-16m-1',
  'pull-16m-8',
  'pull-1k-16',
  'manifest-get-16',
  'manifest-head-16',
];
const compared = {
  fs: [...steady, 'push-1k-16', 'put-1k-16', 'post-1k-16', 'manifest-put-8'],
  memory: steady,
} satisfies Partial<Record<TargetName, readonly string[]>>;
const lowestPart = 0.5;
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
  const comparisons = (['fs', 'memory'] as const).flatMap((target) =>
    compared[target].map((name): Comparison => ({ name, target, ratios: [] })),
  );
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
  const names = new Set(comparisons.map(({ name }) => name));
  const isBase = ({ name }: Case) =>
    groups.some(({ cases }) => cases.some((each) => each.against === name && names.has(each.name)));
  for (const group of groupsWith((each) => names.has(each.name) || isBase(each))) {
    const wanted = comparisons.filter(({ name }) => group.cases.some((each) => each.name === name));
    const targets = [reference, ...new Set(wanted.map(({ target }) => target))] as const;
    const series = await play({
      groups: [group],
      targets,
      rounds: 1,
      node: process.execPath,
      report: (line) => console.log(line),
    });
    for (const { name, target, ratios } of wanted) {
      const own = group.cases.find((each) => each.name === name);
      if (own === undefined) continue;
      const rate = (of: TargetName, workload: string) => {
        const [measured] = series.find((one) => one.target === of && one.case === workload)?.rounds ?? [];
        return measured && rateOf(own, measured);
      };
      const [found, base] = [rate(target, name), rate(reference, own.against ?? name)];
      if (found !== undefined && base !== undefined) ratios.push(found / base);
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
