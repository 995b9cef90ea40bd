/** Chance that can be had again: everything is drawn from a seed. */
export interface Random {
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
}

/** A source of numbers that are the same for the same words. */
export function drawFrom(...words: readonly (string | number)[]): Random;

/** Bytes that are the same for the same name. */
export function contentOf(name: string, size: number): Buffer;

export function digestOf(bytes: Uint8Array): string;
