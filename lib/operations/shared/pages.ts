/** Pages of sorted lists: distribution specification, "Listing Tags". */

/** How many entries a page has: what the client asks for, at most `max`. */
export function pageLimit(asked: number | undefined, max: number): number {
  return Math.min(asked ?? max, max);
}

/**
 * Cuts a list that was read one entry further than the page goes, so that the page knows whether another follows; one that was
 * not read to its end `goesOn` all the same. `last` is where the next page continues; it is absent on the last page and where
 * `n` is 0.
 */
export function cutPage<T>(
  entries: readonly T[],
  limit: number,
  goesOn = false,
): { readonly shown: readonly T[]; readonly last?: T } {
  const shown = entries.slice(0, limit);
  const last = goesOn || entries.length > limit ? shown.at(-1) : undefined;
  return last === undefined ? { shown } : { shown, last };
}
