/** The end of uploads that nobody finished. */
import type { Driver } from '../driver.ts';

/** How long after the start the first check is made, in milliseconds. */
const firstCheck = 200;
/** How many checks are made while an upload is kept; one a second at most. */
const checks = 10;

/** Told what failed; it is tried again at the next check. */
export type OnFault = (error: unknown) => void;

/**
 * Ends uploads of the driver that nobody touched for `expiry` milliseconds, from now on. It keeps no process alive, and
 * holds the driver only weakly: a handler that nobody uses any longer takes its upkeep along.
 */
export function expireUploads(driver: Driver, expiry: number, onFault: OnFault): void {
  if (!driver.uploads.expire) return;
  const held = new WeakRef(driver);
  const check = async (): Promise<void> => {
    try {
      await held.deref()?.uploads.expire?.(new Date(Date.now() - expiry));
    } catch (error) {
      onFault(error);
    }
    if (held.deref()) again(Math.max(1_000, expiry / checks));
  };
  const again = (milliseconds: number): void => {
    setTimeout(check, Math.min(milliseconds, longest)).unref();
  };
  again(firstCheck);
}

/** The longest time that a timer can wait. */
const longest = 2 ** 31 - 1;
