/** The file system driver over memfs, a file system in memory that is not `node:fs`. */
import assert from 'node:assert/strict';
import { memfs } from 'memfs';
import { describe, it } from 'vitest';
import { type FileSystem, fsDriver } from '../../drivers/fs.ts';
import type { Driver } from '../../lib/driver.ts';
import { testDriver } from '../../lib/testing/suite/index.ts';
import { amounts, few } from '../support/drivers/amounts.ts';
import { type Watched, watch } from '../support/drivers/watched-file-system.ts';

const root = '/registry';

/** The suite over a file system in memory, under watch: no file stays open, nothing outside the root is asked for. */
function testOnMemfs(name: string, mostBytes: number): void {
  const disks = new WeakMap<Driver, Watched>();
  const again = (driver: Driver): Driver => {
    const disk = disks.get(driver);
    assert.ok(disk);
    return fsDriver({ root, fs: disk.fs });
  };

  testDriver(
    {
      name,
      lacks: ['blob.url'],
      amounts: Number.isFinite(mostBytes) ? few : amounts,
      async create() {
        const { promises } = memfs().fs;
        await promises.mkdir(root);
        const disk = watch(root, promises as FileSystem, mostBytes);
        const driver = fsDriver({ root, fs: disk.fs });
        disks.set(driver, disk);
        return driver;
      },
      reopen: again,
      peer: again,
      dispose(driver) {
        assert.equal(disks.get(driver)?.open(), 0, 'files were left open');
        assert.deepEqual(disks.get(driver)?.strayed, []);
      },
    },
    { describe, it },
  );
}

testOnMemfs('fsDriver on memfs', Number.POSITIVE_INFINITY);
testOnMemfs('fsDriver on a file system that writes a little at a time', 30_011);
