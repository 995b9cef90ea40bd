/** Writes a chunk to an open file, and syncs what was written. */
import type { Chunk } from '../../lib/driver.ts';
import type { OpenFile } from './file.ts';

/** An upload whose bytes are written. */
export interface Writing {
  readonly file: OpenFile;
  /** Whether the upload is still wanted; asked before each write. */
  isActive(): boolean;
  /** Syncs the file; if that fails, its bytes may be lost: ends the upload and throws. */
  sync(): Promise<void>;
}

/**
 * Writes all of the chunk from `offset` on, syncs it, and gives the offset where it ends. Undefined if the upload was ended
 * meanwhile. However it ends, nothing is in flight on the file afterwards.
 */
export async function writeChunk({ file, isActive, sync }: Writing, offset: number, chunk: Chunk): Promise<number | undefined> {
  let written = Promise.resolve(offset);
  try {
    for await (const buffers of chunk) {
      const position = await written;
      if (!isActive()) return undefined;
      // Awaited one round later, so that the next buffers arrive and are hashed while these are written.
      written = file.write(buffers, position);
      written.catch(() => undefined);
    }
    const end = await written;
    if (end > offset) await sync();
    return end;
  } finally {
    // The file may be closed only when no write is in flight. A failure of this one was thrown above or is superseded.
    await written.catch(() => undefined);
  }
}
