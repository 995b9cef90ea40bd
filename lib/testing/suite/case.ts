/** A case that can be run by a test runner, by `runCases` or by a program of its own; and how cases are registered. */
import type { Level } from './definition.ts';
import { withTimeout } from './timeout.ts';

/** One rule of the suite, to be run on one driver. */
export interface DriverCase {
  /** The rule, as a sentence. */
  readonly name: string;
  /** The part of the suite that it belongs to; `wire` is the level of the exchanges over HTTP. */
  readonly level: Level | 'wire';
  /** What it is about: `uploads`. Cases of one area stand under one heading. */
  readonly area: string;
  /** The reason why it cannot be run on this driver: `skipped: no reopen() was given`; undefined if it can. */
  readonly skipped: string | undefined;
  /** How long it may take, in milliseconds. `run` does not keep to it: `runCases` and `testDriver` do. */
  readonly timeout: number;
  /**
   * Runs the case on a new driver and storage, and removes both. Rejects if the rule is broken; the message says what was found,
   * which sentences of the contract it breaks, and what to change. It does not look at `skipped`.
   */
  run(): Promise<void>;
}

/** The functions of a test runner that the suite calls. Those of vitest, Jest, `node:test` and mocha fit. */
export interface Runner {
  /** Opens a group of tests. */
  describe(name: string, body: () => void): unknown;
  /** Adds a test. The timeout is in milliseconds; a runner may ignore it. */
  it: {
    (name: string, body: () => Promise<void>, timeout?: number): unknown;
    /** Adds a test that is shown and not run. */
    skip(name: string, body: () => Promise<void>): unknown;
  };
}

/**
 * Registers cases with a test runner, in a group for each area. A case that cannot be run is registered as skipped, with the
 * reason in its name. Each case fails after its own `timeout`, also where the runner ignores timeouts.
 */
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
  // Mocha takes the timeout through `this`, vitest and Jest as the last argument; node:test takes none here.
  const body = async function (this: unknown): Promise<void> {
    if (hasTimeout(this)) this.timeout(timeout);
    // Mocha sets its timer when it has the promise. One turn later, the case counts that timer both before and after.
    await undefined;
    await withTimeout(timeout, `the case took longer than its ${timeout} milliseconds`, run);
  };
  it(name, body, timeout);
}

function hasTimeout(context: unknown): context is { timeout(milliseconds: number): void } {
  return typeof context === 'object' && context !== null && 'timeout' in context && typeof context.timeout === 'function';
}
