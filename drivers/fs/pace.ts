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
/** For how long calls are then made without holding the event loop, in milliseconds. */
const restMs = 10_000;

/** A pace of its own: calls that are as slow as others belong together. */
export function createPace(): Pace {
  let slow = 0;
  let restUntil = 0;
  return {
    isFast: () => restUntil === 0 || now() >= restUntil,
    timed(call) {
      const start = now();
      try {
        return call();
      } finally {
        const end = now();
        slow = end - start > slowMs ? slow + (end - start) / slowMs : Math.max(0, slow - 0.01);
        restUntil = 0;
        if (slow > slowCalls) {
          restUntil = end + restMs;
          slow = 0;
        }
      }
    },
  };
}
