/**
 * Uploads: bytes are hashed once, on their way into the driver. A driver cannot forget to hash, and cannot publish what
 * was not verified. What lets any process resume an upload is its checkpoint, the offset and the digest of the bytes before
 * it, which the driver stores.
 *
 * Bytes are pulled. The driver iterates over a chunk, the chunk over the body of the request, the body over the socket:
 *
 *     calls   operation → uploads → staging → driver → chunk → body of the door → socket
 *     bytes                         disk    ← driver ← chunk ← body of the door ← socket
 *
 * Each piece is hashed when it arrives; the driver pulls batches. Back-pressure follows the calls: while a driver is writing it pulls
 * nothing, the body pauses the socket once enough bytes wait, and TCP slows the client down.
 */
import { randomUUID } from 'node:crypto';
import { type Algorithm, algorithmOf, type Digest, type RepositoryName, type UploadId } from '../api/formats.ts';
import { createRunningDigest, digestOf } from '../content/digest.ts';
import type { Driver, Upload } from '../driver.ts';
import { BodyBroken } from './body.ts';
import { checkDigest, createChunk, type Intake } from './hashed-chunk.ts';
import { type Appended, type Caller, createStaging, type Verifier } from './staging.ts';

/** The uploads of one registry. */
export interface Uploads {
  /** Begins an upload whose digest will be given in `algorithm`. */
  start(repo: RepositoryName, algorithm: Algorithm): Promise<Started>;
  /** The upload as it is stored; undefined if there is none. */
  find(repo: RepositoryName, id: UploadId): Promise<Upload | undefined>;
  /** Interrupts a request of this process that is still sending to the upload, as if its connection had broken. */
  interrupt(id: UploadId): Promise<boolean>;
  /**
   * Appends a body. What came before its connection broke is kept; a body that fails a check leaves nothing. Undefined if the
   * upload is gone, no longer at `from`, or held by another process.
   */
  append(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Appended | undefined>;
  /** Publishes blobs that must have this digest. Bytes that were sent before are read again only as long as the caller waits. */
  publisher(expected: Digest, caller: Caller): Publisher;
  /**
   * Publishes the upload under its sha256 and gives that; undefined if the upload moved on. The bytes are read again for the
   * verifier first, which may throw. That ends when the caller no longer waits.
   */
  publishAsSha256(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    caller: Caller,
    verifier: Verifier,
  ): Promise<Digest | undefined>;
  /** Cancels the upload. False if there was none. */
  cancel(repo: RepositoryName, id: UploadId): Promise<boolean>;
}

/** An upload that has begun. */
export interface Started {
  readonly id: UploadId;
  readonly at: Upload;
}

/**
 * Publishes blobs under one name that the client gives. Every method gives the digest of what it published, and throws 400
 * `DIGEST_INVALID` if the content is not what the name says.
 */
export interface Publisher {
  /** Pushes a whole blob in one go. Throws unless all of it came and is right; then nothing is left. */
  push(repo: RepositoryName, intake: Intake): Promise<Digest>;
  /**
   * Appends the rest and publishes all; undefined if the upload moved on or its client's connection broke. With a running
   * digest, a body that makes the name wrong is dropped. Without one, the body is stored, everything is read again, and a
   * mismatch leaves body and upload as they are.
   */
  complete(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Digest | undefined>;
  /** Publishes what was sent; undefined if the upload moved on. It stays where the name is wrong. */
  publish(repo: RepositoryName, id: UploadId, at: Upload): Promise<Digest | undefined>;
}

/** Uploads into `driver`, of blobs of at most `maxBytes`. */
export function createUploads(driver: Pick<Driver, 'blobs' | 'uploads'>, maxBytes: number): Uploads {
  const staging = createStaging(driver, maxBytes);
  return {
    start,
    find: (repo, id) => driver.uploads.get(repo, id),
    interrupt: staging.interrupt,
    append: (repo, id, from, intake) => staging.append(repo, id, from, intake),
    publisher,
    publishAsSha256,
    cancel,
  };

  async function start(repo: RepositoryName, algorithm: Algorithm): Promise<Started> {
    const id = randomUUID() as string as UploadId;
    return { id, at: await driver.uploads.create(repo, id, { offset: 0, digest: digestOf(new Uint8Array(), algorithm) }) };
  }

  async function cancel(repo: RepositoryName, id: UploadId): Promise<boolean> {
    if (!(await driver.uploads.delete(repo, id))) return false;
    staging.forget(id);
    await staging.interrupt(id);
    return true;
  }

  function publisher(expected: Digest, caller: Caller): Publisher {
    const algorithm = algorithmOf(expected);
    return { push, complete, publish };

    async function push(repo: RepositoryName, intake: Intake): Promise<Digest> {
      const { blobs } = driver;
      if (!blobs.put) return pushAsUpload({ start, cancel }, repo, algorithm, ({ id, at }) => complete(repo, id, at, intake));
      const running = createRunningDigest(algorithm);
      const chunk = createChunk(intake, { from: 0, maxBytes, running, expected, whole: true });
      await blobs.put(repo, expected, chunk);
      return expected;
    }

    async function complete(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Digest | undefined> {
      const taken = await staging.complete(repo, id, from, intake, expected);
      if (taken?.at !== true) return taken && !taken.broken ? publish(repo, id, taken.at) : undefined;
      staging.forget(id);
      return expected;
    }

    async function publish(repo: RepositoryName, id: UploadId, at: Upload): Promise<Digest | undefined> {
      const actual = await staging.digest(repo, id, at, algorithm, caller);
      if (actual !== undefined) checkDigest(expected, actual);
      return actual && commit(repo, id, at, actual);
    }
  }

  async function publishAsSha256(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    caller: Caller,
    verifier: Verifier,
  ): Promise<Digest | undefined> {
    const digest = await staging.reread(repo, id, at, 'sha256', caller, verifier);
    return digest && commit(repo, id, at, digest);
  }

  async function commit(repo: RepositoryName, id: UploadId, at: Upload, digest: Digest): Promise<Digest | undefined> {
    if (!(await driver.uploads.commit(repo, id, at, digest))) return undefined;
    staging.forget(id);
    return digest;
  }
}

/** Pushes a whole blob through an upload of its own, which is cancelled unless `complete` publishes it. */
export async function pushAsUpload(
  uploads: Pick<Uploads, 'start' | 'cancel'>,
  repo: RepositoryName,
  algorithm: Algorithm,
  complete: (started: Started) => Promise<Digest | undefined>,
): Promise<Digest> {
  const started = await uploads.start(repo, algorithm);
  let published: Digest | undefined;
  try {
    published = await complete(started);
  } finally {
    if (published === undefined) await uploads.cancel(repo, started.id);
  }
  if (published === undefined) throw new BodyBroken();
  return published;
}
