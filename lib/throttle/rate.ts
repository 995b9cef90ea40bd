/** A rate limit: the generic cell rate algorithm, which has one number for each client. */
import { now } from '../timers.ts';

/** So many clients are remembered at most, in each of two generations. */
const mostKeys = 50_000;

/** A bound on requests for each key: `burst` at once, and `perSecond` after that. */
export class Rate {
  /**
   * When the allowance of each key will be whole again. Those that have not asked for as long as a burst takes to be allowed anew are whole,
   * and need not be remembered: they go with their generation. Beyond the bound on keys, those that asked last long ago go before
   * that, and have their whole allowance again. (Taken out one by one, they would leave gaps at the head of a map, over which each look goes.)
   */
  #recent = new Map<string, number>();
  #former = new Map<string, number>();
  #begunAt = now();
  readonly #intervalMs: number;
  readonly #burstMs: number;

  constructor(perSecond: number, burst: number) {
    this.#intervalMs = 1000 / perSecond;
    this.#burstMs = this.#intervalMs * burst;
  }

  /** Takes a request from the allowance. Gives 0, or the milliseconds until there is one to take. */
  take(key: string): number {
    const time = now();
    if (time - this.#begunAt > this.#burstMs || this.#recent.size >= mostKeys) this.#begin(time);
    const whole = Math.max(this.#recent.get(key) ?? this.#former.get(key) ?? 0, time) + this.#intervalMs;
    const wait = whole - time - this.#burstMs;
    // A sum of fractions may be larger than it would be on paper.
    if (wait > 0.001) return wait;
    this.#recent.set(key, whole);
    return 0;
  }

  /** Begins a generation. */
  #begin(time: number): void {
    this.#former = this.#recent;
    this.#recent = new Map();
    this.#begunAt = time;
  }
}
