/** Renames and deletions of files that are open elsewhere, which Windows refuses. */
import assert from 'node:assert/strict';
import { memfs } from 'memfs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystem, type FsDriver, fsDriver } from '../../drivers/fs.ts';
import { isStorageFault } from '../../lib/driver.ts';
import { assertSameBytes, manifestOf, pullBlob, pushBlob, readTag, repo, sample } from '../../lib/testing/suite/samples.ts';
import { type Call, watch } from '../support/drivers/watched-file-system.ts';

const content = sample(1000);
const manifest = manifestOf('{}');
const { platform } = process;
const runOn = (value: string) => Object.defineProperty(process, 'platform', { value });

let calls: Call[];
let failing: (fail: (call: Call) => string | undefined) => void;

/** A driver on a disk that is empty. */
function open(): FsDriver {
  const watched = watch('/registry', memfs({ '/registry': null }).fs.promises as FileSystem);
  ({ calls, failing } = watched);
  return fsDriver({ root: '/registry', fs: watched.fs });
}

const isContent = ({ to = '' }: Call) => to.startsWith('content/');
const renamesToContent = () => calls.filter(isContent).length;

afterEach(() => {
  runOn(platform);
});

describe('on Windows', () => {
  beforeEach(() => {
    runOn('win32');
  });

  it.each(['EPERM', 'EACCES', 'EBUSY'])('a rename that meets %s is repeated until the file is closed', async (code) => {
    const driver = open();
    failing((call) => (isContent(call) && renamesToContent() <= 4 ? code : undefined));
    const digest = await pushBlob(driver, repo, content);
    expect(renamesToContent()).toBe(5);
    assertSameBytes(await pullBlob(driver, repo, digest), content);
  });

  it('every rename and every deletion may meet it', async () => {
    const driver = open();
    const seen = new Set<string>();
    failing((call) => {
      if (call.name !== 'rename' && call.name !== 'unlink') return undefined;
      const about = `${call.name} ${call.key} ${call.to} ${calls.filter((each) => each.name === call.name).length % 2}`;
      if (seen.has(about)) return undefined;
      seen.add(about);
      return 'EPERM';
    });
    const digest = await pushBlob(driver, repo, content);
    await driver.manifests.put(repo, manifest);
    assert.ok(await driver.manifests.tag(repo, readTag('latest'), manifest.digest));
    assert.ok(await driver.manifests.untag(repo, readTag('latest')));
    assert.ok(await driver.manifests.delete(repo, manifest.digest));
    assert.ok(await driver.blobs.delete(repo, digest));
    expect(seen.size).toBeGreaterThan(8);
    await driver.close();
  });

  it('a file that stays open is a storage fault within some seconds', async () => {
    const driver = open();
    failing((call) => (isContent(call) ? 'EPERM' : undefined));
    const began = performance.now();
    await expect(pushBlob(driver, repo, content)).rejects.toSatisfy(isStorageFault);
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(renamesToContent()).toBe(8);
  });

  it('another failure is told at once', async () => {
    const driver = open();
    failing((call) => (isContent(call) ? 'EIO' : undefined));
    await expect(pushBlob(driver, repo, content)).rejects.toSatisfy(isStorageFault);
    expect(renamesToContent()).toBe(1);
  });
});

describe('elsewhere', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('%s has a lasting cause, and is told at once', async (code) => {
    runOn('linux');
    const driver = open();
    failing((call) => (isContent(call) ? code : undefined));
    await expect(pushBlob(driver, repo, content)).rejects.toSatisfy(isStorageFault);
    expect(renamesToContent()).toBe(1);
  });
});
