/** Pages of sorted lists: distribution specification, "Listing Tags". */

/** How many entries a page has: what the client asks for, up to the limit. */
export function pageLimit(asked: number | undefined, most: number): number {
  return Math.min(asked ?? most, most);
}

/**
 * Cuts a list that was read one entry further than the page goes. `last` is where the next page continues; it is absent
 * on the last page, and on one that was asked to be empty.
 */
export function cutPage<T>(entries: readonly T[], limit: number): { readonly shown: readonly T[]; readonly last?: T } {
  const shown = entries.slice(0, limit);
  const last = entries.length > limit ? shown.at(-1) : undefined;
  return last === undefined ? { shown } : { shown, last };
}
