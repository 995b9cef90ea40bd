/** Sessions: uploads that this instance holds the lease of, and the takeover of an upload from a dead holder. */
import { type Checkpoint, type RepositoryName, StorageFault, type UploadId } from '../../lib/driver.ts';
import { checkpointKey, free, leaseKey, uploadDataKey, uploadDirectory } from '../tree/layout.ts';
import { decodeCheckpoint } from '../tree/records.ts';
import { removeDirectory, replace } from './changes.ts';
import { type Disk, open, read, stat } from './disk.ts';
import type { OpenFile } from './file.ts';
import { acquire, release, withCurrentHolder } from './leases.ts';
import { streamRange } from './streams.ts';

/** An upload whose lease this instance holds. */
export interface Session {
  readonly repo: RepositoryName;
  readonly id: UploadId;
  /** The id of this instance: the name of the directory that data and checkpoint are in. */
  readonly holder: string;
  /** The checkpoint's offset, in bytes. */
  readonly offset: number;
}

/** The checkpoint of an upload, whoever holds its lease; undefined if this repository has no such upload. */
export async function readCheckpoint(disk: Disk, repo: RepositoryName, id: UploadId): Promise<Checkpoint | undefined> {
  const checkpoint = await withCurrentHolder(disk, uploadDirectory(id), (holder) => read(disk, checkpointKey(id, holder)));
  return checkpoint && decodeCheckpoint(repo, checkpoint);
}

/** Opens the bytes of an upload for reading, whoever holds its lease. The caller closes the file. */
export function openData(disk: Disk, id: UploadId): Promise<OpenFile | undefined> {
  return withCurrentHolder(disk, uploadDirectory(id), (holder) => open(disk, uploadDataKey(id, holder), 'read'));
}

/**
 * Runs `work` while this instance holds the lease of the upload. Undefined if this repository has no such upload, or another
 * living process held the lease until the timeout.
 */
export async function withUploadLease<T>(
  disk: Disk,
  repo: RepositoryName,
  id: UploadId,
  work: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  const lease = await acquire(disk, uploadDirectory(id));
  if (lease === undefined) return undefined;
  let fenced = lease.previousHolder === free;
  try {
    const object = await read(disk, checkpointKey(id, lease.holder));
    const checkpoint = object && decodeCheckpoint(repo, object);
    if (checkpoint === undefined) return undefined;
    const session = { repo, id, holder: lease.holder, offset: checkpoint.offset };
    if (!fenced) await copyData(disk, session);
    fenced = true;
    return await work(session);
  } finally {
    // Without the copy, the next holder has to take over from the dead one again.
    await release(disk, lease, fenced ? free : lease.previousHolder);
  }
}

/** Ends the upload and drops its bytes, unless another process took its lease over. */
export async function endSession(disk: Disk, { id, holder }: Session): Promise<void> {
  const held = await stat(disk, leaseKey(uploadDirectory(id), holder));
  if (held !== undefined) await removeDirectory(disk, uploadDirectory(id));
}

/**
 * The size of the upload's file, which has at least the bytes that the checkpoint counts. If some are missing, ends the
 * upload and throws a StorageFault.
 */
export async function checkSize(disk: Disk, session: Session, file: OpenFile): Promise<number> {
  const size = await file.size();
  if (size >= session.offset) return size;
  await endSession(disk, session);
  throw new StorageFault('broken', `upload ${session.id} has lost bytes: ${size} of ${session.offset} are left`);
}

/**
 * Fences the previous holder off: it may still run and write to the file that it has open, so the bytes that the checkpoint
 * counts are copied to a new file.
 */
async function copyData(disk: Disk, session: Session): Promise<void> {
  const key = uploadDataKey(session.id, session.holder);
  const old = await open(disk, key, 'read');
  if (old === undefined) return;
  try {
    await checkSize(disk, session, old);
    await replace(disk, key, await streamRange(old, 0, session.offset));
  } finally {
    await old.close();
  }
}
