/** Manifests, tags, referrers and the list of repositories. */
import type { Descriptor, ManifestStore } from 'stowage';
import { readDescriptor, readDigest, readMediaType, readRepositoryName, readTag } from 'stowage';
import type { Database } from './database.ts';
import { read } from './text.ts';

/** A page of referrers ends with the entry that brings it to as many bytes: they may be large. */
const pageBytes = 2 ** 20;

interface Row {
  readonly type: string;
  readonly subject: string | null;
  readonly referrer: string | null;
  readonly bytes: Uint8Array;
}

/** The manifests in a database. */
export function manifestsIn({ send }: Database): ManifestStore {
  return {
    async get(repo, digest) {
      const query = 'SELECT type, subject, referrer, bytes FROM manifests WHERE repo = $1 AND digest = $2';
      const [row] = await send<Row>(query, repo, digest);
      if (!row) return undefined;
      return {
        digest,
        mediaType: read(readMediaType, row.type),
        bytes: row.bytes,
        ...(row.subject !== null && { subject: read(readDigest, row.subject) }),
        ...(row.referrer !== null && { referrer: descriptorIn(row.referrer) }),
      };
    },

    async describe(repo, digest) {
      const query = 'SELECT type, octet_length(bytes) AS size FROM manifests WHERE repo = $1 AND digest = $2';
      const [row] = await send<{ type: string; size: number }>(query, repo, digest);
      return row && { mediaType: read(readMediaType, row.type), size: row.size };
    },

    async put(repo, { digest, mediaType, subject, referrer, bytes }) {
      const about = [mediaType, subject ?? null, referrer ? JSON.stringify(referrer) : null] as const;
      await send(
        `INSERT INTO manifests VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (repo, digest) DO UPDATE
         SET type = excluded.type, subject = excluded.subject, referrer = excluded.referrer, bytes = excluded.bytes`,
        ...[repo, digest, ...about, bytes],
      );
    },

    async delete(repo, digest, signal) {
      signal?.throwIfAborted();
      // The foreign key takes the tags.
      return (await send('DELETE FROM manifests WHERE repo = $1 AND digest = $2 RETURNING 1', repo, digest)).length > 0;
    },

    async resolve(repo, tag) {
      const [pointer] = await send<{ digest: string }>('SELECT digest FROM tags WHERE repo = $1 AND tag = $2', repo, tag);
      return pointer && read(readDigest, pointer.digest);
    },

    async tag(repo, tag, digest, expected) {
      // Locked, so that nobody deletes the manifest before the tag is there to go with it.
      const manifest = 'WITH manifest AS (SELECT repo, digest FROM manifests WHERE repo = $1 AND digest = $3 FOR KEY SHARE)';
      const insert = `${manifest} INSERT INTO tags SELECT repo, $2, digest FROM manifest ON CONFLICT (repo, tag)`;
      const point = `${insert} DO UPDATE SET digest = excluded.digest RETURNING 1`;
      const create = `${insert} DO NOTHING RETURNING 1`;
      const move = `
        ${manifest} UPDATE tags SET digest = manifest.digest FROM manifest
        WHERE tags.repo = $1 AND tag = $2 AND tags.digest = $4 RETURNING 1`;
      if (expected === undefined) return (await send(point, repo, tag, digest)).length > 0;
      if (expected === null) return (await send(create, repo, tag, digest)).length > 0;
      return (await send(move, repo, tag, digest, expected)).length > 0;
    },

    async untag(repo, tag, expected) {
      const remove = 'DELETE FROM tags WHERE repo = $1 AND tag = $2 AND ($3::text IS NULL OR digest = $3) RETURNING 1';
      return (await send(remove, repo, tag, expected ?? null)).length > 0;
    },

    async tags(repo, { after = '', limit }, signal) {
      signal?.throwIfAborted();
      const query = 'SELECT tag FROM tags WHERE repo = $1 AND tag > $2 ORDER BY tag LIMIT $3';
      const page = await send<{ tag: string }>(query, repo, after, limit);
      const exists = 'SELECT 1 FROM manifests WHERE repo = $1 UNION ALL SELECT 1 FROM links WHERE repo = $1 LIMIT 1';
      if (page.length === 0 && (await send(exists, repo)).length === 0) return undefined;
      return page.map(({ tag }) => read(readTag, tag));
    },

    async referrers(repo, subject, { after = '', limit }, signal) {
      signal?.throwIfAborted();
      const query = `
        SELECT referrer FROM (
          SELECT referrer, sum(octet_length(referrer)) OVER (ORDER BY digest) - octet_length(referrer) AS before
          FROM manifests WHERE repo = $1 AND subject = $2 AND digest > $3 ORDER BY digest LIMIT $4) AS page
        WHERE before < $5`;
      const page = await send<{ referrer: string }>(query, repo, subject, after, limit, pageBytes);
      return page.map(({ referrer }) => descriptorIn(referrer));
    },

    async repositories({ after = '', limit }, signal) {
      signal?.throwIfAborted();
      // A skip scan: one look into each index for each name, however much the repositories hold.
      const next = (last: string): string =>
        `least((SELECT min(repo) FROM manifests WHERE repo > ${last}), (SELECT min(repo) FROM links WHERE repo > ${last}))`;
      const query = `
        WITH RECURSIVE page (repo) AS (
          SELECT ${next('$1')} UNION ALL SELECT ${next('page.repo')} FROM page WHERE repo IS NOT NULL)
        SELECT repo FROM page WHERE repo IS NOT NULL LIMIT $2`;
      const page = await send<{ repo: string }>(query, after, limit);
      return page.map(({ repo }) => read(readRepositoryName, repo));
    },
  };
}

/** The entry of a manifest in the list of referrers, as `put` stored it. */
const descriptorIn = (text: string): Descriptor => read(readDescriptor, text);
