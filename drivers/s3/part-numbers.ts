/** The numbers of the parts of one multipart upload. */
import { StorageFault } from '../../lib/driver.ts';
import { lastNumber } from './part-plan.ts';

/** Hands out part numbers to one append, in ascending order. */
export interface PartNumbers {
  /**
   * The next number, which no other append gets. Throws an {@link UploadConflict} if another request moved the upload on, and a
   * StorageFault if none is left.
   */
  next(): Promise<number>;
  /** The highest number that was handed out to this append or any before. */
  readonly used: number;
  /** The last number of the newest reservation. */
  readonly last: number;
}

/** Thrown by an append, or for a part number, if another request moved the upload on. */
export class UploadConflict extends Error {}

/** Part numbers that are reserved for one append: `first` to `last`, both included. */
export interface Reservation {
  readonly first: number;
  readonly last: number;
}

/** The numbers of a multipart upload that an append begins, and that no other knows: from 1 on. */
export function newPartNumbers(): PartNumbers {
  return partNumbersOf({ first: 1, last: Number.POSITIVE_INFINITY }, () => Promise.reject(new UploadConflict()));
}

/** The numbers of a reservation; when they have run out, of further ones that `reserve` makes. */
export function partNumbersOf(reserved: Reservation, reserve: () => Promise<Reservation>): PartNumbers {
  let { first, last } = reserved;
  let used = first - 1;
  return {
    next: async () => {
      if (first > last) ({ first, last } = await reserve());
      // The last of all is for the bytes that are left when the parts become an object.
      if (first >= lastNumber) throw new StorageFault('broken', 'an upload has used up its part numbers');
      used = first++;
      return used;
    },
    get used() {
      return used;
    },
    get last() {
      return last;
    },
  };
}
