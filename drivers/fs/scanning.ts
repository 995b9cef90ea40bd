/**
 * Reading directories as streams of names. Some file systems give a directory in the order of its changes: tmpfs puts a name first
 * again that a rename replaces, so that a reader that has passed the beginning, and not yet come to the name, misses it. Such a
 * directory is read again until a reading meets no change, a bounded number of times: what every one of them missed was moved during
 * each, and did not come first in any.
 */
import { type Disk, maxReadings, nameOf, namesGo, stat } from './disk.ts';
import { isMissing, undefinedIfMissing } from './system.ts';

/** How many names are read from a directory at once: the event loop has its turn in between. */
const namesPerRead = 1000;
/** How many names a system gives in one call whatever their length, 255 bytes at most; between its calls, names move. */
const namesPerCall = 100;
/** How long a directory may be changed without a change of its time: the tick of the clock that systems stamp files with. */
const tickMs = 20;

/**
 * The names in a directory as they are read, in portions and in no order; those of directories end in `/`. Each that is there from
 * the beginning to the end is among them, perhaps more than once. None if there is no such directory. Those who need few names ask for
 * small portions.
 */
export async function* scanPortions(
  disk: Disk,
  directory: string,
  namesAtOnce: number = namesPerRead,
): AsyncGenerator<readonly string[]> {
  for (let reading = 1; reading <= maxReadings; reading++) {
    const begunMs = Date.now();
    let count = 0;
    let isBroken = false;
    const onBroken = (): void => {
      isBroken = true;
    };
    for await (const names of readPortions(disk, directory, namesAtOnce, onBroken)) {
      count += names.length;
      yield names;
    }
    if (isBroken) continue;
    if (count <= namesPerCall) return;
    const stats = await stat(disk, directory);
    if (stats === undefined || stats.modifiedMs < begunMs - tickMs || reading === maxReadings) return;
  }
  throw namesGo(directory);
}

/** The names in a directory, as {@link scanPortions} gives them, one by one. */
export async function* scanNames(disk: Disk, directory: string, namesAtOnce?: number): AsyncGenerator<string> {
  for await (const names of scanPortions(disk, directory, namesAtOnce)) yield* names;
}

/** The names in a directory, read once. A generator for each portion and not for each name: those of a long list are what takes its time. */
async function* readPortions(
  disk: Disk,
  directory: string,
  namesAtOnce: number,
  onBroken: () => void,
): AsyncGenerator<readonly string[]> {
  const doing = `listing ${directory}`;
  const entries = await undefinedIfMissing(doing, disk.fs.opendir(disk.pathOf(directory), { bufferSize: namesAtOnce }));
  if (entries === undefined) return;
  let names: string[] = [];
  try {
    for await (const entry of entries) {
      if (names.push(nameOf(entry)) < namesAtOnce) continue;
      yield names;
      names = [];
    }
  } catch (error) {
    // Where a file system does not say which names are directories, each is looked at: what is missing may be one of them that went.
    if (isMissing(error) && (await stat(disk, directory))) onBroken();
    else await undefinedIfMissing(doing, Promise.reject(error));
  }
  if (names.length > 0) yield names;
}
