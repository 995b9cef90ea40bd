/** Expiry of idle uploads. */
import { isEarlierUpload, isUploadShard, parseUploadName, uploadsDirectory } from '../tree/layout.ts';
import { removeDirectory } from './changes.ts';
import type { Claims } from './claims.ts';
import { tryEach } from './dead-instances.ts';
import { type Disk, listNames, stat } from './disk.ts';

/**
 * Ends the uploads that were last changed before `before`, unless a living instance holds them; and those that 0.1 left, which cannot
 * be gone on with. How many were ended. Goes on after a failure; throws the first at the end.
 */
export async function endIdleUploads(disk: Disk, claims: Claims, before: Date): Promise<number> {
  let ended = 0;
  const isIdle = async (key: string): Promise<boolean> => {
    const stats = await stat(disk, key);
    return stats !== undefined && stats.modifiedMs < before.getTime();
  };

  async function endIfIdle(name: string): Promise<void> {
    const upload = parseUploadName(name);
    if (upload !== undefined && (await claims.endIf(upload, isIdle))) ended++;
  }

  async function visit(name: string): Promise<void> {
    const key = `${uploadsDirectory}/${name.slice(0, -1)}`;
    if (isUploadShard(name)) await tryEach(await listNames(disk, key), endIfIdle);
    else if (isEarlierUpload(name) && (await isIdle(key)) && (await removeDirectory(disk, key))) ended++;
  }

  await tryEach(await listNames(disk, uploadsDirectory), visit);
  return ended;
}
