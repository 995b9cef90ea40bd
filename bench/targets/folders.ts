/**
 * Folders in which servers store what is measured. They are emptied of bytes when a server has ended, and removed when this process ends: ext4
 * without a journal does not use the number of a removed file again for a minute, and looks at all of them whenever it makes a file.
 */
import { rmSync } from 'node:fs';
import { lstat, mkdtemp, opendir, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files that are smaller stay as they are: there are many. */
const largeBytes = 64 * 1024;

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** An empty folder. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-bench-'));
  folders.push(folder);
  return folder;
}

/** Gives back the space of what was stored in a folder. */
export async function emptyFiles(folder: string): Promise<void> {
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await lstat(path)).size > largeBytes) await truncate(path);
  }
}
