import { describe, expect, it } from 'vitest';
import { synchronous } from '../../../lib/checks/synchronous.ts';

/** A function as a host without types may write it. */
const untyped = (given: unknown) => synchronous('immutableTags', () => given as boolean);

describe('a function that answers at once', () => {
  it('is given what it is asked, and its answer is true or false', () => {
    const isEven = synchronous('immutableTags', (one: number, two: number) => (one + two) % 2 === 0);
    expect([isEven(1, 1), isEven(1, 2)]).toEqual([true, false]);
    expect([untyped('yes')(), untyped(undefined)(), untyped({})()]).toEqual([true, false, true]);
  });

  it('must give no promise, also none that fails', async () => {
    const message = 'the function immutableTags must give true or false at once, not a promise';
    expect(untyped(Promise.resolve(false))).toThrow(new TypeError(message));
    expect(untyped(Promise.reject(new Error('it broke')))).toThrow(new TypeError(message));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
