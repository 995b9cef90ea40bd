/** Plays workloads against targets in turn, round after round. */
import type { Case, Group } from './cases.ts';
import { type Load, prepare } from './generator.ts';
import { type Measured, measure } from './measure.ts';
import { type TargetName, withTarget } from './targets/targets.ts';

/** What a workload gave in each round. */
export interface Series {
  readonly case: string;
  readonly target: TargetName;
  readonly rounds: Measured[];
  /** Why there is no figure: the target does not do what is asked. */
  failure?: string;
}

/** What to play. */
export interface Plan {
  readonly groups: readonly Group[];
  readonly targets: readonly TargetName[];
  readonly rounds: number;
  /** The binary of Node for the targets that are of Node. */
  readonly node: string;
  /** Told after each workload. */
  report(line: string): void;
  /** Given all that was measured so far, after each round. */
  keep?(series: readonly Series[]): void;
}

/** Plays it. A target that refuses a workload has a failure there, and the others go on. */
export async function play({ groups, targets: names, rounds, node, report, keep }: Plan): Promise<Series[]> {
  const found = new Map<string, Series>();
  const seriesOf = (target: TargetName, { name }: Case): Series => {
    const key = `${name} ${target}`;
    const series = found.get(key) ?? { case: name, target, rounds: [] };
    found.set(key, series);
    return series;
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const group of groups) {
      for (const target of names) {
        await playGroup(group, target, round, { node, report, seriesOf });
      }
    }
    keep?.([...found.values()]);
  }
  return [...found.values()];
}

interface Playing extends Pick<Plan, 'node' | 'report'> {
  seriesOf(target: TargetName, played: Case): Series;
}

/** A group on a target that is started for it: the memory of one workload does not weigh on another. */
async function playGroup(group: Group, target: TargetName, round: number, { node, report, seriesOf }: Playing): Promise<void> {
  const failed = (played: Case, error: unknown) => {
    const failure = error instanceof Error ? error.message : String(error);
    seriesOf(target, played).failure = failure;
    report(`${target}, ${played.name}: ${failure}`);
  };
  await withTarget(target, node, async (server) => {
    try {
      for (const load of group.before?.() ?? []) await prepare(server.origin, load);
    } catch (error) {
      for (const played of group.cases) failed(played, error);
      return;
    }
    for (const played of group.cases) {
      const series = seriesOf(target, played);
      if (series.failure !== undefined) continue;
      try {
        await warmUp(server.origin, (label) => played.load(`${round}.${label}.${played.name}`));
        const measured = await measure(server, (attempt) => played.load(`${round}.${attempt}.${played.name}`));
        series.rounds.push(measured);
        report(`${round + 1}  ${target}, ${played.name}: ${rateOf(played, measured).toFixed(0)} ${played.unit}`);
      } catch (error) {
        failed(played, error);
      }
    }
  });
}

/** How long a server is warmed up, at least. */
const warmMs = 2000;

/** Puts the load on a server for some time, with other content each time. A runtime compiles what a server does while it does it. */
async function warmUp(origin: string, loadOf: (label: string) => Load): Promise<void> {
  const started = performance.now();
  for (let turn = 0; performance.now() - started < warmMs; turn += 1) {
    const { touched: _, seconds, ...load } = loadOf(`warm-${turn}`);
    await prepare(origin, { ...load, ...(seconds && { seconds: warmMs / 1000 }) });
  }
}

/** How fast that was, in the unit of the workload. */
export function rateOf({ unit }: Case, { operations, bodyBytes, seconds }: Measured): number {
  return unit === 'MiB/s' ? bodyBytes / 2 ** 20 / seconds : operations / seconds;
}
