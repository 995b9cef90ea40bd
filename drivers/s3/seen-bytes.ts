/**
 * Which bytes were there a moment ago. Bytes of a blob never change under their key, and stay for as long as a link leads to them; what
 * takes them from under a link is an instance that stands still for an hour while it publishes, or somebody else in the bucket. So
 * links are asked for each time, and what was seen behind one is not looked for again for a minute, unless a reader misses it.
 */

/** How long what was seen counts as there, in milliseconds. */
const countsMs = 60_000;
/** How many keys are kept; each costs some hundred bytes. */
const mostKeys = 10_000;

/** The keys whose bytes were seen. */
export interface SeenBytes {
  /** Whether the bytes were there less than a minute ago. */
  has(key: string): boolean;
  /** Remembers that they were there at `atMs`, by `Date.now`, which goes on while a machine sleeps. */
  add(key: string, atMs: number): void;
  /** Forgets what was seen: the bytes were looked for since, and are gone. */
  forget(key: string): void;
}

/** None was seen yet. */
export function createSeenBytes(): SeenBytes {
  /** From the one on that was added first. */
  const seen = new Map<string, number>();
  return {
    has(key) {
      const agoMs = Date.now() - (seen.get(key) ?? Number.NEGATIVE_INFINITY);
      return agoMs >= 0 && agoMs < countsMs;
    },
    add(key, atMs) {
      seen.delete(key);
      seen.set(key, atMs);
      const [first] = seen.keys();
      if (seen.size > mostKeys && first !== undefined) seen.delete(first);
    },
    forget(key) {
      seen.delete(key);
    },
  };
}
