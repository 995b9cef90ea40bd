/** What was measured, as it is kept in `bench/results`: one file for each kind of run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeMachine, type Machine } from './machine.ts';

/** When, of what and where something was measured. */
export interface Circumstances {
  readonly date: string;
  /** With a `+` where the working tree had changes. */
  readonly commit: string;
  /** As in `v20.19.0`: the Node that the servers ran on. */
  readonly node: string;
  readonly machine: Machine;
}

const pathOf = (name: string) => fileURLToPath(new URL(`results/${name}.json`, import.meta.url));

/** What is so now. */
export function circumstances(node: string): Circumstances {
  const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
  const changed = git('status', '--porcelain', '--', '..', ':!results', ':!../docs') !== '';
  const commit = `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  return { date: new Date().toISOString().slice(0, 10), commit, node, machine: describeMachine() };
}

/** Keeps a value under a name. */
export function keepResults(name: string, value: object): void {
  mkdirSync(new URL('results/', import.meta.url), { recursive: true });
  writeFileSync(pathOf(name), `${JSON.stringify(value, undefined, 2)}\n`);
}

/** What was kept under a name; undefined where nothing was. */
export function readResults<T>(name: string): T | undefined {
  return existsSync(pathOf(name)) ? JSON.parse(readFileSync(pathOf(name), 'utf8')) : undefined;
}

/** The value in the middle, or between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const [low = Number.NaN, high = low] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return (low + high) / 2;
}
