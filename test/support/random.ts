/** Chance that can be had again: everything is drawn from a seed. */
import { createCipheriv, createHash } from 'node:crypto';

/**
 * The seed of a run. It is the same for every run of `npm test`, so that a change is judged by what it changed; the torture draws
 * a new one each time. `STOWAGE_SEED` plays a run again.
 */
export const seed: string = process.env.STOWAGE_SEED ?? 'stowage';

/** How many times as much as usual is tried: `STOWAGE_TIMES`, for runs that may take longer. */
export const times: number = Number(process.env.STOWAGE_TIMES ?? 1);

/** A source of numbers. */
export interface Random {
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
}

/** A source of numbers that are the same for the same words. */
export function drawFrom(...words: readonly (string | number)[]): Random {
  let state = createHash('sha256').update(words.join(' ')).digest().readUInt32LE();
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
  };
}

/** Bytes that are the same for the same name. */
export function contentOf(name: string, size: number): Buffer {
  const key = createHash('sha256').update(name).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
