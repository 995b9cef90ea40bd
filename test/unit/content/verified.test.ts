/** Bytes that are hashed on their way out: what is given, what is held back, and when. */
import { describe, expect, it } from 'vitest';
import { verified } from '../../../lib/content/verified.ts';
import type { ByteReader, ByteStream } from '../../../lib/driver.ts';
import { digestOf, sample } from '../../../lib/testing/suite/samples.ts';

const block = 256 * 1024;
const content = sample(3 * block + 1_000);
const wrong = (reason: string): Error => new Error(reason);
const expected = { digest: digestOf(content), size: content.length, wrong };
const mismatch = /^the digest of its bytes is sha256:[0-9a-f]{64}$/;

/** What was asked of a source. */
interface Source extends ByteStream {
  readonly taken: number[];
  readonly closed: () => number;
}

/** These bytes in pieces of a size, or as a reader of them that gives no more than that at once. */
function sourceOf(bytes: Uint8Array, pieceSize: number): Source {
  const taken: number[] = [];
  let closed = 0;
  return {
    taken,
    closed: () => closed,
    async *[Symbol.asyncIterator]() {
      try {
        for (let at = 0; at < bytes.length; at += pieceSize) {
          taken.push(at);
          yield bytes.subarray(at, at + pieceSize);
        }
      } finally {
        closed++;
      }
    },
    reader: (): ByteReader => {
      let at = 0;
      return {
        read: async (buffer) => {
          taken.push(at);
          const piece = bytes.subarray(at, at + Math.min(pieceSize, buffer.length));
          buffer.set(piece);
          at += piece.length;
          return piece.length;
        },
        close: async () => void closed++,
      };
    },
  };
}

/** What came of a stream, and the message of what it threw. */
interface Given {
  readonly bytes: Buffer;
  readonly thrown: string | undefined;
}

type Way = (stream: ByteStream) => Promise<Given>;

const gather = async (each: (keep: (piece: Uint8Array) => void) => Promise<void>): Promise<Given> => {
  const pieces: Uint8Array[] = [];
  const thrown = await each((piece) => void pieces.push(Buffer.from(piece))).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { bytes: Buffer.concat(pieces), thrown };
};

const iterate: Way = (stream) =>
  gather(async (keep) => {
    for await (const piece of stream) {
      expect(piece.length).toBeLessThanOrEqual(block);
      keep(piece);
    }
  });

/** Into memory that is used again. */
const readInto: Way = (stream) =>
  gather(async (keep) => {
    const reader = stream.reader?.();
    const buffer = new Uint8Array(block);
    try {
      for (let count = await reader?.read(buffer); count; count = await reader?.read(buffer)) keep(buffer.subarray(0, count));
    } finally {
      await reader?.close();
    }
  });

const asStream = (bytes: Uint8Array | ByteStream): ByteStream => {
  if (ArrayBuffer.isView(bytes)) throw new Error('a stream was expected');
  return bytes;
};

describe.each([
  ['iterated', iterate],
  ['read into given memory', readInto],
])('a stream that is %s', (_, take) => {
  it.each([1_000, block, block + 1, content.length])(
    'gives all bytes where they are right, in pieces of %i',
    async (pieceSize) => {
      const source = sourceOf(content, pieceSize);
      const { bytes, thrown } = await take(asStream(verified(source, expected)));
      expect([thrown, bytes.equals(content), source.closed()]).toEqual([undefined, true, 1]);
    },
  );

  it.each([0, Math.floor(content.length / 2), content.length - 1])(
    'holds its last piece back where byte %i is another one',
    async (index) => {
      for (const pieceSize of [1_000, block, content.length]) {
        const source = sourceOf(Buffer.from(content).fill(7, index, index + 1), pieceSize);
        const { bytes, thrown } = await take(asStream(verified(source, expected)));
        expect(thrown).toMatch(mismatch);
        // No less is held back than a byte, and no more than a block.
        expect(bytes.length).toBeLessThan(content.length);
        expect(bytes.length).toBeGreaterThanOrEqual(content.length - block);
        expect(source.closed()).toBe(1);
      }
    },
  );

  it('throws where it ends early, and where it does not end', async () => {
    const early = await take(asStream(verified(sourceOf(content.subarray(1), block), expected)));
    expect(early.thrown).toBe(`it ends after ${content.length - 1} of ${content.length} bytes`);
    const longer = await take(asStream(verified(sourceOf(Buffer.concat([content, content]), 1_000), expected)));
    expect(longer.thrown).toBe(`it has more than ${content.length} bytes`);
  });

  it('without bytes is right under the digest of nothing, and under no other', async () => {
    const nothing = { digest: digestOf(new Uint8Array(0)), size: 0, wrong };
    expect((await take(asStream(verified(sourceOf(new Uint8Array(0), 1), nothing)))).thrown).toBeUndefined();
    const other = await take(asStream(verified(sourceOf(new Uint8Array(0), 1), { ...expected, size: 0 })));
    expect(other.thrown).toMatch(mismatch);
  });
});

it('a stream is read no faster than it is taken, and closed where it is left', async () => {
  const source = sourceOf(content, block);
  const pieces = asStream(verified(source, expected))[Symbol.asyncIterator]();
  expect(source.taken).toEqual([]);
  await pieces.next();
  expect(source.taken).toEqual([0]);
  await pieces.next();
  expect(source.taken).toEqual([0, block]);
  await pieces.return?.();
  expect([source.taken.length, source.closed()]).toEqual([2, 1]);
});

it('a stream without a reader has none', () => {
  const { reader, ...source } = sourceOf(content, block);
  expect(reader).toBeDefined();
  expect(asStream(verified(source, expected)).reader).toBeUndefined();
});

it('one buffer is checked at once, and given as it is', () => {
  expect(verified(content, expected)).toBe(content);
  expect(() => verified(content.subarray(1), expected)).toThrow('it ends after');
  expect(() => verified(Buffer.from(content).fill(7, 3, 4), expected)).toThrow(mismatch);
});
