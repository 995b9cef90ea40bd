/** Lists of names that are gathered from directories and kept. */
import { SortedNames } from '../tree/sorted-names.ts';
import { sortedPortions } from '../tree/sorting.ts';
import type { ReadCache } from './read-cache.ts';

/** What a name takes while a list is gathered beside its characters, in bytes, about. */
const overhead = 32;
/** How much more memory a list may take while it is gathered than when it is packed. */
const gatheringFactor = 8;

/** The names of all portions; undefined if they are too many to be kept. */
export async function gatherNames<K extends string>(
  portions: AsyncIterable<readonly K[]>,
  { largestList }: ReadCache,
): Promise<SortedNames<K> | undefined> {
  const most = largestList * gatheringFactor;
  let bytes = 0;
  async function* upToMost(): AsyncGenerator<readonly K[]> {
    for await (const names of portions) {
      for (const name of names) bytes += name.length + overhead;
      if (bytes > most) return;
      yield names;
    }
  }
  const sorted = await sortedPortions(upToMost());
  const names = bytes > most ? undefined : await SortedNames.from(sorted);
  return names && names.bytes <= largestList ? names : undefined;
}
