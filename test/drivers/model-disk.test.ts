/** The disk that fails forgets what it may forget, and nothing else. */
import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { describe, it } from 'vitest';
import { codeOf } from '../../drivers/fs/system.ts';
import type { FileSystem } from '../../drivers/fs.ts';
import { type ModelDisk, modelDisk } from '../support/drivers/model-disk.ts';

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;

async function write(fs: FileSystem, path: string, text: string, synced: boolean): Promise<void> {
  const file = await fs.open(path, O_RDWR | O_CREAT | O_EXCL);
  await file.writev([Buffer.from(text)], 0);
  if (synced) await file.datasync();
  await file.close();
}

async function sync(fs: FileSystem, directory: string): Promise<void> {
  const handle = await fs.open(directory, O_RDONLY);
  await handle.sync?.();
  await handle.close();
}

/** What a file holds now; undefined if there is none. */
async function textOf(disk: ModelDisk, path: string): Promise<string | undefined> {
  try {
    const file = await disk.process().open(path, O_RDONLY);
    const buffer = Buffer.alloc(100);
    const { bytesRead } = await file.read(buffer, 0, 100, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A disk with the directories `a` and `b`, which last. */
async function withDirectories(): Promise<{ disk: ModelDisk; fs: FileSystem }> {
  const disk = modelDisk();
  const fs = disk.process();
  for (const path of ['/a', '/b']) await fs.mkdir(path);
  await sync(fs, '/');
  return { disk, fs };
}

/** Answers that were given beforehand. */
function answers(...given: boolean[]): () => boolean {
  return () => given.shift() ?? assert.fail('it was asked once more');
}

const eio = (error: unknown): boolean => codeOf(error) === 'EIO';

describe('a loss of power', () => {
  it.each([
    { synced: [], left: undefined },
    { synced: ['file'], left: undefined },
    { synced: ['name'], left: '' },
    { synced: ['file', 'name'], left: 'text' },
  ])('leaves $left of a new file of which $synced is synced', async ({ synced, left }) => {
    const { disk, fs } = await withDirectories();
    await write(fs, '/a/x', 'text', synced.includes('file'));
    if (synced.includes('name')) await sync(fs, '/a');
    disk.losePower(() => false);
    assert.equal(await textOf(disk, '/a/x'), left);
  });

  it('leaves zeros where the size of a write survives and its bytes do not', async () => {
    const { disk, fs } = await withDirectories();
    await write(fs, '/a/x', 'text', false);
    await sync(fs, '/a');
    disk.losePower(answers(false, true));
    assert.equal(await textOf(disk, '/a/x'), '\0\0\0\0');
  });

  it('brings back what was cut off, if it survives and the cut does not', async () => {
    const { disk, fs } = await withDirectories();
    await write(fs, '/a/x', 'text', false);
    await sync(fs, '/a');
    await (await fs.open('/a/x', O_RDWR)).truncate(2);
    disk.losePower(answers(true, false));
    assert.equal(await textOf(disk, '/a/x'), 'text');
  });

  for (const directory of ['/a', '/b', undefined]) {
    it(`leaves a file that was renamed from /a to /b in one of them, where ${directory ?? 'neither'} was synced after`, async () => {
      const { disk, fs } = await withDirectories();
      await write(fs, '/a/x', 'text', true);
      await sync(fs, '/a');
      await fs.rename('/a/x', '/b/y');
      if (directory) await sync(fs, directory);
      disk.losePower(() => false);
      assert.deepEqual([disk.names('/a'), disk.names('/b')], directory ? [[], ['y']] : [['x'], []]);
    });
  }

  it('drops a rename whose file was never there', async () => {
    const { disk, fs } = await withDirectories();
    await write(fs, '/a/x', 'text', true);
    await fs.rename('/a/x', '/b/y');
    disk.losePower(answers(false, true));
    assert.deepEqual([disk.names('/a'), disk.names('/b')], [[], []]);
  });

  it('takes along what lies in a directory that goes', async () => {
    const { disk, fs } = await withDirectories();
    await fs.mkdir('/a/deep');
    await write(fs, '/a/deep/x', 'text', true);
    await sync(fs, '/a/deep');
    disk.losePower(() => false);
    assert.deepEqual(disk.names('/a'), []);
  });

  it('brings back what was removed and not synced', async () => {
    const { disk, fs } = await withDirectories();
    await write(fs, '/a/x', 'text', true);
    await sync(fs, '/a');
    await fs.unlink('/a/x');
    await fs.rm('/b', { recursive: true });
    disk.losePower(() => false);
    assert.deepEqual([disk.names('/').sort(), disk.names('/a')], [['a', 'b'], ['x']]);
  });
});

describe('calls that fail', () => {
  it('fail once, at the call that was named, and change nothing', async () => {
    const { disk, fs } = await withDirectories();
    disk.faults.fail(2, 'once');
    await fs.stat('/a');
    await assert.rejects(fs.unlink('/a'), eio);
    assert.deepEqual(disk.names('/'), ['a', 'b']);
    await fs.stat('/a');
  });

  it('fail for ever in a process that has died, and on its handles, and not in the next', async () => {
    const { disk, fs } = await withDirectories();
    const handle = await fs.open('/a', O_RDONLY);
    disk.faults.fail(1, 'forever');
    await assert.rejects(fs.stat('/a'), eio);
    disk.faults.heal();
    await assert.rejects(handle.stat(), eio);
    await assert.rejects(fs.stat('/a'), eio);
    await disk.process().stat('/a');
  });

  it('are not the lot of a process that was not told to fail any more', async () => {
    const { disk, fs } = await withDirectories();
    disk.faults.fail(9, 'forever');
    disk.faults.heal();
    for (let turn = 0; turn < 20; turn++) await fs.stat('/a');
  });
});
