/**
 * Folders in which servers store what is measured. They are emptied of bytes when a server has ended, and removed when this process ends: ext4
 * without a journal does not use the number of a removed file again for a minute, and looks at all of them whenever it makes a file.
 */
import { spawnSync } from 'node:child_process';
import { lstat, mkdtemp, readdir, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files that are smaller stay as they are: there are many. */
const largeBytes = 64 * 1024;

const folders: string[] = [];
process.on('exit', () => {
  // Not rmSync(): it takes minutes and gigabytes of memory for a million files.
  spawnSync('rm', ['-rf', '--', ...folders], { stdio: 'inherit' });
});
// A signal alone would end the process without its exit.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** An empty folder. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-bench-'));
  folders.push(folder);
  return folder;
}

/** Gives back the space of what was stored in a folder. */
export async function emptyFiles(folder: string): Promise<void> {
  // Not opendir(): with `recursive` it leaves out some in Node 20.
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await lstat(path)).size > largeBytes) await truncate(path);
  }
}
