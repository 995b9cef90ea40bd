/**
 * Calls that hold the event loop, for as long as they are fast. A call that is handed to a thread costs ten times as much as a look at a
 * local disk takes; but a disk that turns, or a remote file system, may take long, and would then hold up everybody else.
 */
import { now } from '../../lib/timers.ts';

/** Measures calls, and tells whether they may hold the event loop. */
export interface Pace {
  isFast(): boolean;
  /** Makes a call and measures it, also one that throws. */
  timed<T>(call: () => T): T;
}

/** How long a call may hold the event loop before it counts as slow, in milliseconds. */
const slowMs = 1;
/** How many more slow calls than a hundredth of all are let pass: a busy machine also takes the processor away during a call. */
const slowCalls = 4;
/**
 * For how long calls are then made without holding the event loop, in milliseconds: at first, and at most. Back-off: what was slow once
 * may have been the garbage collector, what is slow again and again is the disk.
 */
const restMs = { first: 100, most: 10_000 };
/** After how many calls that are not slow in a row a rest is short again. */
const calmCalls = 1_000;

/** A pace of its own: calls that are as slow as others belong together. */
export function createPace(): Pace {
  let slow = 0;
  let restUntil = 0;
  let nextRestMs = restMs.first;
  /** How many calls were not slow since the last one that was. */
  let calm = 0;
  return {
    isFast: () => restUntil === 0 || now() >= restUntil,
    timed(call) {
      const start = now();
      try {
        return call();
      } finally {
        const end = now();
        const isSlow = end - start > slowMs;
        slow = isSlow ? slow + (end - start) / slowMs : Math.max(0, slow - 0.01);
        calm = isSlow ? 0 : calm + 1;
        if (calm === calmCalls) nextRestMs = restMs.first;
        restUntil = 0;
        if (slow > slowCalls) {
          restUntil = end + nextRestMs;
          nextRestMs = Math.min(2 * nextRestMs, restMs.most);
          slow = 0;
        }
      }
    },
  };
}
