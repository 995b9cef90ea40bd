/** Random choices that can be repeated: everything is drawn from a seed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

/** A source of choices. */
export interface Random {
  /** A whole number from `least` to `most`, both inclusive. */
  between(least: number, most: number): number;
  /** True with this probability, from 0 to 1. */
  chance(probability: number): boolean;
  /** One of the choices, all equally likely. Fails if there are none. */
  oneOf<T>(choices: readonly T[]): T;
  /** One of the choices, with probabilities in proportion to their weights. Fails if there are none. */
  weighted<T extends { readonly weight: number }>(choices: readonly T[]): T;
}

/** Creates a source whose choices are the same for the same seed and number. */
export function createRandom(seed: string, number: number): Random {
  const next = numbersFrom(createHash('sha256').update(`${seed} ${number}`).digest().readUInt32LE());
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    between,
    chance: (probability) => next() < probability,
    oneOf: (choices) => {
      const chosen = choices[between(0, choices.length - 1)];
      assert.ok(chosen !== undefined, 'there is nothing to choose from');
      return chosen;
    },
    weighted: (choices) => {
      let left = next() * choices.reduce((sum, { weight }) => sum + weight, 0);
      for (const choice of choices) {
        left -= choice.weight;
        if (left < 0) return choice;
      }
      return assert.fail('there is nothing to choose from');
    },
  };
}

/** A generator of numbers from 0 (inclusive) to 1 (exclusive): mulberry32. */
function numbersFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
