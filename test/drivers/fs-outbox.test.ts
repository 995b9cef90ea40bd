/** What the outbox of the file system driver makes of listings and files that are not whole. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { callsOf } from '../../drivers/fs/system.ts';
import { fsDriver } from '../../drivers/fs.ts';
import { outboxDirectory, outboxShare } from '../../drivers/tree/layout.ts';
import type { OutboxStore } from '../../lib/driver.ts';

let root = '';
/** Which names the next listings of segments leave out. */
let unlisted: string[][] = [];
/** The directories whose names were read, by how deep they are below that of the stream (2 is a segment), and how many names they had. */
let listings: { readonly depth: number; readonly names: number }[] = [];
let outbox: OutboxStore;

/** The directory of what this instance has added. */
const share = () => join(root, outboxShare('s', readdirSync(join(root, outboxDirectory('s')))[0] ?? ''));
const segments = () => readdirSync(share()).sort();
/** The first of its segments. */
const directory = () => join(share(), segments()[0] ?? '');
const add = (...texts: string[]) =>
  outbox.append(
    's',
    texts.map((text) => Buffer.from(text)),
  );
const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const textsOf = (entries: readonly Uint8Array[]) => entries.map((entry) => Buffer.from(entry).toString());

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  const system = callsOf(fs);
  const readdir: typeof system.readdir = async (path, options) => {
    const entries = await system.readdir(path, options);
    const below = relative(join(root, outboxDirectory('s')), path);
    const depth = below.startsWith('..') ? -1 : below === '' ? 0 : below.split(sep).length;
    if (depth >= 0) listings.push({ depth, names: entries.length });
    const missing = depth === 2 ? (unlisted.shift() ?? []) : [];
    return entries.filter((entry) => !(typeof entry === 'object' && 'name' in entry && missing.includes(String(entry.name))));
  };
  const driver = fsDriver({ root, durability: 'none', fs: { ...system, readdir } });
  outbox = driver.outbox ?? assert.fail('no outbox');
});
afterEach(() => {
  unlisted = [];
  listings = [];
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

  it('loses no entry to a listing that has the next segment and not the end of the one before', async () => {
    for (const text of numbered(300)) await add(text);
    const [first = '', second = ''] = segments();
    const last = readdirSync(join(share(), first)).sort().at(-1) ?? '';
    const page = await outbox.read('s', undefined, 250);
    unlisted = [[last], readdirSync(join(share(), second)).sort().slice(3)];
    const next = await outbox.read('s', page.next, 100);
    assert.deepEqual(textsOf(next.entries), numbered(300).slice(250, 259));
    assert.deepEqual(textsOf((await outbox.read('s', next.next, 100)).entries), numbered(300).slice(259));
  });

  it('reads the names of what it is behind of, and of nothing before', async () => {
    for (const text of numbered(1_000)) await add(text);
    const middle = await outbox.read('s', undefined, 600);
    const end = await outbox.read('s', middle.next, 1_000);
    listings = [];
    await outbox.read('s', middle.next, 1);
    assert.deepEqual(
      listings.map(({ names }) => names),
      [1, 4, 256],
      'the instance, its segments, and one of them',
    );
    listings = [];
    assert.deepEqual((await outbox.read('s', end.next, 500)).entries, []);
    assert.deepEqual(
      listings.map(({ names }) => names),
      [1, 4, 1_000 - 3 * 256],
    );
  });

  it('drops segments as a whole, but for the one that its instance adds to', async () => {
    for (const text of numbered(600)) await add(text);
    const before = await outbox.read('s', undefined, 600);
    // All segments but the last hold what is older than the last.
    const [, , last = ''] = segments();
    listings = [];
    await outbox.trim('s', new Date(Number(last.split('.')[0]) + 1));
    assert.deepEqual(segments(), [last]);
    assert.equal(listings.filter(({ depth }) => depth === 2).length, 1, 'only the last is looked into');
    await outbox.trim('s', new Date(Date.now() + 1_000));
    assert.deepEqual(readdirSync(join(root, outboxDirectory('s'))), [], 'nothing is left of what is empty');
    await add('more');
    assert.deepEqual(textsOf((await outbox.read('s', before.next, 9)).entries), ['more']);
    assert.deepEqual(textsOf((await outbox.read('s', undefined, 9)).entries), ['more']);
  });

  it('goes on to what follows where all of a page was dropped while it was read', async () => {
    for (const text of numbered(6)) await add(text);
    const files = readdirSync(directory()).sort();
    // Listed, and gone by the time it is read.
    for (const name of files.slice(0, 3)) truncateSync(join(directory(), name));
    const page = await outbox.read('s', undefined, 2);
    assert.deepEqual(textsOf(page.entries), ['3']);
    assert.deepEqual(textsOf((await outbox.read('s', page.next, 9)).entries), ['4', '5']);
  });

  it('gives what several instances have added by the time at which they did', async () => {
    const other = fsDriver({ root, durability: 'none' });
    const second = other.outbox ?? assert.fail('no outbox');
    for (const [index, text] of numbered(12).entries()) {
      await (index % 3 === 0 ? second : outbox).append('s', [Buffer.from(text)]);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const texts: string[] = [];
    for (let after: string | undefined; texts.length < 12; ) {
      const page = await outbox.read('s', after, 5);
      texts.push(...textsOf(page.entries));
      after = page.next;
    }
    assert.deepEqual(texts, numbered(12));
    await other.close?.();
  });

  it('has what an instance added before others and could not write until they were read', async () => {
    let write = (): void => {};
    const gate = new Promise<void>((resolve) => {
      write = resolve;
    });
    const system = callsOf(fs);
    const rename: typeof system.rename = async (from, to) => {
      if (to.includes('entries')) await gate;
      return system.rename(from, to);
    };
    const late = fsDriver({ root, durability: 'none', fs: { ...system, rename } });
    const adding = late.outbox?.append('s', [Buffer.from('late')]) ?? assert.fail('no outbox');
    for (const text of numbered(300)) await add(text);
    const { next } = await outbox.read('s', undefined, 300);
    write();
    await adding;
    assert.deepEqual(textsOf((await outbox.read('s', next, 9)).entries), ['late']);
    await late.close?.();
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
