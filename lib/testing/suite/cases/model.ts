/** The rules that compare a driver with the model over random sequences of commands. */
import assert from 'node:assert/strict';
import { now } from '../../../timers.ts';
import type { Definition, Storage } from '../definition.ts';
import { drawSequence } from '../model/draw-sequence.ts';
import { findDifference, formatDifference, shrink } from '../model/sequences.ts';

/** How long the sequences of a case may take, in milliseconds: enough for thousands of them, and on a slow storage for some hundred. */
const limitMs = 20 * 60_000;
/** The limit of the case leaves time for the last sequence. */
const timeout = limitMs + 60_000;

const advice = 'a storage that is so slow is tested with fewer, by amounts.sequences or --sequences';

/** Plays every `every`-th sequence; fails at the first answer that differs, with the sequence shrunk. */
async function playSequences(storage: Storage, every: number, reopening: boolean): Promise<void> {
  const { seed, sequences } = storage.amounts;
  assert.ok(sequences >= 0, `amounts.sequences must be a number, and is ${sequences}`);
  const end = now() + limitMs;
  for (let number = every; number <= sequences; number += every) {
    if (now() > end) throw new Error(`${number - every} of ${sequences} sequences took ${limitMs / 60_000} minutes: ${advice}`);
    const difference = await findDifference(drawSequence(seed, number, reopening), storage);
    if (difference === undefined) continue;
    const { cause, ...least } = await shrink(difference, storage);
    const message = [
      `sequence ${number} of the seed '${seed}': the driver does not answer as the model does. The fewest commands that show it:`,
      formatDifference(least),
      `To play it again: amounts: { seed: '${seed}', sequences: ${number} }`,
    ].join('\n');
    throw new Error(message, cause === undefined ? {} : { cause });
  }
}

/** Level `contract`, area `everything`. */
export const modelRules: readonly Definition[] = [
  {
    name: 'random sequences of commands are answered as the model answers them',
    promises: ['absence', 'repositories exist', 'names are exact'],
    timeout,
    run: (_, storage) => playSequences(storage, 1, false),
  },
  {
    name: 'random sequences of commands are answered as the model answers them, by drivers that follow one another',
    promises: ['kept', 'same state'],
    needs: ['reopen'],
    timeout,
    // Fewer sequences: beyond what the others find, these only find state that a driver keeps in memory.
    run: (_, storage) => playSequences(storage, 3, true),
  },
];
