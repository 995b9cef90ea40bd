/**
 * Running digests of uploads that may go on: a cache, keyed by the upload and by where it stood. Losing one costs one more
 * read of the bytes, never correctness.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Algorithm, algorithmOf, type UploadId } from '../api/formats.ts';
import { type RunningDigest, runningDigest } from '../content/digest.ts';
import type { Upload } from '../driver.ts';

/** The running digests that one process keeps. */
export interface RunningDigests {
  /** The digest of the upload's bytes so far, to go on from; undefined if nobody here saw them all in that algorithm. */
  at(id: UploadId, at: Upload, algorithm?: Algorithm): RunningDigest | undefined;
  /** Keeps a digest that was brought to where the upload stands now. */
  keep(id: UploadId, at: Upload, running: RunningDigest): void;
  forget(id: UploadId): void;
}

/** How many are kept; each costs less than a kilobyte. */
const limit = 4096;

/** No running digests yet. */
export function runningDigests(): RunningDigests {
  const kept = new Map<UploadId, { readonly at: Upload; readonly running: RunningDigest }>();
  return {
    at: (id, at, algorithm) => {
      if (at.offset === 0) return runningDigest(algorithm ?? (at.digest ? algorithmOf(at.digest) : 'sha256'));
      const known = kept.get(id);
      if (!known || !sameState(known.at, at)) return undefined;
      return (algorithm ?? known.running.algorithm) === known.running.algorithm ? known.running.fork() : undefined;
    },
    keep: (id, at, running) => {
      kept.delete(id);
      kept.set(id, { at, running });
      const [oldest] = kept.keys();
      if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
    },
    forget: (id) => {
      kept.delete(id);
    },
  };
}

/** Whether two uploads are the same state of one upload. */
export function sameState(a: Upload, b: Upload): boolean {
  return a.offset === b.offset && isDeepStrictEqual(a.token, b.token);
}
