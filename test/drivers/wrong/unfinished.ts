/** Drivers that forget how uploads stand. */
import type { Upload, UploadId } from '../../../lib/driver.ts';
import { bytesOf, publish, stands, unwritten } from './material.ts';
import { type Instance, type RightDriver, wrongInstance } from './wrong-driver.ts';

/** Keeps in memory which uploads it began. */
export function uploadsInMemory(right: RightDriver): Instance {
  const instance = unwritten();
  return () => {
    const { note, knows } = instance();
    return {
      uploads: {
        create(repo, id, start) {
          note(id);
          return right.uploads.create(repo, id, start);
        },
        get: async (repo, id) => (knows(id) ? right.uploads.get(repo, id) : undefined),
      },
    };
  };
}

/** Writes the checkpoint of an append when the next one comes, or with every `each`th one. */
function checkpointsLate(right: RightDriver, each: number): Instance {
  const written = new Map<UploadId, Upload>();
  const appends = new Map<UploadId, number>();
  return () => {
    const mine = new Set<UploadId>();
    return {
      uploads: {
        async append(repo, id, from, chunk) {
          const upload = await right.uploads.append(repo, id, from, chunk);
          if (upload === undefined) return undefined;
          const count = (appends.get(id) ?? 0) + 1;
          appends.set(id, count);
          if (each === 0) written.set(id, from);
          else if (count % each === 1) written.set(id, upload);
          mine.add(id);
          return upload;
        },
        async get(repo, id) {
          const upload = await right.uploads.get(repo, id);
          return mine.has(id) ? upload : upload && (written.get(id) ?? upload);
        },
      },
    };
  };
}

/** Keeps in memory which uploads have ended. */
function endsInMemory(right: RightDriver): Instance {
  return () => {
    const ended = new Set<UploadId>();
    return {
      uploads: {
        async commit(repo, id, at, digest) {
          if (ended.has(id)) return (await right.blobs.get(repo, digest)) !== undefined;
          if (!(await stands(right, repo, id, at))) return right.uploads.commit(repo, id, at, digest);
          await publish(right, repo, digest, await bytesOf(right, repo, id, at));
          ended.add(id);
          return true;
        },
        delete: async (repo, id) => !ended.has(id) && right.uploads.delete(repo, id),
        get: async (repo, id) => (ended.has(id) ? undefined : right.uploads.get(repo, id)),
      },
    };
  };
}

/** Each keeps something about uploads in memory that belongs on the storage. */
export const wrongUnfinished = [
  wrongInstance('uploads are kept in memory', 'an upload that had all its bytes can be committed', uploadsInMemory),
  wrongInstance('the checkpoint on storage is that of the append before', 'an upload goes on where it stood', (right) =>
    checkpointsLate(right, 0),
  ),
  wrongInstance(
    'the checkpoint is written with every second append',
    'an upload goes on where the last of its appends ended',
    (right) => checkpointsLate(right, 2),
  ),
  wrongInstance('the ends of uploads are kept in memory', 'an upload that has ended stays ended', endsInMemory),
];
