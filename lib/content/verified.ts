/**
 * Bytes that are hashed on their way out. What is known beforehand is how many they are, so the last piece is known when it comes: it
 * is given only once the digest of all bytes is right. So no reader ever gets all bytes of content that is damaged, and nothing waits but
 * the piece at hand.
 */
import { algorithmOf, type Digest } from '../api/formats.ts';
import type { ByteReader, ByteStream } from '../driver.ts';
import { createRunningDigest } from './digest.ts';

/** What bytes have to be. */
export interface Expected {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** The error to throw where they are something else. */
  wrong(reason: string): Error;
}

/** The most bytes that are hashed, and held back, at once of pieces that a driver gives. */
const pieceBytes = 256 * 1024;

/**
 * The same bytes, checked: one buffer at once, a stream while it is read. Throws what `wrong` gives before the last piece of other
 * bytes, and where they end early.
 */
export function verified(bytes: Uint8Array | ByteStream, expected: Expected): Uint8Array | ByteStream {
  if (!ArrayBuffer.isView(bytes)) return verifiedStream(bytes, expected);
  const check = createCheck(expected);
  check(bytes);
  check(nothing);
  return bytes;
}

function verifiedStream(source: ByteStream, expected: Expected): ByteStream {
  const reader = source.reader?.bind(source);
  return {
    [Symbol.asyncIterator]: () => verifiedPieces(source, createCheck(expected)),
    reader: reader && (() => verifiedReader(reader(), createCheck(expected))),
  };
}

/** Takes the next bytes, and none at their end. */
type Check = (bytes: Uint8Array) => void;

/** Throws with the piece that makes the bytes complete, or too many, unless they are right; and at an end before that. */
function createCheck({ digest, size, wrong }: Expected): Check {
  const running = createRunningDigest(algorithmOf(digest));
  let taken = 0;
  let areRight = false;
  return (bytes) => {
    if (areRight && bytes.length === 0) return;
    running.update(bytes);
    taken += bytes.length;
    if (taken < size && bytes.length > 0) return;
    if (taken !== size) throw wrong(taken < size ? `it ends after ${taken} of ${size} bytes` : `it has more than ${size} bytes`);
    const actual = running.digest();
    if (actual !== digest) throw wrong(`the digest of its bytes is ${actual}`);
    areRight = true;
  };
}

async function* verifiedPieces(source: ByteStream, check: Check): AsyncGenerator<Uint8Array> {
  for await (const whole of source) {
    for (let at = 0; at < whole.length; at += pieceBytes) {
      const piece = whole.length > pieceBytes ? whole.subarray(at, at + pieceBytes) : whole;
      check(piece);
      yield piece;
    }
  }
  check(nothing);
}

const nothing = new Uint8Array(0);

function verifiedReader(source: ByteReader, check: Check): ByteReader {
  return {
    read: async (buffer) => {
      const count = await source.read(buffer);
      check(buffer.subarray(0, count));
      return count;
    },
    close: () => source.close(),
  };
}
