/** Chunks as the library gives them: their bytes come from a connection, and come once. */
import assert from 'node:assert/strict';
import type { Chunk } from '../../driver.ts';

/** The chunk, which fails when it is iterated a second time. */
export function readableOnce(chunk: Chunk): Chunk {
  let read = false;
  return {
    checkpoint: () => chunk.checkpoint(),
    [Symbol.asyncIterator]() {
      assert.ok(!read, 'the chunk was read a second time');
      read = true;
      return chunk[Symbol.asyncIterator]();
    },
  };
}
