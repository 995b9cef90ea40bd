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

/** What a call takes at most while a disk is fast, in milliseconds. What it takes beyond that adds up; what it takes less is paid back. */
const usualMs = 0.05;
/** How much may add up before calls are slow: a busy machine also takes the processor away during a call. */
const mostMs = 4;
/**
 * For how long calls are then made without holding the event loop, in milliseconds: at first, and at most. Back-off: what was slow once
 * may have been the garbage collector, what is slow again and again is the disk.
 */
const restMs = { first: 100, most: 10_000 };
/** Calls that held the event loop for long rest so many times as long, whatever they have rested before. */
const restFactor = 10;
/** After how many calls without a rest the next one is short again. */
const calmCalls = 1_000;

/** A pace of its own: calls that are as slow as others belong together. `clock` counts milliseconds. */
export function createPace(clock = now): Pace {
  /** A leaky bucket: what calls took beyond what is usual. */
  let excessMs = 0;
  let restUntil = 0;
  let nextRestMs: number = restMs.first;
  /** How many calls there were since the last rest. */
  let calm = 0;
  return {
    isFast: () => restUntil === 0 || clock() >= restUntil,
    timed(call) {
      const start = clock();
      try {
        return call();
      } finally {
        const end = clock();
        const held = end - start;
        excessMs = Math.max(0, excessMs + held - usualMs);
        calm++;
        if (calm === calmCalls) nextRestMs = restMs.first;
        restUntil = 0;
        if (excessMs > mostMs) {
          restUntil = end + Math.max(nextRestMs, restFactor * held);
          nextRestMs = Math.min(2 * nextRestMs, restMs.most);
          excessMs = 0;
          calm = 0;
        }
      }
    },
  };
}
