/** Digests: of bytes at once, or running over bytes as they arrive. */
import { createHash, type Hash } from 'node:crypto';
import type { Algorithm, Digest } from '../api/formats.ts';

/** A digest that is updated as bytes arrive. */
export interface RunningDigest {
  readonly algorithm: Algorithm;
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The digest of all bytes so far. More may be added afterwards. */
  digest(): Digest;
  /** A copy that goes on independently from the same bytes. */
  fork(): RunningDigest;
}

/** Starts a digest: that of no bytes. */
export function createRunningDigest(algorithm: Algorithm): RunningDigest {
  return createFrom(algorithm, createHash(algorithm));
}

function createFrom(algorithm: Algorithm, hash: Hash): RunningDigest {
  return {
    algorithm,
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => digestFrom(algorithm, hash.copy()),
    fork: () => createFrom(algorithm, hash.copy()),
  };
}

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: Algorithm): Digest {
  return digestFrom(algorithm, createHash(algorithm).update(bytes));
}

function digestFrom(algorithm: Algorithm, hash: Hash): Digest {
  return `${algorithm}:${hash.digest('hex')}` as Digest;
}
