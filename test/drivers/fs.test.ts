import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fsDriver } from '../../drivers/fs.ts';
import type { Driver } from '../../lib/driver.ts';
import { testDriver } from './suite.ts';

for (const durability of ['full', 'none'] as const) {
  const roots = new WeakMap<Driver, string>();
  const openAt = (root: string): Driver => {
    const driver = fsDriver({ root, durability });
    roots.set(driver, root);
    return driver;
  };
  const rootOf = (driver: Driver): string => roots.get(driver) ?? '';

  testDriver({
    name: `fsDriver with durability ${durability}`,
    create: () => openAt(mkdtempSync(join(tmpdir(), 'stowage-'))),
    reopen: (driver) => openAt(rootOf(driver)),
    dispose: (driver) => rmSync(rootOf(driver), { recursive: true }),
  });
}
