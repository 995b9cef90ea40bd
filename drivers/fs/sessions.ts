/** Uploads as directories that one holder at a time is at, and what it takes to go on with a dead holder's. */
import { type Checkpoint, type RepositoryName, StorageFault, type UploadId } from '../../lib/driver.ts';
import { checkpointKey, claimKey, free, uploadDataKey, uploadDirectory } from '../tree/layout.ts';
import { decodeCheckpoint } from '../tree/records.ts';
import { removeDirectory, replace } from './changes.ts';
import { claim, release, underItsName } from './claims.ts';
import { type Disk, look, open, read } from './disk.ts';
import type { OpenFile } from './file.ts';
import { piecesOf } from './pieces.ts';

/** An upload that is ours. */
export interface Session {
  readonly repo: RepositoryName;
  readonly id: UploadId;
  readonly holder: string;
  readonly offset: number;
}

/** The checkpoint of an upload, whoever is at it; undefined if there is none in this repository. */
export async function checkpointOf(disk: Disk, repo: RepositoryName, id: UploadId): Promise<Checkpoint | undefined> {
  const checkpoint = await underItsName(disk, uploadDirectory(id), (holder) => read(disk, checkpointKey(id, holder)));
  return checkpoint && decodeCheckpoint(repo, checkpoint);
}

/** The bytes of an upload, whoever is at it, to be closed. */
export function openData(disk: Disk, id: UploadId): Promise<OpenFile | undefined> {
  return underItsName(disk, uploadDirectory(id), (holder) => open(disk, uploadDataKey(id, holder), 'read'));
}

/**
 * Does `work` while no other process is at the upload. Undefined if there is no such upload in this repository, or a
 * living process stays at it.
 */
export async function atUpload<T>(
  disk: Disk,
  repo: RepositoryName,
  id: UploadId,
  work: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  const held = await claim(disk, uploadDirectory(id));
  if (held === undefined) return undefined;
  let fit = held.from === free;
  try {
    const object = await read(disk, checkpointKey(id, held.holder));
    const checkpoint = object && decodeCheckpoint(repo, object);
    if (checkpoint === undefined) return undefined;
    const session = { repo, id, holder: held.holder, offset: checkpoint.offset };
    if (!fit) await makeOwn(disk, session);
    fit = true;
    return await work(session);
  } finally {
    await release(disk, held, fit ? free : held.from);
  }
}

/** Ends the upload and drops its bytes, unless it went to another process. */
export async function endSession(disk: Disk, { id, holder }: Session): Promise<void> {
  const ours = await look(disk, claimKey(uploadDirectory(id), holder));
  if (ours !== undefined) await removeDirectory(disk, uploadDirectory(id));
}

/** Checks that a file has all bytes that the checkpoint speaks of; says how many it has. Otherwise the upload ends. */
export async function wholeSize(disk: Disk, session: Session, file: OpenFile): Promise<number> {
  const found = await file.size();
  if (found >= session.offset) return found;
  await endSession(disk, session);
  throw new StorageFault('broken', `upload ${session.id} has lost bytes: ${found} of ${session.offset} are left`);
}

/** Copies the bytes that count: whoever was at the upload before may not be dead, and write to the old file still. */
async function makeOwn(disk: Disk, session: Session): Promise<void> {
  const key = uploadDataKey(session.id, session.holder);
  const old = await open(disk, key, 'read');
  if (old === undefined) return;
  try {
    await wholeSize(disk, session, old);
    await replace(disk, key, await piecesOf(old, 0, session.offset));
  } finally {
    await old.close();
  }
}
