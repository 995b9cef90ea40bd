/** The inventory over objects and their trash. */
import type { Digest, Inventory, Item, ItemKind, Page, Reclaimed, RepositoryName } from '../../lib/driver.ts';
import { itemKey } from './layout.ts';
import { firstFound, listRepositoryNames, repositoryExists } from './listings.ts';
import type { Objects } from './objects.ts';
import { manifestStartBytes, parseSubject } from './records.ts';
import type { Trash } from './trash.ts';
import { createUnlisting } from './unlisting.ts';

/** The lists of an inventory: what a repository holds, and what lies in its trash. */
export type ItemList = 'held' | 'discarded';

/** What an inventory has to know of how a tree is kept. `Found` is what stands for an item in a listing. */
export interface Kept<Found> {
  /** The objects; where what lies in the trash has other keys, those without it. */
  readonly objects: Objects;
  readonly trash: Trash;
  /** What stands for each item of a list, in the byte order of their digests, behind that of the page; few more than its limit ahead. */
  list(list: ItemList, repo: RepositoryName, kind: ItemKind, page: Page<Digest>): AsyncIterable<Found>;
  /** The item in the list that was found there; undefined if it is not in it any more. */
  look(list: ItemList, repo: RepositoryName, kind: ItemKind, found: Found): Promise<Item | undefined>;
  reclaim(signal?: AbortSignal): Promise<Reclaimed>;
  readonly withdraw?: Inventory['withdraw'];
}

/** The inventory of a tree. */
export function createInventory<Found>({ objects, trash, list, look, reclaim, withdraw }: Kept<Found>): Inventory {
  const pageOf =
    (name: ItemList): Inventory['held'] =>
    (repo, kind, page, signal) =>
      firstFound(
        () => list(name, repo, kind, page),
        page.limit,
        (found) => look(name, repo, kind, found),
        signal,
      );

  const { unlist } = createUnlisting(objects, trash);

  return {
    repositories: ({ after, limit }, signal) =>
      firstFound(
        (width) => listRepositoryNames(objects, after, signal, width),
        limit,
        async (repo) => ((await repositoryExists(objects, repo)) || (await trash.holds(repo)) ? repo : undefined),
        signal,
      ),

    held: pageOf('held'),

    discarded: pageOf('discarded'),

    discard: (repo, kind, digest, at) => trash.put(itemKey(repo, kind, digest), at),

    async remove(repo, kind, digest, before) {
      const key = itemKey(repo, kind, digest);
      const found = await trash.find(key);
      if (found === undefined || found.at >= before) return false;
      const start = kind === 'manifest' ? await objects.getStart(found.place, manifestStartBytes) : undefined;
      const subject = start && parseSubject(start.bytes);
      const isRemoved = (await trash.drop(key, before)) && !(await objects.has(key)) && (await trash.find(key)) === undefined;
      if (isRemoved && subject !== undefined) await unlist(repo, digest, subject);
      return isRemoved;
    },

    reclaim,

    withdraw,
  };
}
