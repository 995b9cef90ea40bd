/** Waiting that keeps no process alive, and leaves nothing behind. */
import { orAborted } from '../events/or-aborted.ts';
import { clearTimeout, longestMs, setTimeout } from '../timers.ts';

/** Resolves after so many milliseconds, or once one of the signals is aborted. Nothing stays alive for it. */
export function pause(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, longestMs)).unref();
    for (const signal of signals) signal.addEventListener('abort', end);
  });
}

/**
 * The value of some work, which is given a signal: that is aborted after so many milliseconds, or with `cut`, and the work is not
 * waited for then. Not `AbortSignal.any`, which Node 20 keeps for as long as the longest of its signals.
 */
export async function tryFor<T>(
  milliseconds: number,
  cut: AbortSignal,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const trial = new AbortController();
  const expire = (): void => trial.abort(new DOMException(`it took longer than ${milliseconds} ms`, 'TimeoutError'));
  const end = (): void => trial.abort(cut.reason);
  const timer = setTimeout(expire, Math.min(milliseconds, longestMs)).unref();
  cut.addEventListener('abort', end);
  if (cut.aborted) end();
  try {
    return await orAborted(work(trial.signal), trial.signal);
  } finally {
    clearTimeout(timer);
    cut.removeEventListener('abort', end);
  }
}

/** Lets those that wait go on. */
export interface Bell {
  ring(): void;
  /** Resolves when it rings next, after so many milliseconds, or once the signal is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A bell. What rings while nobody waits is heard by who waits next. */
export function createBell(): Bell {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    async wait(milliseconds, signal) {
      await pause(milliseconds, rung.signal, signal);
      rung = new AbortController();
    },
  };
}
