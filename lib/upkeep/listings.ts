/** What a driver and its inventory list, page by page. */
import { mapConcurrently } from '../concurrency.ts';
import type { Digest, Driver, Inventory, Item, ItemKind, Page, RepositoryName, Tag } from '../driver.ts';

/** The inventory of a driver. Throws a TypeError where it has none. */
export function inventoryOf({ name, inventory }: Driver): Inventory {
  if (inventory === undefined) throw new TypeError(`the driver ${name} has no inventory: nothing of it can be looked through`);
  return inventory;
}

/** How many entries are asked for at a time. */
const entriesAtOnce = 500;
/** How many tags are: they are small. */
const tagsAtOnce = 1_000;

/** The pages of a list behind `after`, until one ends it. */
async function* pagesOf<T, Marker extends string>(
  list: (page: Page<Marker>) => Promise<readonly T[] | undefined>,
  markerOf: (entry: T) => Marker,
  limit: number,
  signal: AbortSignal | undefined,
  after?: Marker,
): AsyncGenerator<readonly T[]> {
  for (let last = after; ; ) {
    signal?.throwIfAborted();
    const page = (await list({ after: last, limit })) ?? [];
    yield page;
    const end = page.at(-1);
    if (end === undefined || page.length < limit) return;
    last = markerOf(end);
  }
}

/** All repositories behind `after`, in byte order. */
export async function* repositoriesOf(
  inventory: Pick<Inventory, 'repositories'>,
  after?: RepositoryName,
  signal?: AbortSignal,
): AsyncGenerator<RepositoryName> {
  const list = (page: Page) => inventory.repositories(page, signal);
  for await (const page of pagesOf(list, (repo: RepositoryName) => repo, entriesAtOnce, signal, after)) yield* page;
}

/** All blobs or manifests that a repository holds, or that lie in its trash, in the byte order of their digests. */
export async function* itemsOf(
  inventory: Pick<Inventory, 'held' | 'discarded'>,
  list: 'held' | 'discarded',
  repo: RepositoryName,
  kind: ItemKind,
  signal?: AbortSignal,
): AsyncGenerator<Item> {
  const items = (page: Page<Digest>) => inventory[list](repo, kind, page, signal);
  for await (const page of pagesOf(items, ({ digest }: Item) => digest, entriesAtOnce, signal)) yield* page;
}

/** The pages of the tags of a repository, in byte order, as `list` gives them. */
export const tagPagesOf = (
  list: (page: Page) => Promise<readonly Tag[] | undefined>,
  signal?: AbortSignal,
): AsyncGenerator<readonly Tag[]> => pagesOf(list, (tag) => tag, tagsAtOnce, signal);

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

/** The tags of a repository in byte order, and what they point at. */
export async function* tagsOf(
  { manifests }: Pick<Driver, 'manifests'>,
  repo: RepositoryName,
  signal?: AbortSignal,
): AsyncGenerator<TagOf> {
  for await (const page of tagPagesOf((wanted) => manifests.tags(repo, wanted, signal), signal)) {
    const digests = await mapConcurrently(page, (tag) => manifests.resolve(repo, tag));
    for (const [index, tag] of page.entries()) {
      const digest = digests[index];
      if (digest !== undefined) yield { tag, digest };
    }
  }
}
