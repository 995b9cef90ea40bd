/**
 * Uploads: bytes are hashed once, in the stream, on their way into the driver. A driver cannot forget to hash, and
 * cannot publish what was not verified.
 *
 * What makes an upload resumable by any process is its checkpoint, the finished digest of its first bytes, which the
 * driver stores.
 */
import { randomUUID } from 'node:crypto';
import { isRegistryError } from './api/errors.ts';
import { type Algorithm, algorithmOf, type Digest, type RepositoryName, type UploadId } from './api/formats.ts';
import { BodyBroken } from './body.ts';
import { digestDiffers, type Intake, meter } from './chunk.ts';
import { digestOf, runningDigest } from './digest.ts';
import { type Driver, StorageFault, type Upload } from './driver.ts';
import { runningDigests, sameState } from './running.ts';
import { noWriters } from './writers.ts';

/** How an attempt to change an upload ended: the upload was not where the caller thought, or it is as told. */
export type Outcome = { readonly at: Upload; readonly broken: boolean } | 'moved';

/** The uploads of one handler. */
export interface Uploads {
  /** Begins an upload whose digest will be given in `algorithm`. */
  start(repo: RepositoryName, algorithm: Algorithm): Promise<{ readonly id: UploadId; readonly at: Upload }>;
  /** Where the upload stands; undefined if there is none. */
  find(repo: RepositoryName, id: UploadId): Promise<Upload | undefined>;
  /** Ends a request of this process that is still sending to the upload, as if its connection had broken. */
  interrupt(id: UploadId): Promise<boolean>;
  /** Appends a body. What came before its connection broke is kept; a body that breaks its promise leaves nothing. */
  append(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Outcome>;
  /** Publishes the upload as `digest`. Throws 400 `DIGEST_INVALID`, and keeps the upload, if that is not its digest. */
  publish(repo: RepositoryName, id: UploadId, at: Upload, digest: Digest): Promise<boolean>;
  /**
   * Appends the rest and publishes all. A body with which the digest is wrong leaves nothing where the digest can be
   * checked as it passes; where the bytes before have to be read again for it, the body stays, and so does the upload.
   */
  complete(repo: RepositoryName, id: UploadId, from: Upload, digest: Digest, intake: Intake): Promise<Outcome | 'published'>;
  /** Pushes a whole blob in one go. Throws unless it came whole and is what `digest` says; then nothing is left. */
  push(repo: RepositoryName, digest: Digest, intake: Intake): Promise<void>;
  /** Cancels the upload. False if there was none. */
  cancel(repo: RepositoryName, id: UploadId): Promise<boolean>;
}

/** Uploads into `driver`, of blobs of at most `maxBytes`. */
export function uploadsInto({ blobs, uploads }: Driver, maxBytes: number): Uploads {
  const digests = runningDigests();
  const writers = noWriters();

  const write = async (repo: RepositoryName, id: UploadId, from: Upload, intake: Intake, expect?: Digest): Promise<Outcome> => {
    const running = digests.at(id, from, expect && algorithmOf(expect));
    const metered = meter(intake, { from: from.offset, maxBytes, running, expect });
    try {
      const at = await writers.during(id, intake.body, () => uploads.append(repo, id, from, metered.chunk));
      if (!at) return 'moved';
      if (running) digests.keep(id, at, running);
      return { at, broken: metered.broken() };
    } catch (error) {
      // A body that broke its promise left the upload where it was; after anything else, who knows.
      if (!isRegistryError(error)) digests.forget(id);
      throw error;
    }
  };

  /**
   * Reads the staged bytes again: the upload wandered between processes, or its algorithm became known at its end.
   * Undefined if the upload went away or moved on meanwhile.
   */
  const reread = async (repo: RepositoryName, id: UploadId, at: Upload, algorithm: Algorithm): Promise<Digest | undefined> => {
    const running = runningDigest(algorithm);
    let length = 0;
    const bytes = await uploads.read(repo, id, at);
    if (!bytes) return undefined;
    for await (const piece of bytes) {
      running.update(piece);
      length += piece.length;
    }
    if (length === at.offset) return running.digest();
    const now = await uploads.get(repo, id);
    if (!now || !sameState(now, at)) return undefined;
    throw new StorageFault('broken', `only ${length} of ${at.offset} bytes of upload ${id} could be read again`);
  };
  const digestAt = async (repo: RepositoryName, id: UploadId, at: Upload, algorithm: Algorithm): Promise<Digest | undefined> => {
    if (at.digest && algorithmOf(at.digest) === algorithm) return at.digest;
    return digests.at(id, at, algorithm)?.digest() ?? (await reread(repo, id, at, algorithm));
  };

  const self: Uploads = {
    start: async (repo, algorithm) => {
      const id = randomUUID() as string as UploadId;
      return { id, at: await uploads.create(repo, id, { offset: 0, digest: digestOf(new Uint8Array(), algorithm) }) };
    },
    find: (repo, id) => uploads.get(repo, id),
    interrupt: (id) => writers.interrupt(id),
    append: (repo, id, from, intake) => write(repo, id, from, intake),
    publish: async (repo, id, at, digest) => {
      const actual = await digestAt(repo, id, at, algorithmOf(digest));
      if (actual === undefined) return false;
      if (actual !== digest) throw digestDiffers(digest, actual);
      const published = await uploads.commit(repo, id, at, digest);
      if (published) digests.forget(id);
      return published;
    },
    complete: async (repo, id, from, digest, intake) => {
      // Where the digest can be checked as the bytes pass, a wrong one makes the chunk throw, and nothing of it is kept.
      const outcome = await write(repo, id, from, intake, digest);
      if (outcome === 'moved' || outcome.broken) return outcome;
      return (await self.publish(repo, id, outcome.at, digest)) ? 'published' : 'moved';
    },
    push: async (repo, digest, intake) => {
      if (blobs.put) {
        const metered = meter(intake, {
          from: 0,
          maxBytes,
          running: runningDigest(algorithmOf(digest)),
          expect: digest,
          whole: true,
        });
        return blobs.put(repo, digest, metered.chunk);
      }
      const { id, at } = await self.start(repo, algorithmOf(digest));
      const outcome = await self.complete(repo, id, at, digest, intake).catch(async (error: unknown) => {
        await self.cancel(repo, id);
        throw error;
      });
      if (outcome === 'published') return;
      await self.cancel(repo, id);
      throw new BodyBroken();
    },
    cancel: async (repo, id) => {
      if (!(await uploads.delete(repo, id))) return false;
      digests.forget(id);
      await writers.interrupt(id);
      return true;
    },
  };
  return self;
}
