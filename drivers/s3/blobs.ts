/** Blobs of an object store. */
import { randomUUID } from 'node:crypto';
import type { Blob, BlobStore, Digest } from '../../lib/driver.ts';
import type { Appender } from './appending.ts';
import type { Contents, Location } from './content.ts';
import { seal } from './sealing.ts';
import type { Store } from './store.ts';
import { streamObject } from './streams.ts';

/** Gives a URL at which a client may GET a blob; undefined if the registry serves this blob itself. */
export type Redirect = (digest: Digest, location: Location) => Promise<string | undefined>;

/** The blobs of a store. */
export function createBlobStore(store: Store, contents: Contents, appender: Appender, redirect: Redirect | undefined): BlobStore {
  const createBlob = (digest: Digest, location: Location): Blob => ({
    size: location.size,
    open: (range = { first: 0, last: location.size - 1 }) => streamObject(store, location.key, range),
    ...(redirect && { url: () => redirect(digest, location) }),
  });
  return {
    get: async (repo, digest) => {
      const location = await contents.find(repo, digest);
      return location && createBlob(digest, location);
    },
    delete: (repo, digest) => contents.unlink(repo, digest),
    mount: async (to, digest, from) => {
      const location = from === undefined ? await contents.findAnywhere(digest) : await contents.find(from, digest);
      if (location) await contents.link(to, digest, location);
      return location !== undefined;
    },
    put: async (repo, digest, chunk) => {
      const id = randomUUID();
      const { staged } = await appender.append({}, chunk, id);
      await contents.publish(repo, digest, await seal(store, staged, chunk.checkpoint().offset, id));
    },
  };
}
