/** What a driver answers to commands in any order, compared with a model that does the same in the plainest way. */
import assert from 'node:assert/strict';
import type { Definition, Storage } from '../definition.ts';
import { sequenceOf } from '../model/drawing.ts';
import { differenceIn, shrunk, told } from '../model/sequences.ts';

/** As long as thousands of sequences may take on a slow storage, in milliseconds. */
const timeout = 20 * 60_000;

/** Plays one of so many sequences, up to as many as there are to be; fails at the first answer that differs. */
async function play(storage: Storage, every: number, reopening: boolean): Promise<void> {
  const { seed, sequences } = storage.amounts;
  assert.ok(sequences >= 0, `amounts.sequences must be a number, and is ${sequences}`);
  for (let number = every; number <= sequences; number += every) {
    const difference = await differenceIn(sequenceOf(seed, number, reopening), storage);
    if (difference === undefined) continue;
    const { cause, ...least } = await shrunk(difference, storage);
    const message = [
      `sequence ${number} of the seed '${seed}' is not answered as the model answers it. What is left of it:`,
      told(least),
      `To play it again: amounts: { seed: '${seed}', sequences: ${number} }`,
    ].join('\n');
    throw new Error(message, cause === undefined ? {} : { cause });
  }
}

export const modelRules: readonly Definition[] = [
  {
    name: 'random sequences of commands are answered as the model answers them',
    promises: ['absence', 'repositories exist', 'names are exact'],
    timeout,
    run: (_, storage) => play(storage, 1, false),
  },
  {
    name: 'random sequences of commands are answered as the model answers them, by drivers that follow one another',
    promises: ['kept', 'same state'],
    needs: ['reopen'],
    timeout,
    // Fewer: they find what the others do, and what a driver keeps to itself.
    run: (_, storage) => play(storage, 3, true),
  },
];
