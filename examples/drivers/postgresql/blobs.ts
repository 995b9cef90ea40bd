/** Blobs, and the repositories that hold them. */
import type { BlobStore } from 'stowage';
import { stream } from './content.ts';
import type { Database } from './database.ts';

/** The blobs in a database. Whatever changes what a repository holds locks the row of the blob first, then that of the link. */
export function blobsIn(database: Database): BlobStore {
  const { send, transaction } = database;
  return {
    async get(repo, digest) {
      const held = 'SELECT size, content FROM links JOIN blobs USING (digest) WHERE repo = $1 AND digest = $2';
      const [blob] = await send<{ size: string; content: string }>(held, repo, digest);
      if (!blob) return undefined;
      const size = Number(blob.size);
      return {
        size,
        async open(range = { first: 0, last: size - 1 }) {
          const there = await send('SELECT 1 FROM contents WHERE content = $1', blob.content);
          return there.length > 0 ? stream(database, blob.content, range) : undefined;
        },
      };
    },

    async delete(repo, digest, signal) {
      signal?.throwIfAborted();
      return transaction(async (send) => {
        // Who links the blob at this moment waits here, or is waited for; the statement after it sees what they did.
        await send('SELECT 1 FROM blobs WHERE digest = $1 FOR UPDATE', digest);
        const unlinked = await send('DELETE FROM links WHERE repo = $1 AND digest = $2 RETURNING 1', repo, digest);
        const unheld = 'NOT EXISTS (SELECT FROM links WHERE digest = $1)';
        const dropped = `DELETE FROM blobs WHERE digest = $1 AND ${unheld} RETURNING content`;
        for (const { content } of await send<{ content: string }>(dropped, digest)) {
          await send('DELETE FROM contents WHERE content = $1', content);
        }
        return unlinked.length > 0;
      });
    },

    async mount(to, digest, from, signal) {
      signal?.throwIfAborted();
      const held = 'EXISTS (SELECT FROM links WHERE digest = $2 AND ($3::text IS NULL OR repo = $3))';
      const blob = `SELECT $1, digest FROM blobs WHERE digest = $2 AND ${held} FOR KEY SHARE`;
      // Where `to` holds it already, the update changes nothing, but it counts.
      const link = `INSERT INTO links ${blob} ON CONFLICT (repo, digest) DO UPDATE SET repo = excluded.repo RETURNING 1`;
      return (await send(link, to, digest, from ?? null)).length > 0;
    },
  };
}
