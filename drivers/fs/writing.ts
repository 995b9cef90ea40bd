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
  let end = offset;
  for await (const buffers of chunk) {
    if (!isActive()) return undefined;
    end = await file.write(buffers, end);
  }
  if (end > offset) await sync();
  return end;
}
