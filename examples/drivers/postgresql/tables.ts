/** The tables, as one statement. They lie in the first schema of the connection's `search_path`. */

/**
 * Makes the tables unless they are there. Of several instances that begin at once, one does it while the others wait.
 *
 * A digest is stored once, whichever repositories hold it: `links` says which do. The foreign keys make the promises that no
 * statement could make alone: no link without its blob, no tag without its manifest, no piece without its content.
 *
 * Text that is listed has the collation "C", which is the order of bytes. What a client wrote as JSON is text: `jsonb` would
 * change it, since it sorts keys, drops doubles and takes no `\u0000`.
 */
export const definition = `DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('stowage'));
  IF to_regclass('contents') IS NOT NULL THEN RETURN; END IF;

  -- Bytes that an upload brings, and that are a blob's once it is committed.
  CREATE TABLE contents (content text PRIMARY KEY);

  -- A piece counts once its append is done. Until then it belongs to one that goes on, or to one that died.
  CREATE TABLE pieces (
    content text REFERENCES contents ON DELETE CASCADE,
    append uuid,
    first bigint,
    counts boolean NOT NULL DEFAULT false,
    bytes bytea NOT NULL,
    PRIMARY KEY (content, append, first));
  CREATE UNIQUE INDEX ON pieces (content, first) WHERE counts;
  -- Out of line they stay where they are when a piece begins to count; and layers are compressed already.
  ALTER TABLE pieces ALTER bytes SET STORAGE EXTERNAL;

  CREATE TABLE uploads (
    content text PRIMARY KEY REFERENCES contents,
    repo text NOT NULL,
    at bigint NOT NULL,
    digest text,
    touched timestamptz NOT NULL);

  CREATE TABLE blobs (
    digest text COLLATE "C" PRIMARY KEY,
    size bigint NOT NULL,
    content text NOT NULL UNIQUE REFERENCES contents);

  CREATE TABLE links (
    repo text COLLATE "C",
    digest text COLLATE "C" REFERENCES blobs,
    PRIMARY KEY (repo, digest));
  CREATE INDEX ON links (digest);

  CREATE TABLE manifests (
    repo text COLLATE "C",
    digest text COLLATE "C",
    type text NOT NULL,
    subject text COLLATE "C",
    referrer text,
    bytes bytea NOT NULL,
    PRIMARY KEY (repo, digest));
  CREATE INDEX ON manifests (repo, subject, digest);

  CREATE TABLE tags (
    repo text COLLATE "C",
    tag text COLLATE "C",
    digest text COLLATE "C" NOT NULL,
    PRIMARY KEY (repo, tag),
    FOREIGN KEY (repo, digest) REFERENCES manifests ON DELETE CASCADE);
  CREATE INDEX ON tags (repo, digest);
END $$`;
