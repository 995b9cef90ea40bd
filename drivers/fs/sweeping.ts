/** What nobody will come back to: temporary files and records of drivers whose process has ended. */
import { instancesDirectory, isInstance, stagedBy, stagingDirectory } from '../tree/layout.ts';
import { type Disk, look, names } from './disk.ts';
import { silence } from './liveness.ts';
import { ifThere } from './system.ts';

/** Removes them. One that cannot be removed hinders no other; the first such failure is thrown at the end. */
export async function sweep(disk: Disk): Promise<void> {
  const lives = new Map<string, Promise<boolean | undefined>>();
  const alive = (id: string) => {
    const known = lives.get(id) ?? disk.instances.alive(id);
    lives.set(id, known);
    return known;
  };

  async function sweepStaged(name: string): Promise<void> {
    const key = `${stagingDirectory}/${name.replace('/', '')}`;
    const owner = stagedBy(name);
    const lives = owner === undefined ? undefined : await alive(owner);
    if (lives ?? (await isRecent(disk, key))) return;
    await ifThere(`sweeping ${key}`, disk.fs.rm(disk.pathOf(key), { recursive: true }));
  }

  async function sweepRecord(name: string): Promise<void> {
    if (isInstance(name) && (await alive(name)) === false) await disk.instances.forget(name);
  }

  const staged = async () => forEach(await names(disk, stagingDirectory), sweepStaged);
  // Last, as what is left of an instance is judged by its record.
  const records = async () => forEach(await names(disk, instancesDirectory), sweepRecord);
  await forEach([staged, records], (step) => step());
}

/** Does `work` for each, also after it failed for one; then throws the first failure. */
export async function forEach<T>(each: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const name of each) await work(name).catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** Whether something of which nobody knows the owner was changed so lately that an owner may be about to come. */
async function isRecent(disk: Disk, key: string): Promise<boolean> {
  const found = await look(disk, key);
  return found !== undefined && Date.now() - found.changed < silence;
}
