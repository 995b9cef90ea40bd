/** Uploads that nobody came back to. */
import type { UploadId } from '../../lib/driver.ts';
import { checkpointKey, uploadDataKey, uploadDirectory } from '../tree/layout.ts';
import { removeDirectory } from './changes.ts';
import { claim, holderOf, release, underItsName } from './claims.ts';
import { type Disk, look } from './disk.ts';

/** Ends an upload that nobody touched since, unless a living process is at it. Says whether it did. */
export async function endUntouched(disk: Disk, id: UploadId, before: Date): Promise<boolean> {
  const directory = uploadDirectory(id);
  if (!(await isUntouched(disk, id, before))) return false;
  // One that never came to its first checkpoint has nothing to be claimed.
  if ((await holderOf(disk, directory)) === undefined) return removeDirectory(disk, directory);
  const held = await claim(disk, directory, 0);
  if (held === undefined) return false;
  try {
    // An append may have come to its end between the look and the claim.
    return (await isUntouched(disk, id, before)) && (await removeDirectory(disk, directory));
  } finally {
    await release(disk, held, held.from);
  }
}

/** Counts from the last change of the bytes or the checkpoint; before there are any, from the beginning. */
async function isUntouched(disk: Disk, id: UploadId, before: Date): Promise<boolean> {
  const directory = uploadDirectory(id);
  const touched = await underItsName(disk, directory, async (holder) => {
    const [data, checkpoint] = await Promise.all(
      [uploadDataKey(id, holder), checkpointKey(id, holder)].map((key) => look(disk, key)),
    );
    return data || checkpoint ? Math.max(data?.changed ?? 0, checkpoint?.changed ?? 0) : undefined;
  });
  const last = touched ?? (await look(disk, directory))?.changed;
  return last !== undefined && last < before.getTime();
}
