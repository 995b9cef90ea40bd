/** What the outbox of the file system driver makes of listings and files that are not whole. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { callsOf } from '../../drivers/fs/system.ts';
import { fsDriver } from '../../drivers/fs.ts';
import { outboxDirectory } from '../../drivers/tree/layout.ts';
import type { OutboxStore } from '../../lib/driver.ts';

let root = '';
/** Which names of the stream the next listings leave out. */
let unlisted: string[][] = [];
let outbox: OutboxStore;

const directory = () => join(root, outboxDirectory('s'));
const add = (...texts: string[]) =>
  outbox.append(
    's',
    texts.map((text) => Buffer.from(text)),
  );
const textsOf = (entries: readonly Uint8Array[]) => entries.map((entry) => Buffer.from(entry).toString());

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  const system = callsOf(fs);
  const readdir: typeof system.readdir = async (path, options) => {
    const entries = await system.readdir(path, options);
    const missing = path === directory() ? (unlisted.shift() ?? []) : [];
    return entries.filter((entry) => !(typeof entry === 'object' && 'name' in entry && missing.includes(String(entry.name))));
  };
  const driver = fsDriver({ root, fs: { ...system, readdir } });
  outbox = driver.outbox ?? assert.fail('no outbox');
});
afterEach(() => {
  unlisted = [];
  rmSync(root, { recursive: true });
});

describe('a stream of the outbox', () => {
  it('loses no entry to a listing that has a later file and not an earlier one', async () => {
    for (const text of ['a', 'b', 'c', 'd']) await add(text);
    const [, b = '', c = '', d = ''] = readdirSync(directory()).sort();
    const first = await outbox.read('s', undefined, 1);
    // While c is listed, b is not; d was added after that.
    unlisted = [[b, d], []];
    const second = await outbox.read('s', first.next, 100);
    assert.deepEqual(textsOf(second.entries), ['b', 'c']);
    unlisted = [[c], []];
    assert.deepEqual(textsOf((await outbox.read('s', first.next, 100)).entries), ['b', 'c', 'd']);
    assert.deepEqual(textsOf((await outbox.read('s', second.next, 100)).entries), ['d']);
  });

  it('goes on behind entries that are missing for good', async () => {
    for (const text of ['a', 'b', 'c']) await add(text);
    const [, b = ''] = readdirSync(directory()).sort();
    rmSync(join(directory(), b));
    const page = await outbox.read('s', undefined, 100);
    assert.deepEqual(textsOf(page.entries), ['a', 'c']);
    assert.deepEqual((await outbox.read('s', page.next, 100)).entries, []);
  });

  it.each<readonly [string, (file: string) => void]>([
    ['empty', (file) => truncateSync(file)],
    ['cut', (file) => truncateSync(file, 3)],
    ['full of zeros', (file) => writeFileSync(file, new Uint8Array(4096))],
  ])('goes on behind a file that is %s, with no more entries than its name says', async (_, damage) => {
    await add('a');
    await add('b');
    const [first = ''] = readdirSync(directory()).sort();
    damage(join(directory(), first));
    const page = await outbox.read('s', undefined, 100);
    assert.deepEqual(textsOf(page.entries).filter(Boolean), ['b']);
    assert.ok(page.entries.length <= 2);
    assert.deepEqual((await outbox.read('s', page.next, 100)).entries, []);
  });
});
