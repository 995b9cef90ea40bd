/** The inventory of a disk: lists of names, and a look at the file of each item. */
import { stepsAtOnce } from '../../lib/concurrency.ts';
import type { Digest, Inventory, ItemKind, Page, RepositoryName } from '../../lib/driver.ts';
import { createInventory } from '../tree/inventory.ts';
import { contentKey, itemKey, itemsPrefix, trashDirectory, trashedPrefix } from '../tree/layout.ts';
import { listDigests } from '../tree/listings.ts';
import type { Objects } from '../tree/objects.ts';
import { sorted } from '../tree/sorting.ts';
import { createUnlisting } from '../tree/unlisting.ts';
import type { Contents } from './contents.ts';
import { type Disk, stat } from './disk.ts';
import type { FsTrash } from './trash.ts';

/** The inventory of a disk; `objects` are those without their trash. */
export function createFsInventory(
  disk: Disk,
  objects: Objects,
  trash: FsTrash,
  contents: Pick<Contents, 'reclaim'>,
  withdraw: Inventory['withdraw'],
): Inventory {
  const { unlistGone } = createUnlisting(objects, trash);

  /** Size and time of an item by its file: of a blob, how large its bytes are. */
  async function look(
    kind: ItemKind,
    digest: Digest,
    key: string,
  ): Promise<{ readonly size: number; readonly at: Date } | undefined> {
    const [file, content] = await Promise.all([stat(disk, key), kind === 'blob' ? stat(disk, contentKey(digest)) : undefined]);
    return file && { size: kind === 'blob' ? (content?.size ?? 0) : file.size, at: new Date(file.modifiedMs) };
  }

  async function* discardedDigests(repo: RepositoryName, kind: ItemKind, { after, limit }: Page<Digest>): AsyncGenerator<Digest> {
    // Few times share a trash: the first digests of each are merged. What was discarded at several times is there once.
    for (let last = after; ; ) {
      const firsts: Digest[] = [];
      for (const at of await trash.times(trashDirectory(repo))) {
        let left = limit;
        for await (const digest of listDigests(objects, trashedPrefix(repo, at, kind), last, limit)) {
          firsts.push(digest);
          if (--left === 0) break;
        }
      }
      const page = await sorted(firsts, limit);
      yield* page;
      last = page.at(-1);
      if (page.length < limit) return;
    }
  }

  return createInventory<Digest>({
    objects,
    trash,
    list: (list, repo, kind, page) =>
      list === 'held'
        ? listDigests(objects, itemsPrefix(repo, kind), page.after, page.limit + stepsAtOnce)
        : discardedDigests(repo, kind, page),
    async look(list, repo, kind, digest) {
      const key = itemKey(repo, kind, digest);
      const discarded = list === 'discarded' ? await trash.find(key) : undefined;
      if (list === 'discarded' && !discarded) return undefined;
      const known = await look(kind, digest, discarded?.place ?? key);
      return known && { digest, size: known.size, at: discarded?.at ?? known.at };
    },
    async reclaim(signal) {
      await unlistGone(signal);
      return contents.reclaim(signal);
    },
    withdraw,
  });
}
