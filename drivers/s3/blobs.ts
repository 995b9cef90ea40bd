/** Blobs of an object store. */
import { randomUUID } from 'node:crypto';
import { type Blob, type BlobStore, type Digest, type RepositoryName, readUploadId, StorageFault } from '../../lib/driver.ts';
import type { Appender } from './appending.ts';
import type { Contents, Location } from './content.ts';
import { heartbeatMs, withHeartbeat } from './heartbeat.ts';
import { seal } from './sealing.ts';
import type { Session, Sessions, VersionedSession } from './sessions.ts';
import type { Store } from './store.ts';
import { streamObject } from './streams.ts';

/** Gives a URL at which a client may GET a blob; undefined if the registry serves this blob itself. */
export type Redirect = (digest: Digest, location: Location) => Promise<string | undefined>;

/** The blobs of a store. One whose bytes take long to come has a session, which is touched every `beatMs` milliseconds. */
export function createBlobStore(
  store: Store,
  contents: Contents,
  sessions: Sessions,
  appender: Appender,
  redirect: Redirect | undefined,
  beatMs = heartbeatMs,
): BlobStore {
  const createBlob = (digest: Digest, location: Location): Blob => ({
    size: location.size,
    open: async (range = { first: 0, last: location.size - 1 }) => {
      const bytes = await streamObject(store, location.key, range);
      if (!bytes) contents.missed(location);
      return bytes;
    },
    ...(redirect && { url: () => redirect(digest, location) }),
  });

  /**
   * Runs `work`, which publishes bytes that it writes under the id. A session that no client knows says to expiries that it is under
   * way; in the phase `publish`, since only the bytes of what was not published may be dropped if it is left behind.
   */
  async function underWay(repo: RepositoryName, digest: Digest, work: (id: string) => Promise<void>): Promise<void> {
    const id = readUploadId(randomUUID());
    if (id === undefined) throw new TypeError('a random UUID is the id of an upload');
    const session: Session = { repository: repo, offset: 0, version: 0, staged: {}, phase: { does: 'publish', as: digest } };
    let written: VersionedSession | undefined;
    const beat = async () => {
      written = await (written ? sessions.replace(id, written, session) : sessions.create(id, session));
    };
    try {
      await withHeartbeat(beatMs, beat, () => work(id));
    } finally {
      // The blob is what it is by now; a session that cannot be removed expires.
      if (written) await sessions.remove(id).catch(() => undefined);
    }
  }

  return {
    get: async (repo, digest, { thenRead } = {}) => {
      // Clients that are redirected read elsewhere.
      const location = await contents.find(repo, digest, thenRead && !redirect ? 'never' : 'unless seen');
      return location && createBlob(digest, location);
    },
    delete: (repo, digest) => contents.unlink(repo, digest),
    mount: async (to, digest, from) => {
      const foundMs = Date.now();
      const location = from === undefined ? await contents.findAnywhere(digest) : await contents.find(from, digest);
      return location !== undefined && contents.link(to, digest, location, foundMs);
    },
    put: (repo, digest, chunk) =>
      underWay(repo, digest, async (id) => {
        const begunMs = Date.now();
        const { staged } = await appender.append({}, chunk, id);
        const location = await seal(store, staged, chunk.checkpoint().offset, id);
        if (!(await contents.publish(repo, digest, location, begunMs)))
          throw new StorageFault('broken', `${location.key} is gone`);
      }),
  };
}
