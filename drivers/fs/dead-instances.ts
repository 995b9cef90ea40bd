/** Removal of what dead drivers left: their temporary files and their records. */
import { instancesDirectory, isInstance, parseStagingName, stagingDirectory } from '../tree/layout.ts';
import { type Disk, listNames, stat } from './disk.ts';
import { heartbeatTimeoutMs } from './liveness.ts';
import { undefinedIfMissing } from './system.ts';

/** Sweeps staging and the records. A failure does not stop the sweep; the first one is thrown at its end. */
export async function sweep(disk: Disk): Promise<void> {
  const cache = new Map<string, Promise<boolean | undefined>>();
  const isAlive = (id: string) => {
    const alive = cache.get(id) ?? disk.instances.isAlive(id);
    cache.set(id, alive);
    return alive;
  };

  async function sweepStaged(name: string): Promise<void> {
    const key = `${stagingDirectory}/${name.replace('/', '')}`;
    const owner = parseStagingName(name);
    const alive = owner === undefined ? undefined : await isAlive(owner);
    if (alive ?? (await isRecent(disk, key))) return;
    await undefinedIfMissing(`sweeping ${key}`, disk.fs.rm(disk.pathOf(key), { recursive: true }));
  }

  async function sweepRecord(name: string): Promise<void> {
    if (isInstance(name) && (await isAlive(name)) === false) await disk.instances.removeRecord(name);
  }

  const staged = async () => tryEach(await listNames(disk, stagingDirectory), sweepStaged);
  // Records go last: they tell which of the staged files belong to dead instances.
  const records = async () => tryEach(await listNames(disk, instancesDirectory), sweepRecord);
  await tryEach([staged, records], (step) => step());
}

/** Runs `work` on every item, even after one failed; then throws the first failure. */
export async function tryEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) await work(item).catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** Whether a file without a known owner was modified within the heartbeat timeout: the owner's record may still appear. */
async function isRecent(disk: Disk, key: string): Promise<boolean> {
  const stats = await stat(disk, key);
  return stats !== undefined && Date.now() - stats.modifiedMs < heartbeatTimeoutMs;
}
