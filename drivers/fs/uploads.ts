/**
 * Uploads: a file that grows, and a checkpoint beside it that says how much of it counts. Bytes are synced before the
 * checkpoint speaks of them. The checkpoint itself is not: an upload outlives its process; after a loss of power it may
 * be gone, but what is there is right. Whoever appends or commits holds the upload for as long as that takes; between
 * two requests any process may go on with it.
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
  claimKey,
  contentKey,
  free,
  uploadAt,
  uploadDataKey,
  uploadDirectory,
  uploadsDirectory,
} from '../tree/layout.ts';
import { encodeCheckpoint } from '../tree/records.ts';
import { appendTo, cut } from './appending.ts';
import type { Blobs } from './blobs.ts';
import { makeDirectory, makeDirectoryIn, mark, move, removeDirectory, vouch } from './changes.ts';
import { type Disk, look, names, open } from './disk.ts';
import { endUntouched } from './expiry.ts';
import { piecesOf } from './pieces.ts';
import { atUpload, checkpointOf, endSession, openData, type Session } from './sessions.ts';
import { forEach, sweep } from './sweeping.ts';
import { takeTurns } from './turns.ts';

/** The uploads of a disk. A commit makes them blobs. */
export function uploadsOn(disk: Disk, blobs: Blobs): UploadStore {
  const inTurn = takeTurns();
  /** Uploads that an append is writing to. One that is ended is taken out, and its append finds that. */
  const running = new Set<UploadId>();

  /** A commit that has moved the bytes away already came first: then there was nothing left to end. */
  async function end(id: UploadId): Promise<boolean> {
    running.delete(id);
    return removeDirectory(disk, uploadDirectory(id), async (away) => {
      for (const holder of await names(disk, away)) {
        if ((await look(disk, `${away}/${holder}data`)) !== undefined) return true;
      }
      return false;
    });
  }

  /** Gives the bytes their name as content. False if they are gone. */
  async function publish(session: Session, digest: Digest): Promise<boolean> {
    const key = uploadDataKey(session.id, session.holder);
    const file = await open(disk, key, 'update');
    if (file === undefined) {
      // A commit that did not come to its end may have moved them already.
      return (await look(disk, contentKey(digest)))?.size === session.offset && vouch(disk, contentKey(digest));
    }
    try {
      await cut(disk, session, file);
      // No append has synced a file without bytes.
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

  /** What an append does, known to whoever ends its upload. */
  async function asRunning<T>(id: UploadId, work: () => Promise<T>): Promise<T> {
    running.add(id);
    try {
      return await work();
    } finally {
      running.delete(id);
    }
  }

  async function begin(repo: RepositoryName, id: UploadId, start: Upload): Promise<boolean> {
    await makeDirectoryIn(disk, claimKey(uploadDirectory(id), free));
    await (await open(disk, uploadDataKey(id), 'create'))?.close();
    return mark(disk, checkpointKey(id), encodeCheckpoint(repo, start));
  }

  return {
    async create(repo, id, start) {
      await makeDirectory(disk, uploadDirectory(id));
      try {
        if (await begin(repo, id, start)) return start;
      } catch (error) {
        // Nobody knows of this upload yet. What cannot be removed now expires.
        await end(id).catch(() => false);
        throw error;
      }
      throw new StorageFault('broken', `upload ${id} vanished while it began`);
    },

    get: (repo, id) => checkpointOf(disk, repo, id),

    append: (repo, id, from, chunk) =>
      inTurn(id, () =>
        asRunning(id, () => atUpload(disk, repo, id, (session) => appendTo(disk, session, from, chunk, () => running.has(id)))),
      ),

    async read(repo, id, at) {
      const file = (await checkpointOf(disk, repo, id)) && (await openData(disk, id));
      return file && piecesOf(file, 0, at.offset);
    },

    async commit(repo, id, at, digest) {
      const published = inTurn(id, () => atUpload(disk, repo, id, (session) => commit(session, at, digest)));
      return (await published) || blobs.holds(repo, digest);
    },

    delete: async (repo, id) => (await checkpointOf(disk, repo, id)) !== undefined && end(id),

    async expire(before) {
      let ended = 0;
      const expireOne = async (name: string) => {
        const id = uploadAt(name);
        if (id === undefined || running.has(id)) return;
        if (await inTurn(id, () => endUntouched(disk, id, before))) ended++;
      };
      const uploads = async () => forEach(await names(disk, uploadsDirectory), expireOne);
      await forEach([uploads, () => sweep(disk)], (step) => step());
      return ended;
    },
  };
}
