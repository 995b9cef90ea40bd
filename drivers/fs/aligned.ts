/**
 * Cuts what arrives at multiples of 64 KiB of the file. Linux keeps a file in pieces of memory that are as large as the write that made
 * them, and its place, allow (large folios). A write that begins within a page gets the smallest ones: it takes twice as long itself, and
 * so does every read of the file until it leaves the memory.
 */
import type { Chunk } from '../../lib/driver.ts';

/** Where writes begin and end, in bytes. */
const alignment = 64 * 1024;

/**
 * The bytes of a chunk that goes to `offset`, in buffers to be written in one go. What is behind the last multiple of 64 KiB waits for the
 * next step; a step that reaches none, as a slow client sends it, does not wait. Buffers are released when the next ones are asked for.
 */
export async function* inAlignedWrites(chunk: Chunk, offset: number): AsyncGenerator<readonly Uint8Array[]> {
  const waiting = new Waiting();
  let position = offset;
  function* take(length: number): Generator<readonly Uint8Array[]> {
    const { buffers, whole } = waiting.take(length);
    yield buffers;
    chunk.release?.(whole);
    position += length;
  }
  for await (const step of chunk) {
    waiting.add(step);
    const end = position + waiting.length;
    const boundary = end - (end % alignment);
    yield* take(boundary > position ? boundary - position : waiting.length);
  }
  if (waiting.length > 0) yield* take(waiting.length);
}

/** Buffers that are not written, or not to their ends. */
class Waiting {
  /** In bytes. */
  length = 0;
  #buffers: Uint8Array[] = [];
  /** How many bytes of the first buffer were taken before. */
  #taken = 0;

  add(buffers: readonly Uint8Array[]): void {
    for (const buffer of buffers) {
      this.#buffers.push(buffer);
      this.length += buffer.length;
    }
  }

  /** The first `length` bytes, and the buffers that are taken to their ends with them. */
  take(length: number): { readonly buffers: readonly Uint8Array[]; readonly whole: readonly Uint8Array[] } {
    const buffers: Uint8Array[] = [];
    let count = 0;
    for (let left = length; left > 0; ) {
      const buffer = this.#buffers[count] as Uint8Array;
      const end = Math.min(buffer.length, this.#taken + left);
      buffers.push(buffer.subarray(this.#taken, end));
      left -= end - this.#taken;
      this.#taken = end < buffer.length ? end : 0;
      if (end === buffer.length) count++;
    }
    this.length -= length;
    return { buffers, whole: this.#buffers.splice(0, count) };
  }
}
