/** The upkeep that ends abandoned uploads. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Driver } from '../../../lib/driver.ts';
import { createRegistryHandler } from '../../../lib/index.ts';
import { expireUploads } from '../../../lib/upkeep/expiry.ts';

vi.mock('../../../lib/timers.ts', async (load) => {
  const { fakeable } = await import('../../support/fakeable-timers.ts');
  return fakeable(await load());
});

const day = 24 * 60 * 60 * 1000;

function watched(expire: () => Promise<number>): { driver: Driver; asked: Date[] } {
  const asked: Date[] = [];
  const memory = memoryDriver();
  const uploads = {
    ...memory.uploads,
    expire: (before: Date) => {
      asked.push(before);
      return expire();
    },
  };
  return { driver: { ...memory, uploads }, asked };
}

describe('uploads that nobody finished', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are looked for within a second of the start, and then by interval', async () => {
    const { driver, asked } = watched(async () => 0);
    const handler = createRegistryHandler(driver, { uploadExpiry: 60_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.length).toBe(1);
    expect(Date.now() - Number(asked[0])).toBeGreaterThanOrEqual(60_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(11);
    expect(handler).toBeTypeOf('function');
  });

  it('are looked for again after a look that failed, which is reported', async () => {
    const faults: unknown[] = [];
    const { driver, asked } = watched(() => Promise.reject(new Error('the disk is gone')));
    expireUploads(driver, day, (error) => faults.push(error));
    await vi.advanceTimersByTimeAsync(day);
    expect(asked.length).toBeGreaterThan(5);
    expect(faults).toEqual(asked.map(() => new Error('the disk is gone')));
  });

  it('are left alone where the option says so; only what dead processes left behind is removed', async () => {
    const { driver, asked } = watched(async () => 0);
    const handler = createRegistryHandler(driver, { uploadExpiry: false });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual([new Date(0)]);
    await vi.advanceTimersByTimeAsync(day);
    expect(new Set(asked.map(Number))).toEqual(new Set([0]));
    expect(asked.length).toBe(25);
    expect(handler).toBeTypeOf('function');
  });
});

describe('a handler that nobody holds', () => {
  it('is forgotten with its driver, and so is its upkeep', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const forgotten = (() => {
      const driver = memoryDriver();
      createRegistryHandler(driver);
      return new WeakRef(driver);
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // A look at the reference would itself keep the driver alive for that turn.
    for (let turns = 0; turns < 5; turns++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(forgotten.deref()).toBeUndefined();
  });
});
