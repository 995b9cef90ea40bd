/** Writes of a body begin and end at multiples of 64 KiB of the file, wherever its pieces end. */
import { expect, it } from 'vitest';
import { inAlignedWrites } from '../../drivers/fs/aligned.ts';
import type { Chunk } from '../../lib/driver.ts';

const kibibyte = 1024;

/** Writes steps of pieces of these lengths from `offset` on: where each write ended, in KiB. */
async function write(offset: number, steps: readonly (readonly number[])[]) {
  let next = 0;
  const bytes = (length: number) => Uint8Array.from({ length }, () => next++ % 251);
  const pieces = steps.map((lengths) => lengths.map(bytes));
  const released = new Set<Uint8Array>();
  const chunk: Chunk = {
    async *[Symbol.asyncIterator]() {
      yield* pieces;
    },
    release(buffers) {
      for (const buffer of buffers) released.add(buffer);
    },
    checkpoint: () => ({ offset: 0 }),
  };
  const ends: number[] = [];
  const written: Uint8Array[] = [];
  let position = offset;
  for await (const buffers of inAlignedWrites(chunk, offset)) {
    for (const buffer of buffers) {
      const piece = pieces.flat().find((one) => one.buffer === buffer.buffer);
      expect(piece && released.has(piece), 'a piece is released once it is written').toBe(false);
      position += buffer.length;
      written.push(buffer);
    }
    ends.push(position);
  }
  expect(Buffer.concat(written).equals(Buffer.concat(pieces.flat())), 'the bytes, in order').toBe(true);
  expect([...released].every((piece, index) => piece === pieces.flat()[index]) && released.size).toBe(pieces.flat().length);
  return ends.map((end) => end / kibibyte);
}

const lengths = (...kibibytes: number[]) => kibibytes.map((length) => length * kibibyte);

it('what is behind the last multiple waits for the next step, and the rest is written at the end', async () => {
  expect(await write(0, [lengths(100), lengths(50), lengths(60, 60)])).toEqual([64, 128, 256, 270]);
});

it('a piece may be cut more than once', async () => {
  expect(await write(10 * kibibyte, [lengths(10, 300), lengths(1), lengths(200)])).toEqual([320, 321, 512, 521]);
});

it('a step that reaches no multiple is written at once: the client is slow', async () => {
  expect(await write(0, [lengths(1), lengths(2), lengths(3)])).toEqual([1, 3, 6]);
});

it('no write goes past a multiple unless it ends at one, whatever lengths pieces have', async () => {
  const steps = Array.from({ length: 40 }, (_, step) =>
    Array.from({ length: (step % 5) + 1 }, (_, piece) => 7_919 * (piece + 1) + step),
  );
  const ends = await write(12_345, steps);
  const number = (end = 0) => Math.floor(end / 64);
  expect(ends.filter((end, index) => end % 64 !== 0 && number(end) !== number(ends[index - 1] ?? 12))).toEqual([]);
});
