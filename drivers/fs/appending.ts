/** Appends to an upload that is ours: all of a chunk, or nothing. */
import type { Chunk, Upload } from '../../lib/driver.ts';
import { checkpointKey, uploadDataKey } from '../tree/layout.ts';
import { encodeCheckpoint } from '../tree/records.ts';
import { mark } from './changes.ts';
import { type Disk, open } from './disk.ts';
import type { OpenFile } from './file.ts';
import { endSession, type Session, wholeSize } from './sessions.ts';

/**
 * Appends the chunk, if the upload stands at `from`: the upload as it then stands. Undefined, and nothing kept, if it
 * does not, or if it went away meanwhile; `goesOn` is asked from time to time whether it did.
 */
export async function appendTo(
  disk: Disk,
  session: Session,
  from: Upload,
  chunk: Chunk,
  goesOn: () => boolean,
): Promise<Upload | undefined> {
  if (session.offset !== from.offset) return undefined;
  const file = await open(disk, uploadDataKey(session.id, session.holder), 'update');
  try {
    if (file !== undefined) return await extend(disk, session, file, chunk, goesOn);
    // A commit that did not come to its end has moved the bytes: nothing can be added to them.
    await endSession(disk, session);
    return undefined;
  } finally {
    await file?.close();
  }
}

/** Cuts off what no checkpoint speaks of, for good: nobody who comes later could tell that it may come back. */
export async function cut(disk: Disk, session: Session, file: OpenFile): Promise<void> {
  if ((await wholeSize(disk, session, file)) === session.offset) return;
  await file.truncate(session.offset);
  await sync(disk, session, file);
}

/** Writes the chunk, step by step; says where it ends. Undefined if the upload was ended meanwhile. */
async function pour(file: OpenFile, offset: number, chunk: Chunk, goesOn: () => boolean): Promise<number | undefined> {
  let written = Promise.resolve(offset);
  try {
    for await (const buffers of chunk) {
      const position = await written;
      if (!goesOn()) return undefined;
      // Not awaited yet: while these are written, the next arrive and are hashed.
      written = file.write(buffers, position);
      written.catch(() => undefined);
    }
    return await written;
  } finally {
    // However the chunk ended, no write is left under way. A failure of this one was thrown above, or comes too late.
    await written.catch(() => undefined);
  }
}

/** Makes the bytes durable. Where that fails nobody can vouch for them any more, and the upload ends. */
async function sync(disk: Disk, session: Session, file: OpenFile): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    await endSession(disk, session);
    throw error;
  }
}

/** Appends to the file, and says so in the checkpoint: all of it, or nothing. */
async function extend(
  disk: Disk,
  session: Session,
  file: OpenFile,
  chunk: Chunk,
  goesOn: () => boolean,
): Promise<Upload | undefined> {
  const { repo, id, holder, offset } = session;
  await cut(disk, session, file);
  try {
    const position = await pour(file, offset, chunk, goesOn);
    if (position === undefined) return undefined;
    if (position > offset) await sync(disk, session, file);
    const reached = chunk.checkpoint();
    return (await mark(disk, checkpointKey(id, holder), encodeCheckpoint(repo, reached))) ? reached : undefined;
  } catch (error) {
    // Gives the space back. Should that fail too, the next append cuts what is left.
    await cut(disk, session, file).catch(() => undefined);
    throw error;
  }
}
