/**
 * Whether this driver is the only one that writes to its directory. Every other one makes a record of itself before it changes anything,
 * so a directory of records that has no other one, and shows no change since, proves that all changes since are this driver's own.
 */
import { instancesDirectory, isInstance } from '../tree/layout.ts';
import { type Disk, listNames, statsOf } from './disk.ts';
import { isSame, isSettled } from './read-cache.ts';
import type { SystemStats } from './system.ts';

/** A time in which this driver is alone: how the directory of records looked when it began. */
export type Alone = SystemStats;

/** Tells whether this driver is alone. */
export interface Solitude {
  /** The time in which this driver is alone now; undefined where it is not, or where that cannot be known. */
  begin(): Promise<Alone | undefined>;
  /** Whether that time has not ended. */
  lasts(alone: Alone | undefined): Promise<boolean>;
}

/** Tells it of a disk. */
export function createSolitude(disk: Disk): Solitude {
  let current: Alone | undefined;

  async function lasts(alone: Alone | undefined): Promise<boolean> {
    if (alone === undefined || alone !== current) return false;
    const stats = await statsOf(disk, instancesDirectory);
    return stats !== undefined && isSame(alone, stats);
  }

  return {
    lasts,
    async begin() {
      if (await lasts(current)) return current;
      current = undefined;
      const lookedMs = Date.now();
      const stats = await statsOf(disk, instancesDirectory);
      if (stats === undefined || !isSettled(stats, lookedMs)) return undefined;
      const records = await listNames(disk, instancesDirectory);
      if (records.some((name) => isInstance(name) && name !== disk.instances.id)) return undefined;
      current = stats;
      return (await lasts(stats)) ? stats : undefined;
    },
  };
}
