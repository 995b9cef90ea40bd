// @ts-check
/** Chance that can be had again: everything is drawn from a seed. */
import { createCipheriv, createHash } from 'node:crypto';

/** @typedef {ReturnType<typeof drawFrom>} Random */

/**
 * A source of numbers that are the same for the same words.
 * @param {...(string | number)} words
 */
export function drawFrom(...words) {
  let state = createHash('sha256').update(words.join(' ')).digest().readUInt32LE();
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    /**
     * A whole number from `least` to `most`.
     * @param {number} least
     * @param {number} most
     */
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    /** @param {number} probability */
    chance: (probability) => next() < probability,
  };
}

/**
 * Bytes that are the same for the same name.
 * @param {string} name
 * @param {number} size
 */
export function contentOf(name, size) {
  const key = createHash('sha256').update(name).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** @param {Uint8Array} bytes */
export function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
