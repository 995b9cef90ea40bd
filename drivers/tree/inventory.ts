/** The inventory over objects and their trash. */
import { mapAhead, stepsAtOnce } from '../../lib/concurrency.ts';
import type { Digest, Inventory, Item, ItemKind, Page, Reclaimed, RepositoryName } from '../../lib/driver.ts';
import { itemKey } from './layout.ts';
import { listRepositoryNames, repositoryExists } from './listings.ts';
import type { Objects } from './objects.ts';
import { parseSubject } from './records.ts';
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
    async (repo, kind, page, signal) => {
      const items: Item[] = [];
      if (page.limit === 0) return items;
      const find = (found: Found) => look(name, repo, kind, found);
      for await (const item of mapAhead(list(name, repo, kind, page), find, Math.min(page.limit, stepsAtOnce))) {
        signal?.throwIfAborted();
        if (item !== undefined && items.push(item) === page.limit) break;
      }
      return items;
    };

  const { unlist } = createUnlisting(objects, trash);

  return {
    async repositories({ after, limit }, signal) {
      const page: RepositoryName[] = [];
      if (limit === 0) return page;
      const find = async (repo: RepositoryName) => ({
        repo,
        is: (await repositoryExists(objects, repo)) || (await trash.holds(repo)),
      });
      const width = Math.min(limit, stepsAtOnce);
      for await (const { repo, is } of mapAhead(listRepositoryNames(objects, after, signal, width), find, width)) {
        signal?.throwIfAborted();
        if (is && page.push(repo) === limit) break;
      }
      return page;
    },

    held: pageOf('held'),

    discarded: pageOf('discarded'),

    discard: (repo, kind, digest, at) => trash.put(itemKey(repo, kind, digest), at),

    async remove(repo, kind, digest, before) {
      const key = itemKey(repo, kind, digest);
      const found = await trash.find(key);
      if (found === undefined || found.at >= before) return false;
      const start = kind === 'manifest' ? await objects.getStart(found.place, 1024) : undefined;
      const subject = start && parseSubject(start.bytes);
      const isRemoved = (await trash.drop(key, before)) && !(await objects.has(key)) && (await trash.find(key)) === undefined;
      if (isRemoved && subject !== undefined) await unlist(repo, digest, subject);
      return isRemoved;
    },

    reclaim,

    withdraw,
  };
}
