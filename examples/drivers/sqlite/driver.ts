/** A driver on SQLite: all content in one file, for any number of processes. docs/drivers.md walks through it. */
import { randomUUID } from 'node:crypto';
import type { BlobStore, Chunk, Driver, Manifest, ManifestStore, UploadStore } from 'stowage';
import { readDigest, readRepositoryName, readTag, StorageFault } from 'stowage';
import { type Connection, connect, type Send } from './connection.ts';

/**
 * Blobs and uploads find their bytes by `content`, the id of the upload that brought them. A piece counts once its `append` is
 * its `content`. Until then it belongs to an append that goes on, or to one that died. Its bytes lie apart and go with it, so
 * that many pieces can be made to count in a moment.
 */
const tables = [
  'CREATE TABLE IF NOT EXISTS pieces (piece INTEGER PRIMARY KEY, content TEXT, append TEXT, first INT)',
  'CREATE UNIQUE INDEX IF NOT EXISTS pieces_by_content ON pieces (content, append, first)',
  'CREATE TABLE IF NOT EXISTS bytes (piece INTEGER PRIMARY KEY REFERENCES pieces ON DELETE CASCADE, bytes BLOB)',
  'CREATE TABLE IF NOT EXISTS uploads (content TEXT PRIMARY KEY, repo TEXT, offset INT, digest TEXT, touched INT)',
  'CREATE TABLE IF NOT EXISTS blobs (repo TEXT, digest TEXT, size INT, content TEXT, PRIMARY KEY (repo, digest))',
  'CREATE INDEX IF NOT EXISTS blobs_by_digest ON blobs (digest)',
  'CREATE INDEX IF NOT EXISTS blobs_by_content ON blobs (content)',
  'CREATE TABLE IF NOT EXISTS manifests (repo TEXT, digest TEXT, subject TEXT, about TEXT, bytes BLOB, PRIMARY KEY (repo, digest))',
  'CREATE INDEX IF NOT EXISTS manifests_by_subject ON manifests (repo, subject, digest)',
  'CREATE TABLE IF NOT EXISTS tags (repo TEXT, tag TEXT, digest TEXT, PRIMARY KEY (repo, tag))',
  'CREATE INDEX IF NOT EXISTS tags_by_digest ON tags (repo, digest)',
];

/** Bytes lie in rows of about this size, so that no blob is gathered in memory. */
const pieceSize = 2 ** 20;
/** How far ahead an append touches its upload: an expiry in any process leaves it alone for as long. */
const leaseMs = 600_000;

/** A driver that keeps everything in the SQLite file at `path`, which is made if it is not there. */
export async function sqliteDriver(path: string): Promise<Driver> {
  const db = await connect(path, tables);
  return { name: 'sqlite', blobs: blobsIn(db), uploads: uploadsIn(db), manifests: manifestsIn(db), close: db.close };
}

function blobsIn(db: Connection): BlobStore {
  return {
    async get(repo, digest) {
      const query = 'SELECT size, content FROM blobs WHERE repo = ? AND digest = ?';
      const [blob] = await db.send<{ size: number; content: string }>(query, repo, digest);
      if (!blob) return undefined;
      const { size, content } = blob;
      const isHeld = async () => (await db.send('SELECT 1 FROM blobs WHERE content = ?', content)).length > 0;
      const whole = { first: 0, last: size - 1 };
      return {
        size,
        open: async (range = whole) => ((await isHeld()) ? stream(db, content, range.first, range.last) : undefined),
      };
    },
    delete: (repo, digest) =>
      db.transaction(async (send) => {
        const query = 'DELETE FROM blobs WHERE repo = ? AND digest = ? RETURNING content';
        const [deleted] = await send<{ content: string }>(query, repo, digest);
        if (!deleted) return false;
        const held = 'SELECT 1 FROM blobs WHERE content = ?1';
        await send(`DELETE FROM pieces WHERE content = ?1 AND NOT EXISTS (${held})`, deleted.content);
        return true;
      }),
    async mount(to, digest, from) {
      const held = 'SELECT ?1, digest, size, content FROM blobs WHERE digest = ?2 AND (?3 IS NULL OR repo = ?3) LIMIT 1';
      // Where `to` holds it already, the update changes nothing, but it counts.
      const insert = `INSERT INTO blobs ${held} ON CONFLICT DO UPDATE SET size = size RETURNING 1`;
      return (await db.send(insert, to, digest, from ?? null)).length > 0;
    },
  };
}

function uploadsIn(db: Connection): UploadStore {
  const standing = 'content = ? AND repo = ? AND offset = ?';
  return {
    async create(repo, id, start) {
      await db.send('INSERT INTO uploads VALUES (?, ?, ?, ?, ?)', id, repo, start.offset, start.digest ?? null, Date.now());
      return start;
    },
    async get(repo, id) {
      const query = 'SELECT offset, digest FROM uploads WHERE content = ? AND repo = ?';
      const [upload] = await db.send<{ offset: number; digest: string | null }>(query, id, repo);
      return upload && { offset: upload.offset, ...(upload.digest !== null && { digest: read(readDigest, upload.digest) }) };
    },
    async append(repo, id, from, chunk) {
      const append = randomUUID();
      const touch = `UPDATE uploads SET touched = ? WHERE ${standing} RETURNING 1`;
      let leasedUntil = 0;
      const lease = async () => {
        if (leasedUntil - Date.now() > leaseMs / 2) return;
        leasedUntil = Date.now() + leaseMs;
        await db.send(touch, leasedUntil, id, repo, from.offset);
      };
      const ifStanding = (touched: number, work: (send: Send) => Promise<unknown>) =>
        db.transaction(async (send) => {
          const stands = (await send(touch, touched, id, repo, from.offset)).length > 0;
          if (stands) await work(send);
          return stands;
        });
      let counts = false;
      try {
        let first = from.offset;
        await lease();
        for await (const bytes of piecesOf(chunk, lease)) {
          const staged = await ifStanding(leasedUntil, async (send) => {
            await send('INSERT INTO pieces (content, append, first) VALUES (?, ?, ?)', id, append, first);
            await send('INSERT INTO bytes VALUES (last_insert_rowid(), ?)', bytes);
          });
          if (!staged) return undefined;
          first += bytes.length;
        }
        const upload = chunk.checkpoint();
        counts = await ifStanding(Date.now(), async (send) => {
          await send('UPDATE uploads SET offset = ?, digest = ? WHERE content = ?', upload.offset, upload.digest ?? null, id);
          await send('UPDATE pieces SET append = content WHERE content = ? AND append = ?', id, append);
        });
        return counts ? upload : undefined;
      } finally {
        // What cannot be dropped now goes with the upload. The error that led here, if any, matters more.
        if (!counts) await db.send('DELETE FROM pieces WHERE content = ? AND append = ?', id, append).catch(() => undefined);
      }
    },
    async read(repo, id, at) {
      const found = await db.send('SELECT 1 FROM uploads WHERE content = ? AND repo = ?', id, repo);
      return found.length > 0 ? stream(db, id, 0, at.offset - 1) : undefined;
    },
    commit: (repo, id, at, digest) =>
      db.transaction(async (send) => {
        const ended = await send(`DELETE FROM uploads WHERE ${standing} RETURNING 1`, id, repo, at.offset);
        if (ended.length === 0) return (await send('SELECT 1 FROM blobs WHERE repo = ? AND digest = ?', repo, digest)).length > 0;
        const link = 'INSERT INTO blobs VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1';
        const linked = (await send(link, repo, digest, at.offset, id)).length > 0;
        // Not needed are the pieces of lost appends and, where the repository holds the digest already, all of them.
        await send(`DELETE FROM pieces WHERE content = ?${linked ? ' AND append <> content' : ''}`, id);
        return true;
      }),
    delete: (repo, id) =>
      db.transaction(async (send) => {
        const ended = await send('DELETE FROM uploads WHERE content = ? AND repo = ? RETURNING 1', id, repo);
        if (ended.length > 0) await send('DELETE FROM pieces WHERE content = ?', id);
        return ended.length > 0;
      }),
    expire: (before) =>
      db.transaction(async (send) => {
        const stale = 'FROM uploads WHERE touched < ?';
        await send(`DELETE FROM pieces WHERE content IN (SELECT content ${stale})`, before.getTime());
        return (await send(`DELETE ${stale} RETURNING 1`, before.getTime())).length;
      }),
  };
}

function manifestsIn(db: Connection): ManifestStore {
  return {
    async get(repo, digest) {
      const query = 'SELECT about, bytes FROM manifests WHERE repo = ? AND digest = ?';
      const [manifest] = await db.send<{ about: string; bytes: Uint8Array }>(query, repo, digest);
      return manifest && { ...aboutIn(manifest.about), bytes: manifest.bytes };
    },
    async describe(repo, digest) {
      const query = 'SELECT about, length(bytes) AS size FROM manifests WHERE repo = ? AND digest = ?';
      const [manifest] = await db.send<{ about: string; size: number }>(query, repo, digest);
      return manifest && { mediaType: aboutIn(manifest.about).mediaType, size: manifest.size };
    },
    async put(repo, { bytes, ...about }) {
      const row = [repo, about.digest, about.subject ?? null, JSON.stringify(about), bytes];
      await db.send('REPLACE INTO manifests VALUES (?, ?, ?, ?, ?)', ...row);
    },
    delete: (repo, digest) =>
      db.transaction(async (send) => {
        await send('DELETE FROM tags WHERE repo = ? AND digest = ?', repo, digest);
        return (await send('DELETE FROM manifests WHERE repo = ? AND digest = ? RETURNING 1', repo, digest)).length > 0;
      }),
    async resolve(repo, tag) {
      const [pointer] = await db.send<{ digest: string }>('SELECT digest FROM tags WHERE repo = ? AND tag = ?', repo, tag);
      return pointer && read(readDigest, pointer.digest);
    },
    async tag(repo, tag, digest, expected) {
      const now = '(SELECT digest FROM tags WHERE repo = ?1 AND tag = ?2)';
      const allowed = `SELECT ?1, ?2, digest FROM manifests WHERE repo = ?1 AND digest = ?3 AND (?4 OR ${now} IS ?5)`;
      const point = `INSERT INTO tags ${allowed} ON CONFLICT DO UPDATE SET digest = excluded.digest RETURNING 1`;
      return (await db.send(point, repo, tag, digest, Number(expected === undefined), expected ?? null)).length > 0;
    },
    async untag(repo, tag, expected) {
      const remove = 'DELETE FROM tags WHERE repo = ?1 AND tag = ?2 AND (?3 IS NULL OR digest = ?3) RETURNING 1';
      return (await db.send(remove, repo, tag, expected ?? null)).length > 0;
    },
    async tags(repo, { after = '', limit }) {
      const query = 'SELECT tag FROM tags WHERE repo = ? AND tag > ? ORDER BY tag LIMIT ?';
      const page = await db.send<{ tag: string }>(query, repo, after, limit);
      const exists = 'SELECT 1 FROM manifests WHERE repo = ?1 UNION ALL SELECT 1 FROM blobs WHERE repo = ?1 LIMIT 1';
      if (page.length === 0 && (await db.send(exists, repo)).length === 0) return undefined;
      return page.map(({ tag }) => read(readTag, tag));
    },
    async referrers(repo, subject, { after = '', limit }) {
      const query = 'SELECT about FROM manifests WHERE repo = ? AND subject = ? AND digest > ? ORDER BY digest LIMIT ?';
      const page = await db.send<{ about: string }>(query, repo, subject, after, limit);
      return page.flatMap(({ about }) => aboutIn(about).referrer ?? []);
    },
    async repositories({ after = '', limit }) {
      const names = 'SELECT repo FROM manifests WHERE repo > ?1 UNION SELECT repo FROM blobs WHERE repo > ?1';
      const page = await db.send<{ repo: string }>(`${names} ORDER BY repo LIMIT ?2`, after, limit);
      return page.map(({ repo }) => read(readRepositoryName, repo));
    },
  };
}

/** The bytes of a chunk, gathered until they are worth a row; `each` is called as they come. */
async function* piecesOf(chunk: Chunk, each: () => Promise<void>): AsyncGenerator<Uint8Array> {
  let buffers: Uint8Array[] = [];
  let size = 0;
  for await (const step of chunk) {
    await each();
    buffers.push(...step);
    size += step.reduce((sum, buffer) => sum + buffer.length, 0);
    if (size < pieceSize) continue;
    yield Buffer.concat(buffers);
    [buffers, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(buffers);
}

/** The bytes from `first` to `last`, one row at a time. No query stays open in between: others get their turn. */
async function* stream(db: Connection, content: string, first: number, last: number): AsyncGenerator<Uint8Array> {
  const around = 'SELECT piece FROM pieces WHERE content = ?1 AND append = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1';
  const query = `SELECT first, bytes FROM pieces JOIN bytes USING (piece) WHERE piece = (${around})`;
  for (let at = first; at <= last; ) {
    const [piece] = await db.send<{ first: number; bytes: Uint8Array }>(query, content, at);
    const wanted = piece?.bytes.subarray(at - piece.first, last + 1 - piece.first);
    // Deleted meanwhile. A reader that was promised more must not take what came for the whole.
    if (!wanted?.length) throw new StorageFault('broken', `the bytes of ${content} are gone from ${at} on`);
    yield wanted;
    at += wanted.length;
  }
}

/** What is known of a manifest beside its bytes, as `put` stored it. */
const aboutIn = (text: string): Omit<Manifest, 'bytes'> => JSON.parse(text);

/** The value that was stored as this text. */
function read<T>(format: (text: string) => T | undefined, text: string): T {
  const value = format(text);
  if (value === undefined) throw new StorageFault('broken', `"${text}" is in the database, and no driver has written that`);
  return value;
}
