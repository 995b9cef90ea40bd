/** Chance that can be had again: everything is drawn from a seed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

/** A source of choices. */
export interface Random {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** True as often as the probability says. */
  chance(probability: number): boolean;
  /** One of several, each as likely. */
  oneOf<T>(choices: readonly T[]): T;
  /** One of several, each as likely as its weight says. */
  weighted<T extends { readonly weight: number }>(choices: readonly T[]): T;
}

/** A source of choices that are the same for the same seed and number. */
export function drawFrom(seed: string, number: number): Random {
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

/** Numbers from 0 to below 1, one after another (mulberry32). */
function numbersFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
