/** A file system driver on a real directory, under watch, with something in it, made anew for every test of a file. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type FsDriver, fsDriver } from '../../../drivers/fs.ts';
import { isStorageFault } from '../../../lib/driver.ts';
import { digestOf, manifestOf, pushBlob, readTag, referrerOf, repo, sample } from '../../../lib/testing/suite/samples.ts';
import { type Watched, watch } from './watched-file-system.ts';

/** The directory of the test that runs. */
export interface OnDisk {
  readonly root: string;
  readonly watched: Watched;
  readonly driver: FsDriver;
  /** Where a key lies. */
  at(key: string): string;
  /** From now on, the driver is another one over the same directory. */
  reopen(durability?: 'full' | 'none'): void;
}

/** What the repository holds: a blob, a tagged manifest, and one that refers to it. */
export const content = sample(400_000);
export const digest = digestOf(content);
export const manifest = manifestOf('{"a":1}');
export const signature = referrerOf('{"b":1}', manifest.digest);
export const latest = readTag('latest');

/** Registers the making and the removal of the directory. No file stays open, and nothing outside of it is asked for. */
export function onDisk({ filled = true } = {}): OnDisk {
  let root: string;
  let watched: Watched;
  let driver: FsDriver;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'stowage-'));
    watched = watch(root);
    driver = fsDriver({ root, fs: watched.fs });
    if (filled) await fill(driver);
  });

  afterEach(() => {
    assert.equal(watched.open(), 0, 'files were left open');
    assert.deepEqual(watched.strayed, []);
    rmSync(root, { recursive: true, force: true });
  });

  return {
    get root() {
      return root;
    },
    get watched() {
      return watched;
    },
    get driver() {
      return driver;
    },
    at: (key) => join(root, key),
    reopen(durability = 'full') {
      driver = fsDriver({ root, fs: watched.fs, durability });
    },
  };
}

async function fill(driver: FsDriver): Promise<void> {
  await pushBlob(driver, repo, content);
  await driver.manifests.put(repo, manifest);
  await driver.manifests.put(repo, signature);
  await driver.manifests.tag(repo, latest, manifest.digest);
}

/** Asserts that work fails as broken storage, and names this key. */
export async function broken(work: () => Promise<unknown>, key: string): Promise<void> {
  await assert.rejects(work, (error) => isStorageFault(error) && error.kind === 'broken' && error.message.includes(key));
}
