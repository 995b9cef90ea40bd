/**
 * Claims that hold against other processes. What can be claimed lies in a directory whose name says who is at it:
 * `free`, or an instance. To claim it is to rename it, and of several who try only one can, as the old name is gone
 * then. A holder changes things through that name alone: one who was taken for dead, and was not, finds nothing there.
 */
import { setTimeout } from 'node:timers/promises';
import { claimKey, free, holderAt } from '../tree/layout.ts';
import { type Disk, namesIfThere } from './disk.ts';
import { ifThere } from './system.ts';

/** How long a living holder is waited for, in milliseconds. */
export const patience = 5000;
/** The longest pause between two looks, in milliseconds. */
const longestPause = 50;
/** How often a look follows what it looks for from one name to the next. */
const looks = 5;

/** A directory that is ours. */
export interface Claim {
  /** The directory that its name is in. */
  readonly directory: string;
  /** This instance: its name now. */
  readonly holder: string;
  /** Its name before: `free`, or one who died over it, or lost track of it. */
  readonly from: string;
}

/**
 * Claims what is in a directory. A living holder is waited for, a dead one is not. Undefined if there is nothing to be
 * claimed, or the holder took longer. Within one instance, whoever calls has seen to it that nobody else is at it.
 */
export async function claim(disk: Disk, directory: string, wait = patience): Promise<Claim | undefined> {
  const own = await disk.instances.own();
  const end = performance.now() + wait;
  for (let pause = 1; ; pause = Math.min(2 * pause, longestPause)) {
    if (await renamed(disk, directory, free, own)) return { directory, holder: own, from: free };
    const holder = await holderOf(disk, directory);
    if (holder === own) {
      disk.instances.owed.delete(directory);
      return { directory, holder: own, from: own };
    }
    const dead = holder !== undefined && holder !== free && !(await disk.instances.alive(holder));
    if (dead && (await renamed(disk, directory, holder, own))) return { directory, holder: own, from: holder };
    if (holder === undefined || performance.now() >= end) return undefined;
    await setTimeout(pause);
  }
}

/**
 * Gives a claim back under a name: `free`, or the one that it had before if it is not fit for everybody. Where that fails
 * it stays with this instance, which gives it back at one of the next beats, unless it needs it before.
 */
export async function release(disk: Disk, { directory, holder }: Claim, to: string = free): Promise<void> {
  if (to === holder) return;
  const giveBack = () => renamed(disk, directory, holder, to);
  try {
    await giveBack();
  } catch {
    disk.instances.owed.set(directory, giveBack);
  }
}

/** Does `look` under the name that the directory has now; again, if that changed meanwhile. */
export async function underItsName<T>(
  disk: Disk,
  directory: string,
  look: (holder: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  let holder: string | undefined = free;
  for (let turn = 0; turn < looks && holder !== undefined; turn++) {
    const found = await look(holder);
    if (found !== undefined) return found;
    const now = await holderOf(disk, directory);
    if (now === holder && turn > 0) return undefined;
    holder = now;
  }
  return undefined;
}

/** Who is at it now; undefined if there is nothing to be at. */
export async function holderOf(disk: Disk, directory: string): Promise<string | undefined> {
  for (let turn = 0; turn < 2; turn++) {
    const names = await namesIfThere(disk, directory);
    if (names === undefined) return undefined;
    const holder = names.map(holderAt).find((name) => name !== undefined);
    // A name that changed while it was listed may have been missed.
    if (holder !== undefined) return holder;
  }
  return undefined;
}

async function renamed(disk: Disk, directory: string, from: string, to: string): Promise<boolean> {
  const [source, target] = [from, to].map((holder) => disk.pathOf(claimKey(directory, holder)));
  const work = disk.fs.rename(source ?? '', target ?? '').then(() => true);
  return (await ifThere(`claiming ${directory}`, work)) ?? false;
}
