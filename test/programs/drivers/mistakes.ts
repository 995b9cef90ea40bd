/** Mistakes that are made in drivers for a database, planted into the one on PostgreSQL, and the cases of the suite that find them. */

/** A piece of the source, which must be there exactly once, and what takes its place. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A mistake. */
export interface Mistake {
  /** As a sentence. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The case that has to find it. */
  readonly foundBy: string;
}

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

const noKeyOfLinks = edit('tables.ts', 'digest text COLLATE "C" REFERENCES blobs,', 'digest text COLLATE "C",');
const noLockOfBlob = edit('blobs.ts', "await send('SELECT 1 FROM blobs WHERE digest = $1 FOR UPDATE', digest);", '');
/** Instead of the foreign key, a statement deletes the pieces of an upload, and an append does not look after those that it has lost. */
const piecesWithoutKey = [
  edit('tables.ts', 'content text REFERENCES contents ON DELETE CASCADE,', 'content text,'),
  edit(
    'uploads.ts',
    ')\n  DELETE FROM contents USING ended',
    '), p AS (DELETE FROM pieces USING ended WHERE pieces.content = ended.content) DELETE FROM contents USING ended',
  ),
  edit('uploads.ts', 'if (!counts) await send(discard, id, append).catch(() => undefined);', ''),
];

/** The mistakes, the costliest first. */
export const mistakes: readonly Mistake[] = [
  {
    name: 'a deletion of a blob does not lock it, and links have no foreign key: a commit loses',
    edits: [noKeyOfLinks, noLockOfBlob],
    foundBy: 'a blob that one repository deletes while another commits it is there for the other',
  },
  {
    name: 'neither a deletion nor a mount locks the blob, and links have no foreign key: a mount loses',
    edits: [noKeyOfLinks, noLockOfBlob, edit('blobs.ts', ' FOR KEY SHARE', '')],
    foundBy: 'a blob that one repository deletes while another mounts it is there for the other if the mount was true',
  },
  {
    name: 'the last step of an append does not ask where the upload stands: two are let through',
    edits: [
      edit('uploads.ts', 'touched = statement_timestamp() WHERE ', 'touched = statement_timestamp() WHERE content = $1 OR '),
      edit('tables.ts', 'CREATE UNIQUE INDEX ON pieces', 'CREATE INDEX ON pieces'),
    ],
    foundBy: 'of two appends at once from one place, one wins and the other is undefined',
  },
  {
    name: 'a cancel during the last write of an append leaves its bytes: they are stored without a look at the upload',
    edits: [
      ...piecesWithoutKey,
      edit('uploads.ts', 'SELECT content, $5, $6, $7 FROM upload RETURNING 1', 'SELECT $1, $5, $6, $7 RETURNING 1'),
    ],
    foundBy: 'a deletion of an upload that meets its appends leaves neither the upload nor bytes of it',
  },
  {
    name: 'a cancel during the last write of an append leaves its bytes: the statement that deletes them does not see them yet',
    edits: piecesWithoutKey,
    foundBy: 'a deletion of an upload that meets its appends leaves neither the upload nor bytes of it',
  },
  {
    name: 'an append takes no lease: an expiry ends it under way',
    edits: [edit('uploads.ts', 'make_interval(secs => $4) WHERE', 'make_interval(secs => 0 * $4) WHERE')],
    foundBy: 'an expiry that meets an append leaves its upload alone',
  },
  {
    name: 'an append does not touch its upload',
    edits: [
      edit(
        'uploads.ts',
        'SET touched = statement_timestamp() + make_interval(secs => $4)',
        'SET touched = touched + make_interval(secs => 0 * $4)',
      ),
      edit('uploads.ts', 'digest = $6, touched = statement_timestamp() WHERE', 'digest = $6 WHERE'),
    ],
    foundBy: 'an upload that was appended to since is not expired',
  },
  {
    name: 'manifests are kept as jsonb, which sorts their keys',
    edits: [
      edit(
        'manifests.ts',
        'VALUES ($1, $2, $3, $4, $5, $6)',
        "VALUES ($1, $2, $3, $4, $5, convert_to(convert_from($6, 'UTF8')::jsonb::text, 'UTF8'))",
      ),
    ],
    foundBy: 'a manifest is known by the digest that it is given, whatever its bytes are',
  },
  {
    name: 'entries of referrers are kept as jsonb, which takes no U+0000',
    edits: [edit('manifests.ts', 'VALUES ($1, $2, $3, $4, $5, $6)', 'VALUES ($1, $2, $3, $4, $5::jsonb::text, $6)')],
    foundBy: 'a referrer comes back with U+0000',
  },
  {
    name: 'a blob that is deleted while it is read ends short',
    edits: [edit('content.ts', 'throw new StorageFault(', 'return void (')],
    foundBy: 'a blob that is deleted while it is read whole comes to its end, or its reader is told',
  },
  {
    name: 'tags have the order of the language of the database',
    edits: [edit('tables.ts', 'tag text COLLATE "C",', 'tag text,')],
    foundBy: 'tags are listed in byte order',
  },
  {
    name: 'a conditional write of a tag looks first, and then writes',
    edits: [
      edit(
        'manifests.ts',
        'AND tag = $2 AND tags.digest = $4 RETURNING',
        'AND tag = $2 AND EXISTS (SELECT FROM tags AS now WHERE now.repo = $1 AND now.tag = $2 AND now.digest = $4) RETURNING',
      ),
    ],
    foundBy: 'of many conditional writes of one tag at once, one wins',
  },
  {
    name: 'a conditional deletion of a tag looks first, and then deletes',
    edits: [
      edit(
        'manifests.ts',
        'AND tag = $2 AND ($3::text IS NULL OR digest = $3) RETURNING',
        'AND tag = $2 AND ($3::text IS NULL OR $3 = (SELECT digest FROM tags WHERE repo = $1 AND tag = $2)) RETURNING',
      ),
    ],
    foundBy: 'an untag that expects another manifest leaves a tag that is moved at the same moment',
  },
  {
    name: 'a tag does not lock its manifest and has no foreign key: it stays without one',
    edits: [
      edit('manifests.ts', "AND digest = $3 FOR KEY SHARE)'", "AND digest = $3)'"),
      edit(
        'tables.ts',
        'PRIMARY KEY (repo, tag),\n    FOREIGN KEY (repo, digest) REFERENCES manifests ON DELETE CASCADE);',
        'PRIMARY KEY (repo, tag));',
      ),
      edit(
        'manifests.ts',
        "send('DELETE FROM manifests",
        "send('WITH untagged AS (DELETE FROM tags WHERE repo = $1 AND digest = $2) DELETE FROM manifests",
      ),
    ],
    foundBy: 'a tag and the deletion of its manifest at once leave no tag without a manifest',
  },
  {
    name: 'a commit does not ask where the upload stands',
    edits: [edit('uploads.ts', 'send(`DELETE FROM uploads WHERE ', 'send(`DELETE FROM uploads WHERE content = $1 OR ')],
    foundBy: 'of an append and a commit that meet, one wins',
  },
  {
    name: 'a commit that is repeated does not look whether the blob is there',
    edits: [
      edit(
        'uploads.ts',
        "return (await send('SELECT 1 FROM links WHERE repo = $1 AND digest = $2', repo, digest)).length > 0;",
        'return false;',
      ),
    ],
    foundBy: 'of two commits at once both are true and the blob is whole',
  },
];
