/** Expiry of idle uploads. */
import type { UploadId } from '../../lib/driver.ts';
import { checkpointKey, uploadDataKey, uploadDirectory } from '../tree/layout.ts';
import { removeDirectory } from './changes.ts';
import { type Disk, stat } from './disk.ts';
import { acquire, currentHolder, release, withCurrentHolder } from './leases.ts';

/** Ends an upload that was idle since `before`, unless a living process holds its lease. True if it was ended. */
export async function expireIfIdle(disk: Disk, id: UploadId, before: Date): Promise<boolean> {
  const directory = uploadDirectory(id);
  if (!(await isIdle(disk, id, before))) return false;
  // An upload whose creation was interrupted has no holder's directory, so there is nothing to lease.
  if ((await currentHolder(disk, directory)) === undefined) return removeDirectory(disk, directory);
  const lease = await acquire(disk, directory, 0);
  if (lease === undefined) return false;
  try {
    // An append may have ended between the first check and the lease.
    return (await isIdle(disk, id, before)) && (await removeDirectory(disk, directory));
  } finally {
    await release(disk, lease, lease.previousHolder);
  }
}

/** Whether data and checkpoint were last modified before `before`; without either, whether the upload was begun before. */
async function isIdle(disk: Disk, id: UploadId, before: Date): Promise<boolean> {
  const directory = uploadDirectory(id);
  const modified = await withCurrentHolder(disk, directory, async (holder) => {
    const [data, checkpoint] = await Promise.all(
      [uploadDataKey(id, holder), checkpointKey(id, holder)].map((key) => stat(disk, key)),
    );
    return data || checkpoint ? Math.max(data?.modifiedMs ?? 0, checkpoint?.modifiedMs ?? 0) : undefined;
  });
  const last = modified ?? (await stat(disk, directory))?.modifiedMs;
  return last !== undefined && last < before.getTime();
}
