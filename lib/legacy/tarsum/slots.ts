/** A counting semaphore whose waiters give up: a bounded number of computations at once, in the order in which they were asked for. */
import { clearTimeout, setTimeout } from '../../timers.ts';

/** Lends a bounded number of slots. */
export interface Slots {
  /** Runs `use` in a slot, once one is free. Rejects with what `refuse` gives if none becomes free within the patience. */
  lend<T>(use: () => Promise<T>): Promise<T>;
}

/** Creates slots, all free. A caller waits for `patienceMs` at most. */
export function createSlots(count: number, patienceMs: number, refuse: () => Error): Slots {
  let free = count;
  /** Those who wait, oldest first; each is called to be given a slot. */
  const waiting = new Set<() => void>();

  const take = (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const accept = (): void => {
        clearTimeout(timer);
        waiting.delete(accept);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(accept);
        reject(refuse());
      }, patienceMs);
      waiting.add(accept);
    });
  };

  const giveBack = (): void => {
    const [next] = waiting;
    if (next) next();
    else free += 1;
  };

  return {
    lend: async (use) => {
      await take();
      try {
        return await use();
      } finally {
        giveBack();
      }
    },
  };
}
