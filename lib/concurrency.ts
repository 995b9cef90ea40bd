/** Bounded concurrency: many asynchronous steps, some of them at a time. */

/** A bound on how many pieces of work run at a time, whoever brings them. */
export class Gate {
  readonly #first: (() => void)[] = [];
  readonly #others: (() => void)[] = [];
  #inside = 0;

  constructor(private readonly most: number) {}

  /** How many wait, but those that go first. */
  get waiting(): number {
    return this.#others.length;
  }

  /** Runs the work once it is its turn: in the order in which it comes, and what `goesFirst` before all that wait. */
  async pass<T>(work: () => T | Promise<T>, goesFirst = false): Promise<T> {
    if (this.#inside >= this.most) await new Promise<void>((resolve) => (goesFirst ? this.#first : this.#others).push(resolve));
    else this.#inside++;
    try {
      return await work();
    } finally {
      const next = this.#first.shift() ?? this.#others.shift();
      if (next) next();
      else this.#inside--;
    }
  }
}

/** How many look-ups or writes of one request run at a time: enough to hide latency, too few to crowd out other requests. */
export const stepsAtOnce = 32;

/**
 * What `step` gives for each of the values, in their order; at most `limit` steps run at a time. After a failure no further step
 * begins, and those that run are waited for: rejects with the first failure, and nothing goes on behind the caller's back.
 */
export async function mapConcurrently<T, R>(
  values: readonly T[],
  step: (value: T, index: number) => Promise<R>,
  limit: number = stepsAtOnce,
): Promise<R[]> {
  const results: R[] = [];
  const rest = values.entries();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const [index, value] of rest) {
      try {
        results[index] = await step(value, index);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}

/**
 * What `step` gives for each of the values, in their order, while at most `limit` steps run ahead of what was taken; a function is
 * asked before each step. It ends with the failure of a step when its turn comes. However it ends, no further value is pulled, and
 * the steps that run are waited for.
 */
export async function* mapAhead<T, R>(
  values: Iterable<T> | AsyncIterable<T>,
  step: (value: T) => Promise<R>,
  limit: number | (() => number) = stepsAtOnce,
): AsyncGenerator<R> {
  const ahead: Promise<R>[] = [];
  const isFull = (): boolean => ahead.length >= (typeof limit === 'number' ? limit : limit());
  try {
    for await (const value of values) {
      const running = step(value);
      running.catch(() => {
        // It is thrown where the result is awaited, and nowhere if nobody takes it.
      });
      ahead.push(running);
      while (ahead.length > 0 && isFull()) for (const oldest of ahead.splice(0, 1)) yield await oldest;
    }
    while (ahead.length > 0) for (const oldest of ahead.splice(0, 1)) yield await oldest;
  } finally {
    await Promise.allSettled(ahead);
  }
}
