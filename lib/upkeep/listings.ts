/** What a driver and its inventory list, page by page. */
import { mapConcurrently } from '../concurrency.ts';
import type { Digest, Driver, Inventory, Item, ItemKind, RepositoryName, Tag } from '../driver.ts';

/** How many entries are asked for at a time. */
const pageSize = 500;

/** The inventory of a driver. Throws a TypeError where it has none. */
export function inventoryOf({ name, inventory }: Driver): Inventory {
  if (inventory === undefined) throw new TypeError(`the driver ${name} has no inventory: nothing of it can be looked through`);
  return inventory;
}

/** All repositories behind `after`, in byte order. */
export async function* repositoriesOf(
  inventory: Pick<Inventory, 'repositories'>,
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
  inventory: Pick<Inventory, 'held' | 'discarded'>,
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

/** How many digests can be between one and what it is without its last digit. */
const digitsOfHex = 16;

/** What sorts right before a digest, to be a marker of pages: it is without its last digit. */
export const before = (digest: Digest): Digest => digest.slice(0, -1) as Digest;

/** Whether the repository holds the item, which is not looked for. */
export async function isHeld(
  inventory: Pick<Inventory, 'held'>,
  repo: RepositoryName,
  kind: ItemKind,
  digest: Digest,
  signal?: AbortSignal,
): Promise<boolean> {
  const page = await inventory.held(repo, kind, { after: before(digest), limit: digitsOfHex }, signal);
  return page.some((item) => item.digest === digest);
}

/** A tag, and the manifest that it points at. */
export interface TagOf {
  readonly tag: Tag;
  readonly digest: Digest;
}

/** How many tags are listed at a time. */
const tagsAtOnce = 1_000;

/** The tags of a repository in byte order, and what they point at. */
export async function* tagsOf(
  { manifests }: Pick<Driver, 'manifests'>,
  repo: RepositoryName,
  signal?: AbortSignal,
): AsyncGenerator<TagOf> {
  for (let after: Tag | undefined; ; ) {
    signal?.throwIfAborted();
    const page = (await manifests.tags(repo, { after, limit: tagsAtOnce }, signal)) ?? [];
    const digests = await mapConcurrently(page, (tag) => manifests.resolve(repo, tag));
    for (const [index, tag] of page.entries()) {
      const digest = digests[index];
      if (digest !== undefined) yield { tag, digest };
    }
    after = page.at(-1);
    if (after === undefined || page.length < tagsAtOnce) return;
  }
}
