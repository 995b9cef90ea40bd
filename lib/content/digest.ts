/** Digests of bytes, whole or running. */
import { createHash, type Hash } from 'node:crypto';
import type { Algorithm, Digest } from '../api/formats.ts';

/** A digest that grows with the bytes that it is given. */
export interface RunningDigest {
  readonly algorithm: Algorithm;
  update(bytes: Uint8Array): void;
  /** The digest of all bytes so far; more may follow. */
  digest(): Digest;
  /** Another one that goes on from the same bytes by itself. */
  fork(): RunningDigest;
}

/** The digest of nothing yet. */
export function runningDigest(algorithm: Algorithm): RunningDigest {
  return runningOver(algorithm, createHash(algorithm));
}

function runningOver(algorithm: Algorithm, hash: Hash): RunningDigest {
  return {
    algorithm,
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => digestFrom(algorithm, hash.copy()),
    fork: () => runningOver(algorithm, hash.copy()),
  };
}

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: Algorithm): Digest {
  return digestFrom(algorithm, createHash(algorithm).update(bytes));
}

function digestFrom(algorithm: Algorithm, hash: Hash): Digest {
  return `${algorithm}:${hash.digest('hex')}` as Digest;
}
