/** Drivers that mount blobs, take whole ones, and make blobs of uploads in a wrong way. */
import { type RepositoryName, StorageFault } from '../../../lib/driver.ts';
import { bytesOf, collected, everywhere, publish, through } from './material.ts';
import { wrong } from './wrong-driver.ts';

/** Each lets repositories hold blobs that they should not, or refuses to. */
export const wrongMounts = [
  wrong(
    'a mount does not look whether its source holds the blob',
    'a mount from a repository that does not hold the blob is false and gives nothing',
    (right) => ({ blobs: { mount: (to, digest) => right.blobs.mount(to, digest) } }),
  ),
  wrong(
    'a mount succeeds where nobody holds the blob',
    'a mount without a source is false where no repository holds the blob any more',
    (right) => ({
      blobs: {
        async mount(to, digest, from) {
          const mounted = await right.blobs.mount(to, digest, from);
          return mounted || from === undefined;
        },
      },
    }),
  ),
  wrong('a mount moves the blob', 'a mount leaves the blob to its source', (right) => ({
    blobs: {
      async mount(to, digest, from) {
        const mounted = await right.blobs.mount(to, digest, from);
        if (mounted && from !== undefined && from !== to) await right.blobs.delete(from, digest);
        return mounted;
      },
    },
  })),
  wrong(
    'a mounted blob is gone when its source deletes it',
    'a mount lets a repository hold what the named one holds',
    (right) => {
      const sources = new Map<string, RepositoryName>();
      return {
        blobs: {
          get: (repo, digest) => right.blobs.get(sources.get(repo + digest) ?? repo, digest),
          mount(to, digest, from) {
            if (from !== undefined) sources.set(to + digest, from);
            return right.blobs.mount(to, digest, from);
          },
        },
      };
    },
  ),
  wrong(
    'a mount without a source looks in one repository',
    'a mount without a source takes the blob from any repository that holds it',
    (right) => ({
      blobs: {
        mount: async (to, digest, from) => right.blobs.mount(to, digest, from ?? (await everywhere(right))[0] ?? to),
      },
    }),
  ),
  wrong('a mount of a blob that is there already fails', 'a mount may be repeated', (right) => ({
    blobs: {
      mount: async (to, digest, from) => (await right.blobs.get(to, digest)) === undefined && right.blobs.mount(to, digest, from),
    },
  })),
  wrong(
    'of a blob that was refused the bytes that came are kept',
    'of a blob whose bytes were not the promised ones nothing is kept',
    (right) => ({
      blobs: {
        async put(repo, digest, chunk) {
          const came: Uint8Array[] = [];
          const noting = through(chunk, async function* (steps) {
            for await (const step of steps) {
              came.push(...step);
              yield step;
            }
          });
          try {
            await right.blobs.put(repo, digest, noting);
          } catch (error) {
            await publish(right, repo, digest, ...came);
            throw error;
          }
        },
      },
    }),
  ),
  wrong(
    'an error of a whole blob becomes one of the driver',
    'of a blob whose bytes were not the promised ones nothing is kept',
    (right) => ({
      blobs: {
        async put(repo, digest, chunk) {
          try {
            await right.blobs.put(repo, digest, chunk);
          } catch (cause) {
            throw new StorageFault('broken', 'the blob could not be put', { cause });
          }
        },
      },
    }),
  ),
  wrong('a whole blob is read to be counted, then to be stored', 'a chunk that is put whole is read once', (right) => ({
    blobs: {
      async put(repo, digest, chunk) {
        await collected(chunk);
        await right.blobs.put(repo, digest, chunk);
      },
    },
  })),
  wrong('bytes are a blob before they are committed', 'an upload that has not been committed is no blob', (right) => ({
    uploads: {
      async append(repo, id, from, chunk) {
        const upload = await right.uploads.append(repo, id, from, chunk);
        if (upload?.digest !== undefined) await publish(right, repo, upload.digest, await bytesOf(right, repo, id, upload));
        return upload;
      },
    },
  })),
];
