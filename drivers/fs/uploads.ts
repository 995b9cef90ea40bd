/**
 * Uploads: a file that grows, and a checkpoint beside it that says how many of its bytes count. The bytes are synced before
 * the checkpoint is written. The checkpoint itself is not synced: an upload outlives its process; after a loss of power it may
 * be gone, but a checkpoint that is left is right. Appends and commits hold the upload's lease while they run; between two
 * requests it is free, and any process may continue the upload.
 */
import {
  type Digest,
  type RepositoryName,
  StorageFault,
  type Upload,
  type UploadId,
  type UploadStore,
} from '../../lib/driver.ts';
import {
  checkpointKey,
  contentKey,
  free,
  leaseKey,
  parseUploadDirectory,
  uploadDataKey,
  uploadDirectory,
  uploadsDirectory,
} from '../tree/layout.ts';
import { encodeCheckpoint } from '../tree/records.ts';
import { appendChunk, truncateToCheckpoint } from './appending.ts';
import type { FsBlobStore } from './blobs.ts';
import {
  makeDirectory,
  makeSubdirectory,
  move,
  removeDirectory,
  removeUnsynced,
  syncExisting,
  writeUnsynced,
} from './changes.ts';
import { sweep, tryEach } from './dead-instances.ts';
import { type Disk, listNames, open, stat } from './disk.ts';
import { expireIfIdle } from './expiry.ts';
import { createKeyedMutex } from './mutex.ts';
import { endSession, openData, readCheckpoint, type Session, withUploadLease } from './sessions.ts';
import { streamRange } from './streams.ts';

/** The uploads of a disk. A commit makes them blobs; an expiry also sweeps what is left behind. */
export function createUploadStore(disk: Disk, blobs: FsBlobStore, sweepEmptyDirectories: () => Promise<void>): UploadStore {
  const runExclusive = createKeyedMutex();
  /** Uploads that an append of this process is writing to. To end one removes it, and its append then stops. */
  const active = new Set<UploadId>();

  /** Ends the upload. False if there is none, or if a commit has already moved its bytes: then the commit came first. */
  async function end(id: UploadId): Promise<boolean> {
    active.delete(id);
    return removeDirectory(disk, uploadDirectory(id), takeData);
  }

  /**
   * Removes the bytes below a staged upload. A commit of another process may be moving the same file at this moment: of an unlink
   * and a rename of one file, one succeeds. A lease may be changing hands, so a name that was listed is looked for once more.
   */
  async function takeData(staged: string): Promise<boolean> {
    for (let attempt = 0; attempt < 2; attempt++) {
      for (const holder of await listNames(disk, staged)) if (await removeUnsynced(disk, `${staged}/${holder}data`)) return true;
    }
    return false;
  }

  /** Moves the bytes to content. False if they are gone. */
  async function publish(session: Session, digest: Digest): Promise<boolean> {
    const key = uploadDataKey(session.id, session.holder);
    const file = await open(disk, key, 'update');
    if (file === undefined) {
      // A commit that was interrupted may have moved them already.
      return (await stat(disk, contentKey(digest)))?.size === session.offset && syncExisting(disk, contentKey(digest));
    }
    try {
      await truncateToCheckpoint(disk, session, file);
      // Appends sync what they wrote; an empty file has had none.
      if (session.offset === 0) await file.sync();
    } finally {
      await file.close();
    }
    return move(disk, key, contentKey(digest));
  }

  async function commit(session: Session, at: Upload, digest: Digest): Promise<boolean> {
    if (session.offset !== at.offset) return false;
    const published = await publish(session, digest);
    if (published) await blobs.link(session.repo, digest);
    await endSession(disk, session);
    return published;
  }

  /** Runs `work` with the upload among the active ones, so that `end` can stop it. */
  async function whileActive<T>(id: UploadId, work: () => Promise<T>): Promise<T> {
    active.add(id);
    try {
      return await work();
    } finally {
      active.delete(id);
    }
  }

  async function begin(repo: RepositoryName, id: UploadId, start: Upload): Promise<boolean> {
    await makeSubdirectory(disk, leaseKey(uploadDirectory(id), free));
    await (await open(disk, uploadDataKey(id), 'create'))?.close();
    return writeUnsynced(disk, checkpointKey(id), encodeCheckpoint(repo, start));
  }

  return {
    async create(repo, id, start) {
      await makeDirectory(disk, uploadDirectory(id));
      try {
        if (await begin(repo, id, start)) return start;
      } catch (error) {
        // No client knows the id yet. If this fails too, the upload expires.
        await end(id).catch(() => false);
        throw error;
      }
      throw new StorageFault('broken', `upload ${id} vanished while it began`);
    },

    get: (repo, id) => readCheckpoint(disk, repo, id),

    append: (repo, id, from, chunk) => {
      const append = (session: Session) => appendChunk(disk, session, from, chunk, () => active.has(id));
      return runExclusive(id, () => whileActive(id, () => withUploadLease(disk, repo, id, append)));
    },

    async read(repo, id, at) {
      const file = (await readCheckpoint(disk, repo, id)) && (await openData(disk, id));
      return file && streamRange(file, 0, at.offset);
    },

    async commit(repo, id, at, digest) {
      const committing = runExclusive(id, () => withUploadLease(disk, repo, id, (session) => commit(session, at, digest)));
      return (await committing) || blobs.holds(repo, digest);
    },

    delete: async (repo, id) => (await readCheckpoint(disk, repo, id)) !== undefined && end(id),

    async expire(before) {
      let ended = 0;
      const expireOne = async (name: string) => {
        const id = parseUploadDirectory(name);
        if (id === undefined || active.has(id)) return;
        if (await runExclusive(id, () => expireIfIdle(disk, id, before))) ended++;
      };
      const expireAll = async () => tryEach(await listNames(disk, uploadsDirectory), expireOne);
      await tryEach([expireAll, () => sweep(disk), sweepEmptyDirectories], (step) => step());
      return ended;
    },
  };
}
