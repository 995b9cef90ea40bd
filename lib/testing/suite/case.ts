/** A case that can be run: what a test runner, a report or a program of one's own is given. */
import type { Level } from './definition.ts';
import { within } from './limit.ts';

/** One rule on one driver. */
export interface DriverCase {
  /** The rule, as a sentence. */
  readonly name: string;
  readonly level: Level | 'wire';
  /** What it is about: `uploads`. */
  readonly area: string;
  /** Why it cannot be run on this driver; undefined if it can. */
  readonly skipped: string | undefined;
  /** How long it may take, in milliseconds. */
  readonly timeout: number;
  /** Rejects if the rule is broken, and says what to change. */
  run(): Promise<void>;
}

/** The part of a test runner that is used; vitest, Jest, `node:test` and mocha have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  it: {
    (name: string, body: () => Promise<void>, timeout?: number): unknown;
    skip(name: string, body: () => Promise<void>): unknown;
  };
}

/** Registers cases with a test runner, under a heading for each area. Those that cannot be run are shown, with the reason. */
export function register(title: string, cases: readonly DriverCase[], { describe, it }: Runner): void {
  describe(title, () => {
    for (const area of new Set(cases.map((each) => each.area))) {
      describe(area, () => {
        for (const each of cases) if (each.area === area) registerOne(each, it);
      });
    }
  });
}

function registerOne({ name, skipped, timeout, run }: DriverCase, it: Runner['it']): void {
  if (skipped !== undefined) {
    it.skip(`${name} (${skipped})`, run);
    return;
  }
  // Mocha is told through `this` how long to wait, vitest and Jest by the last argument, and node:test not at all.
  const body = async function (this: unknown): Promise<void> {
    if (allowsTime(this)) this.timeout(timeout);
    // Mocha begins to keep the time when it has the promise; its timer is not one that the case leaves behind.
    await undefined;
    await within(timeout, `the case took longer than its ${timeout} milliseconds`, run);
  };
  it(name, body, timeout);
}

function allowsTime(context: unknown): context is { timeout(milliseconds: number): void } {
  return typeof context === 'object' && context !== null && 'timeout' in context && typeof context.timeout === 'function';
}
