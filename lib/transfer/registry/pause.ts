/** Waiting for a registry that is busy. */
import { clearTimeout, setTimeout } from '../../timers.ts';

/** How often something is asked for. */
const mostAttempts = 5;
/** How long a registry may have a client wait. */
const longestSeconds = 60;

/** The statuses that say to come later. */
const busy: ReadonlySet<number> = new Set([429, 503]);

/**
 * The response to a request, which is sent again while it is answered with 429 or 503: after the time that the response names, or else
 * after half a second, and twice as long each further time. Gives such a response where it is the fifth, or names more than a minute.
 */
export async function patiently(send: () => Promise<Response>, signal: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await send();
    if (!busy.has(response.status) || attempt === mostAttempts) return response;
    const seconds = secondsIn(response.headers.get('retry-after')) ?? 2 ** (attempt - 2);
    if (seconds > longestSeconds) return response;
    await response.body?.cancel();
    await pause(seconds * 1000, signal);
  }
}

/** The seconds of `Retry-After`, which has them, or a date. */
function secondsIn(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** Resolves after so many milliseconds. Rejects with the reason of the signal once that is aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', abort);
  });
}
