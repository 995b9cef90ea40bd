/** The shape of the chunk of a random command: its steps and buffers, with a digest or without, and whether it throws. */
import type { Chunk } from '../../../driver.ts';
import { chunkOf, type Step } from '../samples.ts';

/** The shape of a chunk. */
export interface ChunkShape {
  /** The number of buffers in each step. An empty list is a chunk without steps and without bytes. */
  readonly steps: readonly number[];
  /** Whether its checkpoint has a digest. */
  readonly hashed: boolean;
  /** Whether it throws after its last step. Its bytes are then wrong ones, so that it shows if one of them is kept. */
  readonly throws: boolean;
}

/** The answer of a method that threw the very error that its chunk threw. */
export const threwChunkError = 'threw what the chunk threw';

const failure = new Error('the chunk breaks');

/** The value of `work`; if it throws the error of a chunk, {@link threwChunkError}. Any other error passes. */
export async function catchChunkError<T>(work: () => Promise<T>): Promise<T | typeof threwChunkError> {
  try {
    return await work();
  } catch (error) {
    if (error !== failure) throw error;
    return threwChunkError;
  }
}

/** Creates a chunk of these bytes and this shape, for an upload that has the bytes `before`. */
export function createChunk(before: Uint8Array, bytes: Uint8Array, { steps, hashed, throws }: ChunkShape): Chunk {
  const sent = throws ? bytes.map((byte) => byte ^ 0xff) : bytes;
  const buffers = steps.reduce((sum, many) => sum + many, 0);
  const size = Math.ceil(sent.length / Math.max(1, buffers));
  let position = 0;
  const next = (): Uint8Array => {
    position += size;
    return sent.subarray(position - size, position);
  };
  const cut: Step[] = steps.map((many) => Array.from({ length: many }, next));
  const chunk = chunkOf(before, throws ? [...cut, failure] : cut);
  return hashed ? chunk : { ...chunk, checkpoint: () => ({ offset: chunk.checkpoint().offset }) };
}

/** The shape as text: `in steps of 1+2 buffers, then it throws`. */
export function formatShape({ steps, hashed, throws }: ChunkShape): string {
  const buffers = steps.length > 0 ? `steps of ${steps.join('+')} buffers` : 'no step';
  return `in ${buffers}${hashed ? '' : ' without a digest'}${throws ? ', then it throws' : ''}`;
}
