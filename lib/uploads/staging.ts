/** The staged bytes of uploads: hashed once, as they are appended, and read again only where no digest of them is known. */
import { isRegistryError } from '../api/errors.ts';
import { type Algorithm, algorithmOf, type Digest, type RepositoryName, type UploadId } from '../api/formats.ts';
import { createRunningDigest } from '../content/digest.ts';
import { type Driver, type LastChunk, StorageFault, type Upload } from '../driver.ts';
import { activeAppends } from './active.ts';
import { digestCache, sameState } from './digest-cache.ts';
import { type Checks, createChunk, type Intake } from './hashed-chunk.ts';

/** What became of a body: where the upload stands after it, or true where it was published. */
export interface Taken<T extends Upload | true> {
  readonly at: T;
  /** Whether the connection broke, or a newer request interrupted this one, before the whole body was there. */
  readonly broken: boolean;
}

/** An upload after an append. */
export type Appended = Taken<Upload>;

/** The request that something is done for. */
export interface Caller {
  /** Aborted when the reply is not needed any longer. Made when it is first asked for. */
  readonly signal: AbortSignal;
}

/** Checks the bytes of a blob as they are read again, where their digest is not what the client names. */
export interface Verifier {
  update(bytes: Uint8Array): void;
  /** Throws 400 `DIGEST_INVALID` unless the bytes so far are the whole blob. */
  verify(): void;
}

/** The bytes of the uploads of one registry. */
export interface Staging {
  /**
   * Appends a body and stores the checkpoint after it. What came before a connection broke is kept; of a body that fails a
   * check nothing is. Undefined, with nothing kept: the upload is gone, no longer at `from`, or held by another process.
   */
  append(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Appended | undefined>;
  /**
   * Appends the last bytes, and publishes all as `expected` where that can be done in one go: true. Otherwise they are appended, and
   * those that make the upload another one are not kept where its digest is known as they pass.
   */
  complete(
    repo: RepositoryName,
    id: UploadId,
    from: Upload,
    intake: Intake,
    expected: Digest,
  ): Promise<Taken<Upload | true> | undefined>;
  /** Interrupts the append in progress in this process and waits for its end. False if there is none. */
  interrupt(id: UploadId): Promise<boolean>;
  /**
   * The digest of all bytes up to `at`; undefined if they have to be read again for it and the upload is gone or moved on.
   * Reading ends with the reason of the caller's signal once that is aborted.
   */
  digest(repo: RepositoryName, id: UploadId, at: Upload, algorithm: Algorithm, caller: Caller): Promise<Digest | undefined>;
  /** The same, from the bytes themselves, which the verifier sees, too. Throws what it throws. */
  reread(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    algorithm: Algorithm,
    caller: Caller,
    verifier?: Verifier,
  ): Promise<Digest | undefined>;
  /** Drops what is cached of an upload that has ended. */
  forget(id: UploadId): void;
}

/** The staged bytes of a driver's uploads, at most `maxBytes` for each. */
export function createStaging(driver: Pick<Driver, 'uploads'>, maxBytes: number): Staging {
  const digests = digestCache();
  const active = activeAppends();
  return { append, complete, interrupt: active.interrupt, digest, reread, forget: digests.delete };

  async function append(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Appended | undefined> {
    const running = digests.get(id, from);
    return take(id, from, intake, { running }, (chunk) => driver.uploads.append(repo, id, from, chunk));
  }

  async function complete(
    repo: RepositoryName,
    id: UploadId,
    from: Upload,
    intake: Intake,
    expected: Digest,
  ): Promise<Taken<Upload | true> | undefined> {
    const running = digests.get(id, from, algorithmOf(expected));
    const { uploads } = driver;
    // Without a running digest, what the bytes are is known only when they were read again.
    const store = async (chunk: LastChunk) =>
      running && uploads.complete ? uploads.complete(repo, id, from, chunk, expected) : uploads.append(repo, id, from, chunk);
    return take(id, from, intake, { running, expected }, store);
  }

  /** Has `store` take a body. What is known of the upload afterwards is kept. */
  async function take<T extends Upload | true>(
    id: UploadId,
    from: Upload,
    intake: Intake,
    { running, expected }: Pick<Checks, 'running' | 'expected'>,
    store: (chunk: LastChunk) => Promise<T | undefined>,
  ): Promise<Taken<T> | undefined> {
    const chunk = createChunk(intake, { from: from.offset, maxBytes, running, expected });
    try {
      const at = await active.track(id, intake.body, () => store(chunk));
      if (at === undefined) return undefined;
      if (running && at !== true) digests.set(id, at, running);
      return { at, broken: !chunk.isWhole() };
    } catch (error) {
      // A failed check leaves the upload at `from`. After any other failure the stored offset is unknown: drop the cached digest.
      if (!isRegistryError(error)) digests.delete(id);
      throw error;
    }
  }

  async function digest(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    algorithm: Algorithm,
    caller: Caller,
  ): Promise<Digest | undefined> {
    if (at.digest && algorithmOf(at.digest) === algorithm) return at.digest;
    // The upload moved between processes, or its algorithm became known only at its end.
    return digests.get(id, at, algorithm)?.digest() ?? reread(repo, id, at, algorithm, caller);
  }

  async function reread(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    algorithm: Algorithm,
    caller: Caller,
    verifier?: Verifier,
  ): Promise<Digest | undefined> {
    const running = createRunningDigest(algorithm);
    let length = 0;
    const bytes = await driver.uploads.read(repo, id, at);
    if (!bytes) return undefined;
    for await (const piece of bytes) {
      caller.signal.throwIfAborted();
      running.update(piece);
      verifier?.update(piece);
      length += piece.length;
    }
    if (length === at.offset) {
      verifier?.verify();
      return running.digest();
    }
    const now = await driver.uploads.get(repo, id);
    if (!now || !sameState(now, at)) return undefined;
    throw new StorageFault('broken', `only ${length} of ${at.offset} bytes of upload ${id} could be read again`);
  }
}
