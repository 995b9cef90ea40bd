/**
 * Appends to uploads of an object store. Bytes are buffered until they fill a part, and a few parts are uploaded at a time. The
 * bytes that are left at the end become an object, the tail, which the next append reads first.
 */
import type { Chunk } from '../../lib/driver.ts';
import type { BufferPool } from './buffer-pool.ts';
import { newPartNumbers, type PartNumbers } from './part-numbers.ts';
import { PartWriter } from './part-writer.ts';
import { type PartOptions, PlannedParts } from './planned-parts.ts';
import type { Staged } from './sessions.ts';
import type { Store } from './store.ts';

/** The written bytes. They do not count before a session lists them. */
export interface Appended {
  readonly staged: Staged;
  /** Deletes what was written, for bytes that will not count. */
  undo(): Promise<void>;
}

/** Writes the bytes of appends. */
export interface Appender {
  /**
   * Writes all of the chunk after the bytes that are staged. If these have parts, `numbers` are those of further ones. Errors
   * of the numbers and of the chunk are thrown as they are, and nothing is kept. Throws an {@link UploadConflict} if another
   * request moved the upload on.
   */
  append(before: Staged, chunk: Chunk, upload: string, numbers?: PartNumbers): Promise<Appended>;
}

/** Appends to uploads of a store. The pool's buffers must be of `partSize` bytes. */
export function createAppender(store: Store, pool: BufferPool, options: PartOptions): Appender {
  return {
    append: async (before, chunk, upload, numbers = newPartNumbers()) => {
      const parts = new PlannedParts(store, upload, before.parts, numbers, options);
      const writer = new PartWriter(store, pool, options.partSize, upload, before, parts);
      try {
        for await (const buffers of chunk) {
          for (const buffer of buffers) await writer.write(buffer);
          chunk.release?.(buffers);
        }
        return { staged: await writer.finish(chunk.checkpoint()), undo: () => writer.undo() };
      } catch (error) {
        await writer.undo();
        throw error;
      }
    },
  };
}
