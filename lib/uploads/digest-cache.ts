/**
 * A cache of running digests, so that an upload goes on without its bytes being read again. Entries are keyed by the upload
 * and its state. A lost entry costs one more read of the bytes, never correctness.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Algorithm, algorithmOf, type UploadId } from '../api/formats.ts';
import { createRunningDigest, type RunningDigest } from '../content/digest.ts';
import type { Upload } from '../driver.ts';

/** The running digests that one process keeps. */
export interface DigestCache {
  /**
   * A fork of the digest of all bytes up to `at`, to go on from; undefined if this process did not hash them all, in
   * `algorithm` where that is given. An upload without bytes always has one.
   */
  get(id: UploadId, at: Upload, algorithm?: Algorithm): RunningDigest | undefined;
  /** Keeps the digest of all bytes up to `at`. */
  set(id: UploadId, at: Upload, running: RunningDigest): void;
  delete(id: UploadId): void;
}

/** How many digests are kept; each costs less than a kilobyte. */
const capacity = 4096;

/** An empty cache. */
export function digestCache(): DigestCache {
  const kept = new Map<UploadId, { readonly at: Upload; readonly running: RunningDigest }>();
  return {
    get: (id, at, algorithm) => {
      if (at.offset === 0) return createRunningDigest(algorithm ?? (at.digest ? algorithmOf(at.digest) : 'sha256'));
      const known = kept.get(id);
      if (!known || !sameState(known.at, at)) return undefined;
      return (algorithm ?? known.running.algorithm) === known.running.algorithm ? known.running.fork() : undefined;
    },
    set: (id, at, running) => {
      kept.delete(id);
      kept.set(id, { at, running });
      const [oldest] = kept.keys();
      if (kept.size > capacity && oldest !== undefined) kept.delete(oldest);
    },
    delete: (id) => {
      kept.delete(id);
    },
  };
}

/** Whether two uploads are the same state of one upload. */
export function sameState(a: Upload, b: Upload): boolean {
  return a.offset === b.offset && isDeepStrictEqual(a.token, b.token);
}
