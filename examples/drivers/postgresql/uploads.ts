/** Uploads that are under way. */
import { randomUUID } from 'node:crypto';
import type { Upload, UploadStore } from 'stowage';
import { readDigest } from 'stowage';
import { piecesOf, stream } from './content.ts';
import type { Database } from './database.ts';
import { read } from './text.ts';

/** How far ahead an append touches its upload: an expiry at any instance leaves it alone for as long. */
const leaseSeconds = 600;

/** The conditions of a write: the upload is there, and stands where the caller thinks. The row is then locked until the end. */
const standing = 'content = $1 AND repo = $2 AND at = $3';

/** The uploads in a database. Times are by its clock, which all instances share. */
export function uploadsIn(database: Database): UploadStore {
  const { send, transaction } = database;
  return {
    async create(repo, id, start) {
      await send(
        `WITH made AS (INSERT INTO contents VALUES ($1) RETURNING content)
         INSERT INTO uploads SELECT content, $2, $3, $4, statement_timestamp() FROM made`,
        ...[id, repo, start.offset, start.digest ?? null],
      );
      return start;
    },

    async get(repo, id) {
      const query = 'SELECT at, digest FROM uploads WHERE content = $1 AND repo = $2';
      const [upload] = await send<{ at: string; digest: string | null }>(query, id, repo);
      return upload && { offset: Number(upload.at), ...(upload.digest !== null && { digest: read(readDigest, upload.digest) }) };
    },

    async append(repo, id, from, chunk) {
      const append = randomUUID();
      const upload = [id, repo, from.offset] as const;
      const touch = `UPDATE uploads SET touched = statement_timestamp() + make_interval(secs => $4) WHERE ${standing}`;
      let renewal = 0;
      const renewLease = async (): Promise<void> => {
        if (performance.now() < renewal) return;
        renewal = performance.now() + leaseSeconds * 500;
        await send(touch, ...upload, leaseSeconds);
      };
      const stage = `
        WITH upload AS (${touch} RETURNING content)
        INSERT INTO pieces (content, append, first, bytes) SELECT content, $5, $6, $7 FROM upload RETURNING 1`;
      const finish = `
        WITH upload AS (UPDATE uploads SET at = $5, digest = $6, touched = statement_timestamp() WHERE ${standing} RETURNING content),
        counted AS (UPDATE pieces SET counts = true FROM upload WHERE pieces.content = upload.content AND append = $4)
        SELECT 1 FROM upload`;
      let counts = false;
      try {
        let first = from.offset;
        await renewLease();
        for await (const bytes of piecesOf(chunk, renewLease)) {
          const staged = await send(stage, ...upload, leaseSeconds, append, first, bytes);
          if (staged.length === 0) return undefined;
          first += bytes.length;
        }
        const next: Upload = chunk.checkpoint();
        counts = (await send(finish, ...upload, append, next.offset, next.digest ?? null)).length > 0;
        return counts ? next : undefined;
      } finally {
        // Pieces may count although `finish` has thrown: the connection may break once it is done, before the answer is there. What
        // cannot be dropped now goes with the upload. The error that led here, if any, matters more.
        const discard = 'DELETE FROM pieces WHERE content = $1 AND append = $2 AND NOT counts';
        if (!counts) await send(discard, id, append).catch(() => undefined);
      }
    },

    async read(repo, id, at) {
      const found = await send('SELECT 1 FROM uploads WHERE content = $1 AND repo = $2', id, repo);
      return found.length > 0 ? stream(database, id, { first: 0, last: at.offset - 1 }) : undefined;
    },

    commit: (repo, id, at, digest) =>
      transaction(async (send) => {
        const ended = await send(`DELETE FROM uploads WHERE ${standing} RETURNING 1`, id, repo, at.offset);
        if (ended.length === 0) {
          return (await send('SELECT 1 FROM links WHERE repo = $1 AND digest = $2', repo, digest)).length > 0;
        }
        // Where the blob is there already, the update changes nothing, but it locks the row until its link is there as well.
        const [blob] = await send<{ content: string }>(
          `INSERT INTO blobs VALUES ($1, $2, $3) ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING content`,
          ...[digest, at.offset, id],
        );
        await send('INSERT INTO links VALUES ($1, $2) ON CONFLICT DO NOTHING', repo, digest);
        // Not needed are the pieces of lost appends or, where the blob has other bytes already, all of them.
        if (blob?.content === id) await send('DELETE FROM pieces WHERE content = $1 AND NOT counts', id);
        else await send('DELETE FROM contents WHERE content = $1', id);
        return true;
      }),

    async delete(repo, id) {
      const ended = 'DELETE FROM uploads WHERE content = $1 AND repo = $2 RETURNING content';
      return (await send(withContents(ended), id, repo)).length > 0;
    },

    async expire(before) {
      // One clock decides: that of the database. By what the reply took to come, an upload looks younger here, never older.
      const [clock] = await send<{ now: number }>('SELECT extract(epoch FROM statement_timestamp())::float8 AS now');
      const since = (clock?.now ?? 0) - (Date.now() - before.getTime()) / 1000;
      // Who has locked an upload is just touching or ending it.
      const stale = 'SELECT content FROM uploads WHERE touched < to_timestamp($1) FOR UPDATE SKIP LOCKED';
      const ended = `DELETE FROM uploads WHERE content IN (${stale}) RETURNING content`;
      return (await send(withContents(ended), since)).length;
    },
  };
}

/**
 * The deletion of uploads, with all of their bytes. The foreign key takes the pieces: other than a statement of its own, it also
 * sees those that an append has stored while the deletion waited for it.
 */
const withContents = (ended: string): string => `
  WITH ended AS (${ended})
  DELETE FROM contents USING ended WHERE contents.content = ended.content RETURNING 1`;
