/**
 * Uploads: bytes are hashed once, in the stream, on their way into the driver. A driver cannot forget to hash, and
 * cannot publish what was not verified.
 *
 * What makes an upload resumable by any process is its checkpoint, the finished digest of its first bytes, which the
 * driver stores. The running digests kept here are a cache: losing one costs one more read of the bytes, never
 * correctness.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isRegistryError } from './api/errors.ts';
import { type Algorithm, algorithmOf, type Digest, type RepositoryName, type UploadId } from './api/formats.ts';
import { type Body, BodyBroken } from './body.ts';
import { digestDiffers, type Intake, meter } from './chunk.ts';
import { digestOf, type RunningDigest, runningDigest } from './digest.ts';
import { type Driver, StorageFault, type Upload } from './driver.ts';

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

interface Live {
  readonly at: Upload;
  readonly running: RunningDigest;
}

/** How many running digests are kept; each costs less than a kilobyte. */
const liveLimit = 4096;

/** Uploads into `driver`, of blobs of at most `maxBytes`. */
export function uploadsInto({ blobs, uploads }: Driver, maxBytes: number): Uploads {
  const live = new Map<UploadId, Live>();
  const writing = new Map<UploadId, { readonly body: Body; readonly ended: Promise<unknown> }>();

  /** The digest of the upload's bytes so far, to go on from; undefined if no one here saw them all. */
  const runningAt = (id: UploadId, at: Upload, algorithm?: Algorithm): RunningDigest | undefined => {
    if (at.offset === 0) return runningDigest(algorithm ?? (at.digest ? algorithmOf(at.digest) : 'sha256'));
    const known = live.get(id);
    const usable = known && sameState(known.at, at) && (algorithm ?? known.running.algorithm) === known.running.algorithm;
    return usable ? known.running.fork() : undefined;
  };
  const remember = (id: UploadId, at: Upload, running: RunningDigest): void => {
    live.delete(id);
    live.set(id, { at, running });
    const [oldest] = live.keys();
    if (live.size > liveLimit && oldest !== undefined) live.delete(oldest);
  };

  const write = async (repo: RepositoryName, id: UploadId, from: Upload, intake: Intake, expect?: Digest): Promise<Outcome> => {
    const running = runningAt(id, from, expect && algorithmOf(expect));
    const metered = meter(intake, { from: from.offset, maxBytes, running, expect });
    const appended = uploads.append(repo, id, from, metered.chunk);
    const ended = appended.then(
      () => undefined,
      () => undefined,
    );
    const writer = { body: intake.body, ended };
    writing.set(id, writer);
    try {
      const at = await appended;
      if (!at) return 'moved';
      if (running) remember(id, at, running);
      return { at, broken: metered.broken() };
    } catch (error) {
      // A body that broke its promise left the upload where it was; after anything else, who knows.
      if (!isRegistryError(error)) live.delete(id);
      throw error;
    } finally {
      if (writing.get(id) === writer) writing.delete(id);
    }
  };

  /**
   * Reads the staged bytes again: the upload wandered between processes, or its algorithm became known at its end.
   * Undefined if the upload went away or moved on meanwhile.
   */
  const reread = async (repo: RepositoryName, id: UploadId, at: Upload, algorithm: Algorithm): Promise<Digest | undefined> => {
    const running = runningDigest(algorithm);
    let length = 0;
    for await (const piece of (await uploads.read(repo, id, at)) ?? []) {
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
    return runningAt(id, at, algorithm)?.digest() ?? (await reread(repo, id, at, algorithm));
  };

  const self: Uploads = {
    start: async (repo, algorithm) => {
      const id = randomUUID() as string as UploadId;
      return { id, at: await uploads.create(repo, id, { offset: 0, digest: digestOf(new Uint8Array(), algorithm) }) };
    },
    find: (repo, id) => uploads.get(repo, id),
    interrupt: async (id) => {
      const writer = writing.get(id);
      writer?.body.interrupt();
      await writer?.ended;
      return writer !== undefined;
    },
    append: (repo, id, from, intake) => write(repo, id, from, intake),
    publish: async (repo, id, at, digest) => {
      const actual = await digestAt(repo, id, at, algorithmOf(digest));
      if (actual === undefined) return false;
      if (actual !== digest) throw digestDiffers(digest, actual);
      const published = await uploads.commit(repo, id, at, digest);
      if (published) live.delete(id);
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
        await uploads.delete(repo, id);
        throw error;
      });
      if (outcome === 'published') return;
      await self.cancel(repo, id);
      throw new BodyBroken();
    },
    cancel: async (repo, id) => {
      if (!(await uploads.delete(repo, id))) return false;
      live.delete(id);
      writing.get(id)?.body.interrupt();
      return true;
    },
  };
  return self;
}

/** Whether two uploads are the same state of one upload. */
function sameState(a: Upload, b: Upload): boolean {
  return a.offset === b.offset && isDeepStrictEqual(a.token, b.token);
}
