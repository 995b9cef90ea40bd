/** Who is sending to which upload, in this process. */
import type { UploadId } from '../api/formats.ts';
import type { Body } from './body.ts';

/** The requests that are sending to uploads. */
export interface Writers {
  /** Does work that reads the body into the upload; until it has ended, the body can be interrupted. */
  during<T>(id: UploadId, body: Body, work: () => Promise<T>): Promise<T>;
  /** Makes the request that is sending see a broken connection, and waits for its end. False if there is none. */
  interrupt(id: UploadId): Promise<boolean>;
}

/** Nobody is sending yet. */
export function noWriters(): Writers {
  const writing = new Map<UploadId, { readonly body: Body; readonly ended: Promise<unknown> }>();
  return {
    during: async (id, body, work) => {
      const working = work();
      // How it ended is for whoever asked for it; others only wait for its end.
      const writer = { body, ended: working.catch(() => undefined) };
      writing.set(id, writer);
      try {
        return await working;
      } finally {
        if (writing.get(id) === writer) writing.delete(id);
      }
    },
    interrupt: async (id) => {
      const writer = writing.get(id);
      writer?.body.interrupt();
      await writer?.ended;
      return writer !== undefined;
    },
  };
}
