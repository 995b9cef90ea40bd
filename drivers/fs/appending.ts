/** Appends to an upload that is claimed: all of a chunk, or nothing. */
import type { Checkpoint, Chunk } from '../../lib/driver.ts';
import { uploadKey } from '../tree/layout.ts';
import { type Claim, cut, syncOrEnd } from './claims.ts';
import { type Disk, open } from './disk.ts';
import { writeChunk } from './writing.ts';

/**
 * Appends the chunk and syncs it, and gives how far the upload is then. Undefined if the upload was ended meanwhile: `isActive` is
 * called before each write and says so. Where it throws or gives undefined, there may be bytes that do not count.
 */
export async function appendChunk(
  disk: Disk,
  { name, isExact }: Claim,
  chunk: Chunk,
  isActive: () => boolean,
): Promise<Checkpoint | undefined> {
  const file = await open(disk, uploadKey(name), 'update');
  if (file === undefined) return undefined;
  try {
    if (!isExact) await cut(disk, name, file);
    const end = await writeChunk({ file, isActive, sync: () => syncOrEnd(disk, name, file) }, name.offset, chunk);
    if (end === undefined) return undefined;
    // Expiry goes by the time of the last change, and an append without bytes is one, too.
    if (end === name.offset) await file.truncate(end);
    return chunk.checkpoint();
  } finally {
    await file.close();
  }
}
