/** The appends in progress in this process, by upload: a newer one interrupts an older one. */
import type { UploadId } from '../api/formats.ts';
import type { Body } from './body.ts';

/** The appends in progress. */
export interface ActiveAppends {
  /** Runs an append that reads `body`, and keeps it interruptible until it has ended. */
  track<T>(id: UploadId, body: Body, append: () => Promise<T>): Promise<T>;
  /** Ends the append to an upload as if its connection had broken, and waits for its end. False if there is none. */
  interrupt(id: UploadId): Promise<boolean>;
}

/** Tracks appends; none is in progress yet. */
export function activeAppends(): ActiveAppends {
  const active = new Map<UploadId, { readonly body: Body; readonly ended: Promise<unknown> }>();
  return {
    track: async (id, body, append) => {
      const appending = append();
      // The caller gets the outcome, failures too; an interruption only waits for the end.
      const entry = { body, ended: appending.catch(() => undefined) };
      active.set(id, entry);
      try {
        return await appending;
      } finally {
        if (active.get(id) === entry) active.delete(id);
      }
    },
    interrupt: async (id) => {
      const entry = active.get(id);
      entry?.body.interrupt();
      await entry?.ended;
      return entry !== undefined;
    },
  };
}
