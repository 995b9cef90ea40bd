/**
 * Timers and the monotonic clock, as Node has them when this module is loaded. Fake timers of test runners replace the global
 * functions later, and jsdom those that it has itself; a request would then wait for a time that only the test can let pass.
 */
import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';

/** Constants, since a bundle in CommonJS would look them up with each call. */
export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setInterval: typeof timers.setInterval = timers.setInterval;
export const clearInterval: typeof timers.clearInterval = timers.clearInterval;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;

/** As long as a timer can be, in milliseconds: a longer one ends at once. */
export const longestMs = 2 ** 31 - 1;

/** Milliseconds from a fixed point in the past. They never go back, as the time of day does. */
export const now: () => number = performance.now.bind(performance);

/** Resolves after so many milliseconds. The process stays alive for it. */
export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Resolves in the next turn of the event loop: what arrived meanwhile, and what others wait for, is handled before. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** How long something is waited for. */
export interface Expiry {
  readonly milliseconds: number;
  /** Called where it has not come by then; gives the reason with which the wait rejects. */
  expire(): unknown;
}

/** Waits for work, but not for longer than so many milliseconds. The process stays alive for it. Rejects as the work does. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.min(milliseconds, longestMs));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
