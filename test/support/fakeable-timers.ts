/** Timers that look the global functions up with each call, so that the fake timers of a test reach the code that uses them. */
import type * as Timers from '../../lib/timers.ts';

/**
 * `lib/timers.ts` as a module for `vi.mock`: `vi.mock('../../lib/timers.ts', async (load) => fakeable(await load()))`, where
 * `fakeable` is imported within the factory.
 */
export function fakeable(real: typeof Timers): typeof Timers {
  const named =
    (name: keyof typeof globalThis) =>
    (...given: unknown[]) =>
      Reflect.apply(Reflect.get(globalThis, name), globalThis, given);
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  return {
    ...real,
    setTimeout: Object.assign(named('setTimeout'), setTimeout),
    clearTimeout: Object.assign(named('clearTimeout'), clearTimeout),
    setInterval: Object.assign(named('setInterval'), setInterval),
    clearInterval: Object.assign(named('clearInterval'), clearInterval),
  };
}
