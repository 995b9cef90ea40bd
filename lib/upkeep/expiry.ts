/** The expiry of abandoned uploads, and the removal of what dead processes left behind. */
import type { Driver } from '../driver.ts';
import { clearTimeout, longestMs, setTimeout } from '../timers.ts';

/** When the first check is made, after the start. */
const firstCheckMs = 200;
/** How many checks are made while an upload is kept; one a second at most. */
const checks = 10;
/** How often a check is made where uploads are kept for ever. */
const sweepMs = 3_600_000;
/** Nothing was last touched before the epoch: an expiry with this date ends no upload, and removes only leftovers. */
const never = new Date(0);

/** Is told what failed; it is tried again at the next check. */
export type OnFault = (error: unknown) => void;

/** A repeated check that can be stopped. */
export interface Upkeep {
  /** Makes no further check, and resolves when one that is under way has ended. */
  stop(): Promise<void>;
}

/**
 * Has the driver end uploads that were not touched for `expiry` milliseconds, and remove what dead processes left behind, again
 * and again from now on; with `false` it keeps all uploads and removes only the latter. The timer keeps no process alive, and
 * holds the driver only weakly: a registry that is collected as garbage takes its upkeep along.
 */
export function expireUploads(driver: Pick<Driver, 'uploads'>, expiry: number | false, onFault: OnFault): Upkeep {
  if (!driver.uploads.expire) return { stop: async () => {} };
  const held = new WeakRef(driver);
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> = Promise.resolve();
  let stopped = false;
  const check = async (): Promise<void> => {
    try {
      await held.deref()?.uploads.expire?.(expiry === false ? never : new Date(Date.now() - expiry));
    } catch (error) {
      onFault(error);
    }
    if (held.deref()) schedule(expiry === false ? sweepMs : Math.max(1_000, expiry / checks));
  };
  const schedule = (milliseconds: number): void => {
    if (stopped) return;
    const begin = (): void => {
      checking = check();
    };
    timer = setTimeout(begin, Math.min(milliseconds, longestMs)).unref();
  };
  schedule(firstCheckMs);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return checking;
    },
  };
}
