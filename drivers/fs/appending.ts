/** Appends to an upload whose lease is held: all of a chunk, or nothing. */
import type { Chunk, Upload } from '../../lib/driver.ts';
import { checkpointKey, uploadDataKey } from '../tree/layout.ts';
import { encodeCheckpoint } from '../tree/records.ts';
import { writeUnsynced } from './changes.ts';
import { type Disk, open } from './disk.ts';
import type { OpenFile } from './file.ts';
import { checkSize, endSession, type Session } from './sessions.ts';
import { writeChunk } from './writing.ts';

/**
 * Appends the chunk if the upload stands at `from`, and gives the upload as it then stands. Undefined, with nothing kept, if
 * it does not, or if the upload was ended meanwhile: `isActive` is called before each write and says so.
 */
export async function appendChunk(
  disk: Disk,
  session: Session,
  from: Upload,
  chunk: Chunk,
  isActive: () => boolean,
): Promise<Upload | undefined> {
  if (session.offset !== from.offset) return undefined;
  const file = await open(disk, uploadDataKey(session.id, session.holder), 'update');
  try {
    if (file !== undefined) return await appendToFile(disk, session, file, chunk, isActive);
    // An interrupted commit has already moved the bytes to content, so nothing can be appended any more.
    await endSession(disk, session);
    return undefined;
  } finally {
    await file?.close();
  }
}

/**
 * Truncates the file to the checkpoint's offset, and syncs it: later callers find the right size, and could not know that a
 * loss of power may bring the surplus bytes back.
 */
export async function truncateToCheckpoint(disk: Disk, session: Session, file: OpenFile): Promise<void> {
  if ((await checkSize(disk, session, file)) === session.offset) return;
  await file.truncate(session.offset);
  await syncOrEnd(disk, session, file);
}

/** Syncs the file. After a failed fsync its bytes may be lost, so the upload ends. */
async function syncOrEnd(disk: Disk, session: Session, file: OpenFile): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    await endSession(disk, session);
    throw error;
  }
}

/** Appends the chunk to the file, syncs it, and then writes the checkpoint that counts it. */
async function appendToFile(
  disk: Disk,
  session: Session,
  file: OpenFile,
  chunk: Chunk,
  isActive: () => boolean,
): Promise<Upload | undefined> {
  const { repo, id, holder, offset } = session;
  await truncateToCheckpoint(disk, session, file);
  try {
    const end = await writeChunk({ file, isActive, sync: () => syncOrEnd(disk, session, file) }, offset, chunk);
    if (end === undefined) return undefined;
    const checkpoint = chunk.checkpoint();
    return (await writeUnsynced(disk, checkpointKey(id, holder), encodeCheckpoint(repo, checkpoint))) ? checkpoint : undefined;
  } catch (error) {
    // Gives the space back. If this fails too, the next append truncates.
    await truncateToCheckpoint(disk, session, file).catch(() => undefined);
    throw error;
  }
}
