/** The body of a request as the chunk that a driver pulls: counted, hashed, and held to what was announced. */
import { RegistryError } from '../api/errors.ts';
import type { Digest } from '../api/formats.ts';
import type { RunningDigest } from '../content/digest.ts';
import type { Checkpoint, LastChunk } from '../driver.ts';
import { type Body, BodyBroken } from './body.ts';

/** Bytes on their way into an upload. */
export interface Intake {
  readonly body: Body;
  /** The length of the body in bytes by its `Content-Range`; undefined without one. A body of another length is refused. */
  readonly declaredLength?: number | undefined;
}

/** Against what a body is checked. */
export interface Checks {
  /** How many bytes the upload had before. */
  readonly from: number;
  /** How many bytes the upload may have in all. */
  readonly maxBytes: number;
  /** The digest of the bytes before, to go on from; undefined where it is not known, and then nothing is hashed. */
  readonly running: RunningDigest | undefined;
  /** The digest that the upload must have with this body; checked here only if `running` is there. */
  readonly expected?: Digest | undefined;
  /** Whether a broken connection is an error rather than an early end. */
  readonly whole?: boolean;
}

/** Wraps a body as a chunk. Reading it throws 400 `SIZE_INVALID` or `DIGEST_INVALID`, or 413 `SIZE_INVALID`, if a check fails. */
export function createChunk(
  { body, declaredLength }: Intake,
  { from, maxBytes, running, expected, whole = false }: Checks,
): LastChunk {
  let received = 0;
  let isWhole = false;
  const checkLength = (length: number, isAll: boolean): void => {
    if (declaredLength !== undefined && (length > declaredLength || (isAll && length < declaredLength)))
      throw lengthDiffers(declaredLength, length, isAll);
    if (from + length > maxBytes) throw blobTooLarge(maxBytes);
  };
  const take = (piece: Uint8Array): void => {
    received += piece.length;
    checkLength(received, false);
    running?.update(piece);
  };
  async function* pull(): AsyncGenerator<readonly Uint8Array[]> {
    checkLength(body.length ?? 0, body.length !== undefined);
    try {
      yield* body.read(take);
    } catch (error) {
      if (whole || !(error instanceof BodyBroken)) throw error;
      return;
    }
    checkLength(received, true);
    if (running && expected !== undefined) checkDigest(expected, running.digest());
    isWhole = true;
  }
  const checkpoint = (): Checkpoint => ({ offset: from + received, ...(running && { digest: running.digest() }) });
  return { [Symbol.asyncIterator]: pull, release: (buffers) => body.release?.(buffers), checkpoint, isWhole: () => isWhole };
}

function blobTooLarge(maxBytes: number): RegistryError {
  return new RegistryError('SIZE_INVALID', {
    status: 413,
    message: `the blob is too large: this registry takes ${maxBytes} bytes at most`,
    detail: { reason: 'too-large', limit: maxBytes },
  });
}

function lengthDiffers(declared: number, received: number, isAll: boolean): RegistryError {
  return new RegistryError('SIZE_INVALID', {
    message: `the Content-Range has ${declared} bytes, the body ${isAll ? received : 'more'}; nothing of it was kept`,
    detail: { reason: 'length-mismatch', expected: declared, ...(isAll && { given: received }) },
  });
}

/** Throws 400 `DIGEST_INVALID` if content does not have the digest that the client gave. */
export function checkDigest(given: Digest, actual: Digest): void {
  if (actual === given) return;
  const message = `the digest of the content is ${actual}, not ${given} as in the URL`;
  throw new RegistryError('DIGEST_INVALID', { message, detail: { reason: 'digest-mismatch', given, actual } });
}
