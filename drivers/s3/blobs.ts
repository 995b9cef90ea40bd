/** Blobs of an object store. */
import { randomUUID } from 'node:crypto';
import type { Blob, BlobStore, Digest } from '../../lib/driver.ts';
import type { Appending } from './appending.ts';
import type { Contents, Place } from './content.ts';
import { streamOf } from './reading.ts';
import { sealed } from './sealing.ts';
import type { Store } from './store.ts';

/** A URL at which a client may fetch a blob; undefined where it shall not. */
export type Redirect = (digest: Digest, place: Place) => Promise<string | undefined>;

/** The blobs of a store. */
export function blobsIn(store: Store, contents: Contents, appending: Appending, redirect: Redirect | undefined): BlobStore {
  const blobAt = (digest: Digest, place: Place): Blob => ({
    size: place.size,
    open: (range = { first: 0, last: place.size - 1 }) => streamOf(store, place.key, range),
    ...(redirect && { url: () => redirect(digest, place) }),
  });
  return {
    get: async (repo, digest) => {
      const place = await contents.find(repo, digest);
      return place && blobAt(digest, place);
    },
    delete: (repo, digest) => contents.unlink(repo, digest),
    mount: async (to, digest, from) => {
      const place = from === undefined ? await contents.locate(digest) : await contents.find(from, digest);
      if (place) await contents.link(to, digest, place);
      return place !== undefined;
    },
    put: async (repo, digest, chunk) => {
      const id = randomUUID();
      const { staged } = await appending.append({}, chunk, id);
      await contents.publish(repo, digest, await sealed(store, staged, chunk.checkpoint().offset, id));
    },
  };
}
