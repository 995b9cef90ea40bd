/** The end of uploads that nobody finished. */
import type { Driver } from '../driver.ts';

/** How soon after the start it is looked for the first time, in milliseconds. */
const firstLook = 200;
/** It is looked for so many times within the time that an upload is kept, but not more often than each second. */
const looks = 10;

/** Told what failed; it is tried again at the next look. */
export type OnFault = (error: unknown) => void;

/**
 * Ends uploads of the driver that nobody touched for `expiry` milliseconds, from now on. It keeps no process alive, and
 * holds the driver only weakly: a handler that nobody uses any longer takes its upkeep along.
 */
export function expireUploads(driver: Driver, expiry: number, onFault: OnFault): void {
  if (!driver.uploads.expire) return;
  const held = new WeakRef(driver);
  const look = async (): Promise<void> => {
    try {
      await held.deref()?.uploads.expire?.(new Date(Date.now() - expiry));
    } catch (error) {
      onFault(error);
    }
    if (held.deref()) again(Math.max(1_000, expiry / looks));
  };
  const again = (milliseconds: number): void => {
    setTimeout(look, Math.min(milliseconds, longest)).unref();
  };
  again(firstLook);
}

/** The longest time that a timer can wait. */
const longest = 2 ** 31 - 1;
