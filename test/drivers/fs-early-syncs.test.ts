/** Large appends of the file system driver are synced while more of them arrives. */
import assert from 'node:assert/strict';
import * as nodeFileSystem from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { type FileSystem, fsDriver, type SystemFile } from '../../drivers/fs.ts';
import { type Driver, isStorageFault, type Upload } from '../../lib/driver.ts';
import { chunkOf, emptyCheckpoint, newId, repo, type Step, sample } from '../../lib/testing/suite/samples.ts';
import { onDisk } from '../support/drivers/on-disk.ts';

const disk = onDisk({ filled: false });
const mebibyte = sample(1024 * 1024);

const syncs = (): number => disk.watched.calls.filter(({ name }) => name === 'datasync').length;

/** Begins an upload, and appends these steps to it. */
async function append(driver: Driver, steps: readonly Step[], id = newId()): Promise<Upload | undefined> {
  const from = await driver.uploads.create(repo, id, emptyCheckpoint);
  return driver.uploads.append(repo, id, from, chunkOf(new Uint8Array(0), steps));
}

describe('an append of some MiB', () => {
  it('is synced while more of it arrives, and once more at its end', async () => {
    let before = 0;
    let early = 0;
    await append(disk.driver, [
      () => {
        before = syncs();
      },
      [mebibyte],
      [mebibyte],
      () => {
        early = syncs() - before;
      },
      [Buffer.from('the end')],
    ]);
    assert.ok(early > 0, 'nothing was synced early');
    const file = disk.watched.calls.find(({ name }) => name === 'datasync')?.key;
    const calls = disk.watched.calls.filter(({ key }) => key === file).map(({ name }) => name);
    assert.ok(calls.lastIndexOf('datasync') > calls.lastIndexOf('writev'), 'the end was not synced');
  });

  it('is synced the less often, the more are written at once', async () => {
    const many = 8;
    let begun = 0;
    let [after3, after5]: (number | undefined)[] = [];
    const begins = async (): Promise<void> => {
      begun++;
      while (begun < many) await sleep(1);
    };
    const steps: Step[] = [
      begins,
      [mebibyte],
      [mebibyte],
      [mebibyte],
      () => {
        after3 ??= syncs();
      },
      [mebibyte],
      [mebibyte],
      () => {
        after5 ??= syncs();
      },
      [mebibyte],
    ];
    await Promise.all(Array.from({ length: many }, () => append(disk.driver, steps)));
    assert.equal(after3, 0);
    assert.ok(after5, 'nothing was synced early');
  });

  it('ends the upload with the failure of an early sync, even where the last one would succeed', async () => {
    let failures = 1;
    const id = newId();
    const failing = (): void => disk.watched.failing(({ name }) => (name === 'datasync' && failures-- > 0 ? 'EIO' : undefined));
    await assert.rejects(append(disk.driver, [failing, [mebibyte], [Buffer.from('the end')]], id), isStorageFault);
    assert.ok(failures <= 0, 'no sync was made to fail');
    assert.equal(await disk.driver.uploads.get(repo, id), undefined);
  });

  it('waits for an early sync before it closes or truncates the file, however the chunk ends', async () => {
    const driver = fsDriver({ root: disk.root, fs: slowSyncs() });
    await assert.rejects(append(driver, [[mebibyte], new Error('the body is wrong')]), /the body is wrong/);
    await append(driver, [[mebibyte], [Buffer.from('the end')]]);
    assert.equal(meanwhile.length, 0, `${meanwhile} came while a sync was in flight`);
    await driver.close();
  });
});

/** What was called on a file while a sync of it was in flight. */
const meanwhile: string[] = [];

/** A file system whose syncs take a while. */
function slowSyncs(): FileSystem {
  const slow = (file: SystemFile): SystemFile => {
    let syncing = 0;
    const note = (name: string): void => {
      if (syncing > 0) meanwhile.push(name);
    };
    return {
      read: (...about) => file.read(...about),
      writev: (buffers, position) => file.writev(buffers, position),
      stat: () => file.stat(),
      truncate: (length) => {
        note('truncate');
        return file.truncate(length);
      },
      datasync: async () => {
        syncing++;
        await sleep(50);
        await file.datasync();
        syncing--;
      },
      close: () => {
        note('close');
        return file.close();
      },
    };
  };
  return {
    ...nodeFileSystem,
    open: async (path, flags, mode) => slow(await nodeFileSystem.open(path, flags, mode)),
  };
}
