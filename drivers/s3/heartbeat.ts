/**
 * Heartbeats. An object store tells of a session only when it was last written. What takes long touches its session again and
 * again, so that an expiry, which may run in another instance, does not take it for abandoned.
 */
import { clearInterval, setInterval } from '../../lib/timers.ts';

/** How often a session is touched while bytes come, in milliseconds: a call each time, and none for what is shorter. */
export const heartbeatMs = 15_000;
/** How long a session may be silent before its writer counts as gone, in milliseconds: some heartbeats may fail. */
export const silenceMs = 3 * heartbeatMs;

/** Runs `work`, and `beat` at every interval until it ends. */
export async function withHeartbeat<T>(everyMs: number, beat: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  let beating: Promise<unknown> | undefined;
  const start = (): void => {
    // A heartbeat that fails is made up for by the next one; where the store stays away, the work itself fails.
    beating ??= beat()
      .catch(() => undefined)
      .finally(() => {
        beating = undefined;
      });
  };
  const timer = setInterval(start, everyMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await beating;
  }
}
