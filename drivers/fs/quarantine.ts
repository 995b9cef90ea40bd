/**
 * Where damaged bytes of blobs and damaged manifests are moved to: nothing looks there, so they are absent, and whoever looks after the disk can
 * still have a look at them. The links to the bytes, the tags and the entries of referrers stay: they read as absent, and lead to what is pushed
 * again under the same key.
 */
import type { Digest, Inventory, ItemKind, Moved, RepositoryName } from '../../lib/driver.ts';
import { contentKey, linkKey, manifestKey, withdrawnKey } from '../tree/layout.ts';
import type { Objects } from '../tree/objects.ts';
import { decodeManifest } from '../tree/records.ts';
import { createBlob } from './blobs.ts';
import { moveUnsynced, syncEmptied, syncParent } from './changes.ts';
import { parentOf } from './directories.ts';
import { type Disk, stat } from './disk.ts';

/** What withdraws items of a disk; `objects` are those without their trash. */
export function createWithdraw(disk: Disk, objects: Objects): NonNullable<Inventory['withdraw']> {
  async function move(from: string, to: string): Promise<boolean> {
    if (!(await moveUnsynced(disk, from, to))) return false;
    // Its new name first: a loss of power between the two leaves it in both places, and not in none.
    await syncParent(disk, to);
    await syncEmptied(disk, parentOf(from));
    return true;
  }

  const readerOf =
    (kind: ItemKind, digest: Digest, place: string): Moved =>
    async () => {
      if (kind === 'manifest') {
        const object = await objects.get(place);
        return object && decodeManifest(place, digest, object);
      }
      const content = await stat(disk, place);
      return content && createBlob(disk, place, content.size);
    };

  return async (repo: RepositoryName, kind, digest, isDamaged) => {
    const key = kind === 'blob' ? contentKey(digest) : manifestKey(repo, digest);
    const place = withdrawnKey(key, new Date());
    if (kind === 'blob' && !(await objects.has(linkKey(repo, digest)))) return false;
    // Only what is there may make directories.
    if ((await stat(disk, key)) === undefined || !(await move(key, place))) return false;
    let stays = false;
    try {
      stays = await isDamaged(readerOf(kind, digest, place));
    } finally {
      // Whoever has pushed the same meanwhile has pushed these bytes.
      if (!stays) await move(place, key);
    }
    return stays;
  };
}
