/** Waiting leaves nothing behind on signals that live for as long as the process. */
import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBell, pause, tryFor } from '../../../lib/delivery/pause.ts';

const forever = new AbortController();
const never = new Promise<never>(() => {});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('waiting', () => {
  it('leaves no listener and no dependent signal on the signal that would end it', async () => {
    const any = vi.spyOn(AbortSignal, 'any');
    const bell = createBell();
    await pause(1, forever.signal);
    await bell.wait(1, forever.signal);
    await tryFor(50, forever.signal, () => 'done');
    await expect(tryFor(1, forever.signal, () => never)).rejects.toThrow('it took longer than 1 ms');
    await expect(tryFor(50, forever.signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const fails = (): never => {
      throw new Error('at once');
    };
    await expect(tryFor(50, forever.signal, fails)).rejects.toThrow('at once');
    expect(getEventListeners(forever.signal, 'abort')).toEqual([]);
    expect(any).not.toHaveBeenCalled();
  });

  it('ends when it is cut, and tells the work so', async () => {
    const cut = new AbortController();
    let told: AbortSignal | undefined;
    const work = tryFor(60_000, cut.signal, (signal) => {
      told = signal;
      return never;
    });
    cut.abort(new Error('over'));
    await expect(work).rejects.toThrow('over');
    expect(told?.aborted).toBe(true);
    await expect(tryFor(60_000, cut.signal, () => never)).rejects.toThrow('over');
  });
});
