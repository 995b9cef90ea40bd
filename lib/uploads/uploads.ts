/**
 * Uploads: bytes are hashed once, in the stream, on their way into the driver. A driver cannot forget to hash, and
 * cannot publish what was not verified.
 *
 * What makes an upload resumable by any process is its checkpoint, the finished digest of its first bytes, which the
 * driver stores.
 */
import { randomUUID } from 'node:crypto';
import { isRegistryError } from '../api/errors.ts';
import { type Algorithm, algorithmOf, type Digest, type RepositoryName, type UploadId } from '../api/formats.ts';
import { digestOf, type RunningDigest, runningDigest } from '../content/digest.ts';
import { type Driver, StorageFault, type Upload } from '../driver.ts';
import { noWriters } from './active.ts';
import { BodyBroken } from './body.ts';
import { digestDiffers, type Intake, meter, type Verifier, verifierOf } from './chunk.ts';
import { runningDigests, sameState } from './digest-cache.ts';

/** How an attempt to change an upload ended: the upload was not where the caller thought, or it is as told. */
export type Outcome = { readonly at: Upload; readonly broken: boolean } | 'moved';

/** What a client says that a blob is, where that is not its digest. The blob is then published under its sha256. */
export interface Verifiable {
  /** Lends what checks the bytes of one blob. */
  verifying<T>(use: (verifier: Verifier) => Promise<T>): Promise<T>;
}

/** What a client says that a blob is. */
export type Claim = Digest | Verifiable;

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
  /**
   * Publishes the upload, and gives its digest; undefined if it moved on. Throws 400 `DIGEST_INVALID`, and keeps the
   * upload, if it is not what `claim` says.
   */
  publish(repo: RepositoryName, id: UploadId, at: Upload, claim: Claim): Promise<Digest | undefined>;
  /**
   * Appends the rest and publishes all, and gives its digest; undefined if the upload moved on or its client's connection
   * broke. A body with which the claim is wrong leaves nothing where the claim can be checked as it passes; where the
   * bytes before have to be read again for it, the body stays, and so does the upload.
   */
  complete(repo: RepositoryName, id: UploadId, from: Upload, claim: Claim, intake: Intake): Promise<Digest | undefined>;
  /** Pushes a whole blob in one go, and gives its digest. Throws unless it came whole and is what `claim` says; then nothing is left. */
  push(repo: RepositoryName, claim: Claim, intake: Intake): Promise<Digest>;
  /** Cancels the upload. False if there was none. */
  cancel(repo: RepositoryName, id: UploadId): Promise<boolean>;
}

/** The algorithm of a digest that no client names. */
const canonical: Algorithm = 'sha256';

const algorithmFor = (claim: Claim): Algorithm => (typeof claim === 'string' ? algorithmOf(claim) : canonical);

/** Uploads into `driver`, of blobs of at most `maxBytes`. */
export function createUploads({ blobs, uploads }: Driver, maxBytes: number): Uploads {
  const digests = runningDigests();
  const writers = noWriters();

  const write = async (
    repo: RepositoryName,
    id: UploadId,
    from: Upload,
    intake: Intake,
    running: RunningDigest | undefined,
    verifier?: Verifier,
  ): Promise<Outcome> => {
    const metered = meter(intake, { from: from.offset, maxBytes, running, verifier });
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
  const reread = async (
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    algorithm: Algorithm,
    verifier?: Verifier,
  ): Promise<Digest | undefined> => {
    const running = runningDigest(algorithm);
    let length = 0;
    const bytes = await uploads.read(repo, id, at);
    if (!bytes) return undefined;
    for await (const piece of bytes) {
      running.update(piece);
      verifier?.update(piece);
      length += piece.length;
    }
    if (length === at.offset) {
      verifier?.verify();
      return running.digest();
    }
    const now = await uploads.get(repo, id);
    if (!now || !sameState(now, at)) return undefined;
    throw new StorageFault('broken', `only ${length} of ${at.offset} bytes of upload ${id} could be read again`);
  };
  const digestAt = async (repo: RepositoryName, id: UploadId, at: Upload, algorithm: Algorithm): Promise<Digest | undefined> => {
    if (at.digest && algorithmOf(at.digest) === algorithm) return at.digest;
    return digests.at(id, at, algorithm)?.digest() ?? (await reread(repo, id, at, algorithm));
  };
  const proven = async (repo: RepositoryName, id: UploadId, at: Upload, claim: Claim): Promise<Digest | undefined> => {
    if (typeof claim !== 'string') return claim.verifying((verifier) => reread(repo, id, at, canonical, verifier));
    const actual = await digestAt(repo, id, at, algorithmOf(claim));
    if (actual !== undefined && actual !== claim) throw digestDiffers(claim, actual);
    return actual;
  };

  const self: Uploads = {
    start: async (repo, algorithm) => {
      const id = randomUUID() as string as UploadId;
      return { id, at: await uploads.create(repo, id, { offset: 0, digest: digestOf(new Uint8Array(), algorithm) }) };
    },
    find: (repo, id) => uploads.get(repo, id),
    interrupt: (id) => writers.interrupt(id),
    append: (repo, id, from, intake) => write(repo, id, from, intake, digests.at(id, from)),
    publish: async (repo, id, at, claim) => {
      const digest = await proven(repo, id, at, claim);
      if (digest === undefined || !(await uploads.commit(repo, id, at, digest))) return undefined;
      digests.forget(id);
      return digest;
    },
    complete: async (repo, id, from, claim, intake) => {
      const algorithm = algorithmFor(claim);
      const running = digests.at(id, from, algorithm);
      const verified = (verifier?: Verifier) => write(repo, id, from, intake, running, verifier);
      const whole = from.offset === 0;
      // Where a claim can be checked as the bytes pass, a wrong one makes the chunk throw, and nothing of it is kept.
      const outcome =
        typeof claim === 'string'
          ? await verified(running && verifierOf(running, claim))
          : await (whole ? claim.verifying(verified) : verified());
      if (outcome === 'moved' || outcome.broken) return undefined;
      // What a verifier saw as it passed is known by its digest from here on.
      const left = whole && typeof claim !== 'string' ? await digestAt(repo, id, outcome.at, canonical) : claim;
      return left && self.publish(repo, id, outcome.at, left);
    },
    push: async (repo, claim, intake) => {
      if (blobs.put && typeof claim === 'string') {
        const running = runningDigest(algorithmOf(claim));
        const metered = meter(intake, { from: 0, maxBytes, running, verifier: verifierOf(running, claim), whole: true });
        await blobs.put(repo, claim, metered.chunk);
        return claim;
      }
      const { id, at } = await self.start(repo, algorithmFor(claim));
      const published = await self.complete(repo, id, at, claim, intake).catch(async (error: unknown) => {
        await self.cancel(repo, id);
        throw error;
      });
      if (published !== undefined) return published;
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
