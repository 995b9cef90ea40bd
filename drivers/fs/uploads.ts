/**
 * Uploads: a file that grows, and a checkpoint beside it that says how much of it counts. Bytes are synced before the
 * checkpoint speaks of them. The checkpoint itself is not: an upload outlives its process; after a loss of power it may
 * be gone, but what is there is right.
 */
import {
  type Checkpoint,
  type Chunk,
  type Digest,
  type RepositoryName,
  StorageFault,
  type Upload,
  type UploadId,
  type UploadStore,
} from '../../lib/driver.ts';
import { checkpointKey, contentKey, uploadAt, uploadDataKey, uploadDirectory, uploadsDirectory } from '../layout.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../records.ts';
import type { Blobs } from './blobs.ts';
import { makeDirectory, mark, move, removeDirectory, sweep, vouch } from './changes.ts';
import { type Disk, look, names, open, read } from './disk.ts';
import type { OpenFile } from './file.ts';
import { piecesOf } from './pieces.ts';
import { takeTurns } from './turns.ts';

/** The uploads of a disk. A commit makes them blobs. */
export function uploadsOn(disk: Disk, blobs: Blobs): UploadStore {
  const inTurn = takeTurns();
  /** Uploads that an append is writing to. One that is ended is taken out, and its append finds that. */
  const running = new Set<UploadId>();

  async function find(repo: RepositoryName, id: UploadId): Promise<Checkpoint | undefined> {
    const checkpoint = await read(disk, checkpointKey(id));
    return checkpoint && decodeCheckpoint(repo, checkpoint);
  }

  async function end(id: UploadId): Promise<boolean> {
    running.delete(id);
    return removeDirectory(disk, uploadDirectory(id));
  }

  /** Cuts off what no checkpoint speaks of. Says whether there was any. */
  async function cut(id: UploadId, file: OpenFile, size: number): Promise<boolean> {
    const found = await file.size();
    if (found > size) await file.truncate(size);
    if (found >= size) return found > size;
    await end(id);
    throw new StorageFault('broken', `upload ${id} has lost bytes: ${found} of ${size} are left`);
  }

  /** Writes the chunk, step by step; says where it ends. Undefined if the upload was ended meanwhile. */
  async function pour(id: UploadId, file: OpenFile, offset: number, chunk: Chunk): Promise<number | undefined> {
    let written = Promise.resolve(offset);
    try {
      for await (const buffers of chunk) {
        const position = await written;
        if (!running.has(id)) return undefined;
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
  async function sync(id: UploadId, file: OpenFile): Promise<void> {
    try {
      await file.sync();
    } catch (error) {
      await end(id);
      throw error;
    }
  }

  /** Appends to the file, and says so in the checkpoint: all of it, or nothing. */
  async function extend(repo: RepositoryName, id: UploadId, file: OpenFile, offset: number, chunk: Chunk) {
    await cut(id, file, offset);
    try {
      const position = await pour(id, file, offset, chunk);
      if (position === undefined) return undefined;
      if (position > offset) await sync(id, file);
      const reached = chunk.checkpoint();
      return (await mark(disk, checkpointKey(id), encodeCheckpoint(repo, reached))) ? reached : undefined;
    } catch (error) {
      // Gives the space back. Should that fail too, the next append cuts what is left.
      await file.truncate(offset).catch(() => undefined);
      throw error;
    }
  }

  async function append(repo: RepositoryName, id: UploadId, from: Upload, chunk: Chunk): Promise<Upload | undefined> {
    running.add(id);
    let file: OpenFile | undefined;
    try {
      if ((await find(repo, id))?.offset !== from.offset) return undefined;
      file = await open(disk, uploadDataKey(id), 'update');
      if (file !== undefined) return await extend(repo, id, file, from.offset, chunk);
      // A commit that did not come to its end has moved the bytes: nothing can be added to them.
      await end(id);
      return undefined;
    } finally {
      running.delete(id);
      await file?.close();
    }
  }

  /** Gives the bytes their name as content. False if they are gone. */
  async function publish(id: UploadId, size: number, digest: Digest): Promise<boolean> {
    const file = await open(disk, uploadDataKey(id), 'update');
    if (file === undefined) {
      // A commit that did not come to its end may have moved them already.
      return (await look(disk, contentKey(digest)))?.size === size && vouch(disk, contentKey(digest));
    }
    try {
      // No append has synced a file without bytes.
      if ((await cut(id, file, size)) || size === 0) await file.sync();
    } finally {
      await file.close();
    }
    return move(disk, uploadDataKey(id), contentKey(digest));
  }

  async function commit(repo: RepositoryName, id: UploadId, at: Upload, digest: Digest): Promise<boolean> {
    if ((await find(repo, id))?.offset !== at.offset) return blobs.holds(repo, digest);
    const published = await publish(id, at.offset, digest);
    if (published) await blobs.link(repo, digest);
    await end(id);
    return published || blobs.holds(repo, digest);
  }

  async function endUntouched(id: UploadId, before: Date): Promise<boolean> {
    const [data, checkpoint, directory] = await Promise.all(
      [uploadDataKey(id), checkpointKey(id), uploadDirectory(id)].map((key) => look(disk, key)),
    );
    const touched = Math.max(data?.changed ?? 0, checkpoint?.changed ?? 0) || directory?.changed;
    return touched !== undefined && touched < before.getTime() && end(id);
  }

  return {
    async create(repo, id, start) {
      await makeDirectory(disk, uploadDirectory(id));
      try {
        await (await open(disk, uploadDataKey(id), 'create'))?.close();
        if (await mark(disk, checkpointKey(id), encodeCheckpoint(repo, start))) return start;
      } catch (error) {
        // Nobody knows of this upload yet. What cannot be removed now expires.
        await end(id).catch(() => false);
        throw error;
      }
      throw new StorageFault('broken', `upload ${id} vanished while it began`);
    },

    get: find,
    append: (repo, id, from, chunk) => inTurn(id, () => append(repo, id, from, chunk)),

    async read(repo, id, at) {
      const file = (await find(repo, id)) && (await open(disk, uploadDataKey(id), 'read'));
      return file && piecesOf(file, 0, at.offset);
    },

    commit: (repo, id, at, digest) => inTurn(id, () => commit(repo, id, at, digest)),
    delete: async (repo, id) => (await find(repo, id)) !== undefined && end(id),

    async expire(before) {
      let ended = 0;
      for (const name of await names(disk, uploadsDirectory)) {
        const id = uploadAt(name);
        if (id === undefined || running.has(id)) continue;
        if (await inTurn(id, () => endUntouched(id, before))) ended++;
      }
      await sweep(disk, before);
      return ended;
    },
  };
}
