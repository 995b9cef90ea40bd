/**
 * Writes a chunk to an open file, and syncs what was written. A large one is synced early, while more of it arrives: the disk works
 * then, and the last sync, which alone is what a checkpoint relies on, finds little left to do.
 */
import type { Chunk } from '../../lib/driver.ts';
import { inAlignedWrites } from './aligned.ts';
import type { OpenFile } from './file.ts';

/** An upload whose bytes are written. */
export interface Writing {
  readonly file: OpenFile;
  /** Whether the upload is still wanted; asked before each write. */
  isActive(): boolean;
  /** Syncs the file; if that fails, its bytes may be lost: ends the upload and throws. */
  sync(): Promise<void>;
}

/** How many bytes are written between two early syncs of a file, at least. */
const stepBytes = 1024 * 1024;
/** How many for each chunk that is being written, if that is more: all share a few threads, which syncs take from writes. */
const stepBytesPerWriter = 512 * 1024;

/** How many chunks are being written, of which something has come. */
let writers = 0;

/** How many bytes are written now between two early syncs of a file. */
const step = (): number => Math.max(stepBytes, writers * stepBytesPerWriter);

/**
 * Writes all of the chunk from `offset` on, syncs it, and gives the offset where it ends. Undefined if the upload was ended
 * meanwhile. However it ends, nothing is in flight on the file afterwards.
 */
export async function writeChunk({ file, isActive, sync }: Writing, offset: number, chunk: Chunk): Promise<number | undefined> {
  let end = offset;
  let unsyncedFrom = offset;
  let early: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const syncEarly = async (): Promise<void> => {
    unsyncedFrom = end;
    try {
      await sync();
    } catch (error) {
      // The system tells a descriptor of a lost write once: the last sync may well succeed after this one.
      failure = { error };
    }
    early = undefined;
  };
  let isWriter = false;
  try {
    for await (const buffers of inAlignedWrites(chunk, offset)) {
      if (!isWriter) writers++;
      isWriter = true;
      if (failure) throw failure.error;
      if (!isActive()) return undefined;
      end = await file.write(buffers, end);
      if (end - unsyncedFrom >= step()) early ??= syncEarly();
    }
    if (end > offset) await sync();
    await early;
    if (failure) throw failure.error;
    return end;
  } finally {
    if (isWriter) writers--;
    await early;
  }
}
