/** How the bytes of a random command come: in steps of buffers, hashed or not, and to the end or not. */
import type { Chunk } from '../../../driver.ts';
import { chunkOf, type Step } from '../samples.ts';

/** How a chunk comes. */
export interface Coming {
  /** How many buffers there are in each step. None: a chunk without a step, and without bytes. */
  readonly steps: readonly number[];
  /** Whether its checkpoint has a digest. */
  readonly hashed: boolean;
  /** Whether it throws in the end. Its bytes are other ones then. */
  readonly throws: boolean;
}

/** What an answer is called that is the failure of the chunk itself. */
export const passed = 'threw what the chunk threw';

const failure = new Error('the chunk breaks');

/** What work gives; that it threw what a chunk threw counts as an answer. */
export async function orFailure<T>(work: () => Promise<T>): Promise<T | typeof passed> {
  try {
    return await work();
  } catch (error) {
    if (error !== failure) throw error;
    return passed;
  }
}

/** A chunk of these bytes, for an upload that has the bytes `before`. */
export function chunkThat(before: Uint8Array, bytes: Uint8Array, { steps, hashed, throws }: Coming): Chunk {
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

/** How a chunk comes, for people. */
export function comingText({ steps, hashed, throws }: Coming): string {
  const buffers = steps.length > 0 ? `steps of ${steps.join('+')} buffers` : 'no step';
  return `in ${buffers}${hashed ? '' : ' without a digest'}${throws ? ', then it throws' : ''}`;
}
