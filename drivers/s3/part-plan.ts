/**
 * The plan of a multipart upload: how large its parts are, by their numbers. A store takes 10,000 parts, of 5 MiB to 5 GiB, in an
 * object of at most 5 TiB. Parts that are sent from memory have to be small; larger ones are copied by the store from an object
 * that was made of small parts. So most blobs are made of small parts alone, and still the numbers suffice for the largest.
 */

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

/** The least bytes that stores accept in a part, unless it is the last. */
export const smallestPart = 5 * mebibyte;
/** The most bytes of a part that the store copies. Stores accept 5 GiB. */
export const largestCopy = 4 * gibibyte;
/** The most bytes of an object. */
export const largestObject = 5 * 1024 * gibibyte;
/** The highest number that a part may have. */
export const lastNumber = 10_000;

/** How many bytes the part with a number should have, where parts sent from memory have `partSize`. */
export function plannedSize(number: number, partSize: number): number {
  if (number <= 2000) return partSize;
  return Math.max(partSize, number <= 4000 ? 64 * mebibyte : gibibyte);
}
