/** Removal of empty directories of repositories: those that earlier versions left, and those that a failure or a death left. */
import { isChildDirectory, isPointersDirectory, repositoriesPrefix } from '../tree/layout.ts';
import { listRepositoryNames } from '../tree/listings.ts';
import type { Objects } from '../tree/objects.ts';
import { parentOf } from './directories.ts';
import type { Disk } from './disk.ts';
import { scanNames } from './scanning.ts';
import type { TagLists } from './tag-lists.ts';

/** How many repositories one sweep looks at; the next goes on behind them. */
const perSweep = 2_000;

/** Removes what is empty in some of the repositories, in others each time, until all had their turn. */
export function createEmptyDirectorySweep(disk: Disk, objects: Objects, lists: TagLists): () => Promise<void> {
  let last = '';

  /** Removes the directory if it has nothing in it but empty directories. False if it is left. */
  async function removeIfEmpty(directory: string): Promise<boolean> {
    for await (const name of scanNames(disk, directory)) {
      if (!name.endsWith('/')) return false;
      const removed = await removeIfEmpty(`${directory}/${name.slice(0, -1)}`);
      // Each tag has a directory, and there may be a million: the first that is not empty tells that the others are not left over.
      if (!removed && isPointersDirectory(directory)) return false;
    }
    const prune = () => disk.directories.prune(directory);
    const isOfTag = isPointersDirectory(parentOf(directory));
    return (await (isOfTag ? lists.change(directory, prune) : prune())) !== directory;
  }

  return async () => {
    let seen = 0;
    for await (const repo of listRepositoryNames(objects, last)) {
      // Before its turn: one that cannot be read shall not keep the next sweeps from the others.
      last = repo;
      const directory = repositoriesPrefix + repo;
      for await (const name of scanNames(disk, directory)) {
        if (isChildDirectory(name)) await removeIfEmpty(`${directory}/${name.slice(0, -1)}`);
      }
      await disk.directories.prune(directory);
      if (++seen === perSweep) return;
    }
    last = '';
  };
}
