/** How fast content is read, and how long a doubt waits. */
import { clearTimeout, longestMs, now, setTimeout } from '../../timers.ts';

/** Resolves after so many milliseconds; rejects with the reason of the signal once that is aborted. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, longestMs));
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}

/** Is told of bytes that were read, and resolves when the next may be. */
export type Pace = (bytes: number) => Promise<void>;

/** How much of a time in which less was read than might have been counts later, in milliseconds. */
const savedMs = 1_000;

/** A pace of so many bytes per second, whoever reads them. Undefined: there is none. */
export function createPace(rate: number | undefined, signal: AbortSignal | undefined): Pace {
  let dueMs: number | undefined;
  return async (bytes) => {
    signal?.throwIfAborted();
    if (rate === undefined) return;
    dueMs = Math.max(dueMs ?? now(), now() - savedMs) + (bytes / rate) * 1_000;
    const aheadMs = dueMs - now();
    if (aheadMs > 0) await pause(aheadMs, signal);
  };
}
