/** What an inventory lists, page by page. */
import type { Digest, Driver, Inventory, Item, ItemKind, RepositoryName } from '../driver.ts';

/** How many entries are asked for at a time. */
const pageSize = 500;

/** The inventory of a driver. Throws a TypeError where it has none. */
export function inventoryOf({ name, inventory }: Driver): Inventory {
  if (inventory === undefined) throw new TypeError(`the driver ${name} has no inventory: nothing of it can be looked through`);
  return inventory;
}

/** All repositories behind `after`, in byte order. */
export async function* repositoriesOf(
  inventory: Inventory,
  after?: RepositoryName,
  signal?: AbortSignal,
): AsyncGenerator<RepositoryName> {
  for (let last = after; ; ) {
    signal?.throwIfAborted();
    const page = await inventory.repositories({ after: last, limit: pageSize }, signal);
    yield* page;
    last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
  }
}

/** All blobs or manifests that a repository holds, or that lie in its trash, in the byte order of their digests. */
export async function* itemsOf(
  inventory: Inventory,
  list: 'held' | 'discarded',
  repo: RepositoryName,
  kind: ItemKind,
  signal?: AbortSignal,
): AsyncGenerator<Item> {
  for (let last: Digest | undefined; ; ) {
    signal?.throwIfAborted();
    const page = await inventory[list](repo, kind, { after: last, limit: pageSize }, signal);
    yield* page;
    last = page.at(-1)?.digest;
    if (last === undefined || page.length < pageSize) return;
  }
}
