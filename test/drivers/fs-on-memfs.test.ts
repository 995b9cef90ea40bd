import assert from 'node:assert/strict';
import { memfs } from 'memfs';
import { type FileSystem, fsDriver } from '../../drivers/fs.ts';
import type { Driver } from '../../lib/driver.ts';
import { testDriver } from './suite.ts';
import { type Watched, watch } from './watched.ts';

const root = '/registry';

/** The suite over a file system in memory, under watch: no file stays open, nothing outside the root is asked for. */
function testOnMemfs(name: string, mostBytes: number): void {
  const disks = new WeakMap<Driver, { readonly base: FileSystem; readonly watched: Watched }>();
  const openOn = (base: FileSystem): Driver => {
    const watched = watch(root, base, mostBytes);
    const driver = fsDriver({ root, fs: watched.fs });
    disks.set(driver, { base, watched });
    return driver;
  };
  const newDisk = async (): Promise<FileSystem> => {
    const { promises } = memfs().fs;
    await promises.mkdir(root);
    return promises;
  };

  testDriver({
    name,
    create: async () => openOn(await newDisk()),
    reopen: async (driver) => openOn(disks.get(driver)?.base ?? (await newDisk())),
    dispose(driver) {
      assert.equal(disks.get(driver)?.watched.open(), 0, 'files were left open');
      assert.deepEqual(disks.get(driver)?.watched.strayed, []);
    },
  });
}

testOnMemfs('fsDriver on memfs', Number.POSITIVE_INFINITY);
testOnMemfs('fsDriver on a file system that writes a little at a time', 30_011);
