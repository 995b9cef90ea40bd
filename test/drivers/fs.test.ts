/** The file system driver on a real directory: the suite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import type { Driver } from '../../lib/driver.ts';
import { testDriver } from '../../lib/testing/suite/index.ts';
import { amounts, few } from '../support/drivers/amounts.ts';
import { filesBelow } from '../support/drivers/files-below.ts';

for (const durability of ['full', 'none'] as const) {
  const roots = new WeakMap<Driver, string>();
  const rootOf = (driver: Driver): string => roots.get(driver) ?? '';
  const again = (driver: Driver): Driver => fsDriver({ root: rootOf(driver), durability });

  testDriver(
    {
      name: `fsDriver with durability ${durability}`,
      lacks: ['blob.url'],
      // With full durability a sequence waits for the disk some fifty times.
      amounts: durability === 'full' ? few : amounts,
      create() {
        const root = mkdtempSync(join(tmpdir(), 'stowage-'));
        const driver = fsDriver({ root, durability });
        roots.set(driver, root);
        return driver;
      },
      reopen: again,
      peer: again,
      staged: (driver) => ['staging', 'uploads'].flatMap((folder) => filesBelow(join(rootOf(driver), folder))),
      dispose: (driver) => rmSync(rootOf(driver), { recursive: true, force: true }),
    },
    { describe, it },
  );
}
