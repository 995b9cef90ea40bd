/** A driver in memory, and one in a directory of its own, for tests that are about neither. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../../lib/driver.ts';

/** Their names. */
export const memoryAndFs = ['memory', 'fs'] as const;

/** Makes such drivers, and ends them, and what else is to be closed before them, after each test of the file that calls this. */
export function createDrivers() {
  const open: Pick<Driver, 'close'>[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close?.();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return {
    open,
    create(name: (typeof memoryAndFs)[number]): Driver {
      const root = name === 'fs' ? mkdtempSync(join(tmpdir(), 'stowage-')) : undefined;
      if (root !== undefined) folders.push(root);
      const driver = root === undefined ? memoryDriver() : fsDriver({ root, durability: 'none' });
      open.push(driver);
      return driver;
    },
  };
}
