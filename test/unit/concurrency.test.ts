/** Bounded concurrency: how many steps run at a time, in which order results come, and what a failure does. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapAhead, mapConcurrently } from '../../lib/concurrency.ts';

/** Runs steps that take a few turns of the event loop, and counts how many run at a time. */
function counted() {
  const seen = { running: 0, most: 0, begun: 0 };
  const step = async (value: number): Promise<number> => {
    seen.begun += 1;
    seen.most = Math.max(seen.most, ++seen.running);
    for (let turns = value % 3; turns >= 0; turns--) await turn();
    seen.running -= 1;
    return value * 2;
  };
  return { seen, step };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('steps that run concurrently', () => {
  it.each([0, 1, 4, 5, 1000])(
    'give the results of %i values in their order, and no more than the limit run at a time',
    async (count) => {
      const { seen, step } = counted();
      expect(await mapConcurrently(numbers(count), step, 5)).toEqual(numbers(count).map((value) => value * 2));
      expect(seen.most).toBe(Math.min(count, 5));
    },
  );

  it('stop at the first failure, which is thrown once the steps that run have ended', async () => {
    const { seen, step } = counted();
    const failing = async (value: number): Promise<number> => {
      const result = await step(value);
      if (value === 7 || value === 8) throw new Error(`of ${value}`);
      return result;
    };
    await expect(mapConcurrently(numbers(1000), failing, 5)).rejects.toThrow(/of [78]/);
    expect(seen.running).toBe(0);
    expect(seen.begun).toBeLessThan(20);
  });

  it('stop when a step throws before it gives a promise', async () => {
    const thrown = new Error('at once');
    const throws = (): Promise<void> => {
      throw thrown;
    };
    await expect(mapConcurrently(numbers(100), throws)).rejects.toBe(thrown);
  });

  it('may fail with undefined, and fail all the same', async () => {
    await expect(mapConcurrently([1], () => Promise.reject(undefined))).rejects.toBeUndefined();
  });
});

describe('steps that run ahead', () => {
  it.each([0, 1, 4, 5, 1000])(
    'give the results of %i values in their order, with no more ahead than the limit',
    async (count) => {
      const { seen, step } = counted();
      const results: number[] = [];
      for await (const result of mapAhead(numbers(count), step, 5)) {
        results.push(result);
        expect(seen.begun - results.length).toBeLessThan(5);
      }
      expect(results).toEqual(numbers(count).map((value) => value * 2));
      expect(seen.most).toBe(Math.min(count, 5));
    },
  );

  it('are waited for, and no further value is pulled, where the results are left early', async () => {
    const { seen, step } = counted();
    let pulled = 0;
    let returned = false;
    async function* values() {
      try {
        for (;;) yield pulled++;
      } finally {
        returned = true;
      }
    }
    for await (const result of mapAhead(values(), step, 5)) if (result === 4) break;
    expect([seen.running, pulled, returned]).toEqual([0, seen.begun, true]);
    expect(pulled).toBeLessThan(9);
  });

  it('fail in their turn: results before a failure come, and nothing goes on behind it', async () => {
    const { seen, step } = counted();
    const failing = async (value: number): Promise<number> => {
      if (value === 7 || value === 8) throw new Error(`of ${value}`);
      return step(value);
    };
    const results: number[] = [];
    const reading = async () => {
      for await (const result of mapAhead(numbers(1000), failing, 5)) results.push(result);
    };
    await expect(reading()).rejects.toThrow('of 7');
    expect(results).toEqual(numbers(7).map((value) => value * 2));
    expect([seen.running, seen.begun < 20]).toEqual([0, true]);
  });

  it('fail where the values do, once the steps that run have ended', async () => {
    const { seen, step } = counted();
    async function* values() {
      yield* numbers(3);
      throw new Error('no more');
    }
    const reading = async () => {
      for await (const _ of mapAhead(values(), step, 5));
    };
    await expect(reading()).rejects.toThrow('no more');
    expect([seen.running, seen.begun]).toEqual([0, 3]);
  });
});
