/** What a repository holds of one kind, and its trash, in memory. */
import type { Digest, Item, Page } from '../../lib/driver.ts';
import { OrderedMap } from './ordered-map.ts';

interface Kept<T> {
  readonly value: T;
  readonly atMs: number;
}

/** Values by digest. One that was discarded is still found, and is held again with that. */
export class Shelf<T> {
  readonly #held = new OrderedMap<Digest, Kept<T>>();
  readonly #trash = new OrderedMap<Digest, Kept<T>>();

  /** Whether nothing is held; what lies in the trash does not count. */
  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Whether nothing is left, not even in the trash. */
  get isGone(): boolean {
    return this.#held.size + this.#trash.size === 0;
  }

  /** The value, which is taken out of the trash if it lies there. */
  get(digest: Digest): T | undefined {
    const discarded = this.#held.has(digest) ? undefined : this.#trash.get(digest);
    if (discarded) this.set(digest, discarded.value);
    return this.#held.get(digest)?.value;
  }

  has(digest: Digest): boolean {
    return this.get(digest) !== undefined;
  }

  set(digest: Digest, value: T): void {
    this.#trash.delete(digest);
    this.#held.set(digest, { value, atMs: Date.now() });
  }

  /** Takes it away, also out of the trash. False if it was not there. */
  delete(digest: Digest): boolean {
    const wasDiscarded = this.#trash.delete(digest);
    return this.#held.delete(digest) || wasDiscarded;
  }

  /** Puts what is held into the trash. False if it is not held. */
  discard(digest: Digest, at: Date): boolean {
    const held = this.#held.get(digest);
    if (held === undefined) return false;
    this.#held.delete(digest);
    this.#trash.set(digest, { value: held.value, atMs: at.getTime() });
    return true;
  }

  /** Takes what was put into the trash before this time out of it for good, and gives it; undefined if there is no such thing. */
  remove(digest: Digest, before: Date): T | undefined {
    const discarded = this.#trash.get(digest);
    if (discarded === undefined || discarded.atMs >= before.getTime()) return undefined;
    this.#trash.delete(digest);
    return discarded.value;
  }

  /** A page of what is held, or of what lies in the trash. */
  list(place: 'held' | 'trash', page: Page<Digest>, sizeOf: (value: T) => number): Item[] {
    const items = place === 'held' ? this.#held : this.#trash;
    return items.page(page).flatMap((digest) => {
      const kept = items.get(digest);
      return kept ? [{ digest, size: sizeOf(kept.value), at: new Date(kept.atMs) }] : [];
    });
  }

  /** Another shelf with the same values. */
  copy(): Shelf<T> {
    const copy = new Shelf<T>();
    for (const [digest, kept] of this.#held.entries()) copy.#held.set(digest, kept);
    for (const [digest, kept] of this.#trash.entries()) copy.#trash.set(digest, kept);
    return copy;
  }
}
