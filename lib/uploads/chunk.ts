/** A body as the chunk that a driver pulls: counted, hashed, and held to what was promised. */
import { RegistryError } from '../api/errors.ts';
import type { Digest } from '../api/formats.ts';
import type { RunningDigest } from '../content/digest.ts';
import type { Checkpoint, Chunk } from '../driver.ts';
import { type Body, BodyBroken } from './body.ts';

/** Bytes on their way into an upload. */
export interface Intake {
  readonly body: Body;
  /** How many bytes the request promised; undefined if it did not say. More or fewer are refused. */
  readonly promised?: number | undefined;
}

/** What checks, while bytes pass, that they are what a client says they are. */
export interface Verifier {
  update(bytes: Uint8Array): void;
  /** Throws 400 `DIGEST_INVALID` unless the bytes so far are all of it. */
  verify(): void;
}

/** What a body is held to. */
export interface Meter {
  /** How many bytes the upload had before. */
  readonly from: number;
  /** How many bytes it may have in all. */
  readonly maxBytes: number;
  /** The digest of the bytes before, to go on from, where it is known. */
  readonly running: RunningDigest | undefined;
  /** What all bytes of the upload must be, from its first one on. */
  readonly verifier?: Verifier | undefined;
  /** Whether a broken connection is an error rather than an early end. */
  readonly whole?: boolean;
}

/** Wraps a body as a chunk; says, once it was read, whether its connection broke before its end. */
export function meter(
  intake: Intake,
  { from, maxBytes, running, verifier, whole = false }: Meter,
): { chunk: Chunk; broken(): boolean } {
  let received = 0;
  let broken = false;
  async function* pull(): AsyncGenerator<readonly Uint8Array[]> {
    const { length } = intake.body;
    if (length !== undefined && length !== (intake.promised ?? length)) throw lengthDiffers(length, intake.promised);
    checkLength(length ?? 0, intake.promised, from, maxBytes);
    try {
      for await (const batch of intake.body.read()) {
        for (const piece of batch) received += piece.length;
        checkLength(received, intake.promised, from, maxBytes);
        for (const piece of batch) {
          running?.update(piece);
          verifier?.update(piece);
        }
        yield batch;
      }
    } catch (error) {
      if (whole || !(error instanceof BodyBroken)) throw error;
      broken = true;
      return;
    }
    if (received < (intake.promised ?? 0)) throw lengthDiffers(received, intake.promised);
    verifier?.verify();
  }
  const checkpoint = (): Checkpoint => ({ offset: from + received, ...(running && { digest: running.digest() }) });
  return { chunk: { [Symbol.asyncIterator]: pull, checkpoint }, broken: () => broken };
}

function checkLength(received: number, promised: number | undefined, from: number, maxBytes: number): void {
  if (promised !== undefined && received > promised) throw lengthDiffers(received, promised);
  if (from + received > maxBytes) throw blobTooLarge(maxBytes);
}

function blobTooLarge(maxBytes: number): RegistryError {
  return new RegistryError('SIZE_INVALID', { status: 413, message: `a blob may have ${maxBytes} bytes at most` });
}

function lengthDiffers(received: number, promised: number | undefined): RegistryError {
  return new RegistryError('SIZE_INVALID', {
    message: `the body has ${received > (promised ?? 0) ? 'at least ' : ''}${received} bytes, its Content-Range ${promised}`,
  });
}

/** Checks a digest that grows with the bytes anyway. */
export function verifierOf(running: RunningDigest, expect: Digest): Verifier {
  return {
    update: () => {},
    verify: () => {
      const actual = running.digest();
      if (actual !== expect) throw digestDiffers(expect, actual);
    },
  };
}

/** The refusal of bytes that are not what their digest says. */
export function digestDiffers(given: Digest, actual: Digest): RegistryError {
  return new RegistryError('DIGEST_INVALID', { detail: { given, actual } });
}
