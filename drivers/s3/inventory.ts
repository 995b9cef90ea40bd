/** The inventory of a store: listings tell size and time, and of blobs the links are read, which have the size of the bytes. */
import { type Digest, type Inventory, type ItemKind, type Page, type RepositoryName, StorageFault } from '../../lib/driver.ts';
import { createInventory } from '../tree/inventory.ts';
import { discardedCopiesPrefix, itemKey, itemsPrefix, parseDigestPath, parseDiscardedCopy } from '../tree/layout.ts';
import type { Objects } from '../tree/objects.ts';
import { decodeLocation } from './content.ts';
import type { Store } from './store.ts';
import { isValue, type StoreTrash } from './trash.ts';

/** What a listing tells of an item, or of the copy of one that was discarded. */
interface Listed {
  readonly digest: Digest;
  /** Where its value is. */
  readonly key: string;
  readonly size: number;
  readonly written: Date;
}

/** The inventory of a store. */
export function createS3Inventory(store: Store, objects: Objects, trash: StoreTrash, reclaim: Inventory['reclaim']): Inventory {
  /** The objects below a prefix whose name gives a digest, behind a name. */
  async function* listed(
    prefix: string,
    after: string | undefined,
    digestOf: (name: string) => Digest | undefined,
  ): AsyncGenerator<Listed> {
    for await (const { name, size, written } of store.walk(prefix, after)) {
      const digest = digestOf(name);
      if (digest === undefined || size === undefined || !isValue(size)) continue;
      if (!written) throw new StorageFault('broken', `${prefix}${name} is listed without its time`);
      yield { digest, key: prefix + name, size, written };
    }
  }

  const heldIn = (repo: RepositoryName, kind: ItemKind, { after }: Page<Digest>): AsyncIterable<Listed> =>
    listed(itemsPrefix(repo, kind), after?.replace(':', '/'), (name) => {
      const [algorithm = '', hex = ''] = name.split('/');
      return parseDigestPath(algorithm, hex);
    });

  // A `/` sorts behind the `.` that the version stands after.
  const discardedIn = (repo: RepositoryName, kind: ItemKind, { after }: Page<Digest>): AsyncIterable<Listed> =>
    listed(discardedCopiesPrefix(repo, kind), after && `${after.replace(':', '/')}/`, (name) => parseDiscardedCopy(name)?.digest);

  /** The size of what was listed: of a blob, that of its bytes. Undefined if it is gone. */
  async function sizeOf(kind: ItemKind, { key, size }: Listed): Promise<number | undefined> {
    if (kind === 'manifest') return size;
    const found = await store.read(key);
    return found && isValue(found.bytes.length) ? decodeLocation(key, found.bytes).size : undefined;
  }

  return createInventory<Listed>({
    objects,
    trash,
    list: (list, ...of) => (list === 'held' ? heldIn(...of) : discardedIn(...of)),
    async look(list, repo, kind, found) {
      const discarded = list === 'discarded' ? await trash.find(itemKey(repo, kind, found.digest)) : undefined;
      // A copy of which no note speaks is left over.
      if (list === 'discarded' && discarded?.place !== found.key) return undefined;
      const size = await sizeOf(kind, found);
      return size === undefined ? undefined : { digest: found.digest, size, at: discarded?.at ?? found.written };
    },
    reclaim,
  });
}
