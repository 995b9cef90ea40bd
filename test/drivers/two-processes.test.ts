/** Two processes on one directory: what holds between them, and what a dead one leaves to the living. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { instancesDirectory, stagingDirectory } from '../../drivers/tree/layout.ts';
import type { Upload, UploadId } from '../../lib/driver.ts';
import {
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  manifestOf,
  newId,
  pullBlob,
  readAll,
  readTag,
  repo,
  sample,
} from '../../lib/testing/suite/samples.ts';
import { filesBelow, uploadFileIn, uploadFiles } from '../support/drivers/files-below.ts';
import { buildProgram, type DriverProcess } from '../support/drivers/separate-process.ts';

const whole = sample(2_000_000);
const part = (size: number): Uint8Array => whole.subarray(0, size);
const manifests = ['{"a":1}', '{"b":1}', '{"c":1}', '{"d":1}', '{"e":1}'].map(manifestOf);
const hourAgo = new Date(Date.now() - 3_600_000);
const inAnHour = new Date(Date.now() + 3_600_000);

let program: Awaited<ReturnType<typeof buildProgram>>;
let root: string;
let one: DriverProcess;
let two: DriverProcess;

beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  [one, two] = await Promise.all([program.start(root), program.start(root)]);
});
afterEach(async () => {
  await Promise.all([one.kill(), two.kill()]);
  rmSync(root, { recursive: true });
});

/** An upload of so many bytes, begun and brought there by one process. */
async function begunBy(driver: DriverProcess, size: number): Promise<{ readonly id: UploadId; readonly at: Upload }> {
  const id = newId();
  await driver.ask({ what: 'create', id });
  const at = await driver.ask({ what: 'append', id, from: emptyCheckpoint, to: size });
  assert.deepEqual(at, { offset: size, digest: digestOf(part(size)) });
  return { id, at: { offset: size, digest: digestOf(part(size)) } };
}

async function isWhole(size: number): Promise<void> {
  const driver = fsDriver({ root, durability: 'none' });
  assertSameBytes(await pullBlob(driver, repo, digestOf(part(size))), part(size));
}

const ids = (directory: string): string[] => readdirSync(join(root, directory));

describe('two processes', () => {
  it('begin, continue and close uploads in turns', async () => {
    const work = Array.from({ length: 20 }, async (_, turn) => {
      const size = 50_000 + turn * 1000;
      const [a, b] = turn % 2 ? [one, two] : [two, one];
      const { id, at } = await begunBy(a, 10_000);
      const more = await b.ask({ what: 'append', id, from: at, to: 30_000 });
      assert.deepEqual(more, await a.ask({ what: 'get', id }));
      const end = await a.ask({ what: 'append', id, from: more, to: size });
      assert.equal(await b.ask({ what: 'commit', id, from: end }), true);
      await isWhole(size);
    });
    await Promise.all(work);
    assert.deepEqual(uploadFiles(root), []);
    assert.deepEqual(filesBelow(join(root, stagingDirectory)), []);
  });

  it('an owner that is killed in the middle of an append leaves an upload that the other finishes', async () => {
    const { id, at } = await begunBy(one, 100_000);
    const stalled = one.told('stalled');
    const lost = one.ask({ what: 'stall', id, from: at, to: 900_000 }).catch(() => 'lost');
    await stalled;
    await one.kill();
    assert.equal(await lost, 'lost');
    assert.deepEqual(await two.ask({ what: 'get', id }), at);
    const end = await two.ask({ what: 'append', id, from: at, to: 300_000 });
    assert.equal(await two.ask({ what: 'commit', id, from: end }), true);
    await isWhole(300_000);
    assert.equal(await two.ask({ what: 'expire', before: hourAgo.getTime() }), 0);
    assert.deepEqual(filesBelow(join(root, stagingDirectory)), []);
    assert.equal(ids(instancesDirectory).length, 1);
  });

  it('one that is killed in the middle of an append leaves an upload that the other commits, or ends', async () => {
    for (const what of ['commit', 'delete']) {
      const dying = await program.start(root);
      const { id, at } = await begunBy(dying, 100_000);
      const stalled = dying.told('stalled');
      dying.ask({ what: 'stall', id, from: at, to: 900_000 }).catch(() => 'lost');
      await stalled;
      await dying.kill();
      assert.equal(await two.ask({ what, id, from: at }), true);
      assert.equal(await two.ask({ what: 'get', id }), undefined);
    }
    await isWhole(100_000);
  });

  it('one waits for the append of the other, and finds that the upload moved on', async () => {
    const { id, at } = await begunBy(one, 1000);
    const stalled = one.told('stalled');
    const first = one.ask({ what: 'stall', id, from: at, to: 2000 });
    await stalled;
    assert.deepEqual(await two.ask({ what: 'get', id }), at);
    const second = await two.ask({ what: 'append', id, from: at, to: 3000 });
    assert.equal(second, undefined);
    assert.deepEqual(await first, { offset: 2010, digest: digestOf(part(2010)) });
  });

  it('of two appends at once exactly one wins', async () => {
    const { id, at } = await begunBy(one, 10);
    for (let from = at, turn = 0; turn < 100; turn++) {
      const asked = { what: 'append', id, from, to: from.offset + 1000 };
      const answers = await Promise.all([one.ask(asked), two.ask(asked)]);
      assert.equal(answers.filter((answer) => answer === undefined).length, 1);
      from = { offset: from.offset + 1000, digest: digestOf(part(from.offset + 1000)) };
      assert.deepEqual(
        answers.find((answer) => answer !== undefined),
        from,
      );
    }
    assert.equal(await two.ask({ what: 'commit', id, from: { offset: 100_010 } }), true);
    await isWhole(100_010);
  });

  it('two commits at once are both true', async () => {
    for (let turn = 1; turn <= 50; turn++) {
      const { id, at } = await begunBy(one, turn * 1000);
      const asked = { what: 'commit', id, from: at };
      assert.deepEqual(await Promise.all([one.ask(asked), two.ask(asked)]), [true, true]);
      await isWhole(turn * 1000);
    }
    assert.deepEqual(uploadFiles(root), []);
  });

  it('a commit and a cancel at once: the upload is gone, and the blob is whole if the commit was true', async () => {
    for (let turn = 1; turn <= 50; turn++) {
      const { id, at } = await begunBy(one, turn * 1000 + 1);
      const [committed, cancelled] = await Promise.all([
        one.ask({ what: 'commit', id, from: at }),
        two.ask({ what: 'delete', id }),
      ]);
      assert.ok(committed === true || cancelled === true);
      if (committed) await isWhole(turn * 1000 + 1);
      assert.equal(await one.ask({ what: 'get', id }), undefined);
    }
  });

  it('a cancel ends the upload that the other appends to', async () => {
    const { id, at } = await begunBy(one, 1000);
    const stalled = one.told('stalled');
    const append = one.ask({ what: 'stall', id, from: at, to: 2000 });
    await stalled;
    assert.equal(await two.ask({ what: 'delete', id }), true);
    assert.equal(await append, undefined);
    assert.equal(await two.ask({ what: 'get', id }), undefined);
  });

  it('of two writers of a tag with one expectation exactly one wins, 2,000 times', async () => {
    const driver = fsDriver({ root, durability: 'none' });
    for (const manifest of manifests) await driver.manifests.put(repo, manifest);
    const digests = manifests.map(({ digest }) => digest);
    const tag = readTag('Latest');
    let expected: unknown = null;
    const wins = [0, 0];
    for (let turn = 0; turn < 1000; turn++) {
      // What is written is never what is expected: that would let both win.
      const [a, b] = turn % 2 ? digests.slice(0, 2) : digests.slice(2, 4);
      const asked = [a, b].map((digest) => ({ what: 'tag', tag, digest, expected }));
      const [first, second] = await Promise.all([one.ask(asked[0] ?? { what: '' }), two.ask(asked[1] ?? { what: '' })]);
      assert.notEqual(first, second, `both said ${first} in turn ${turn}`);
      wins[first ? 0 : 1] = (wins[first ? 0 : 1] ?? 0) + 1;
      expected = first ? a : b;
      assert.equal(await driver.manifests.resolve(repo, tag), expected);
      if (turn % 3 > 0) continue;
      // Both expect what is there: a deletion by one, or a write by the other.
      const [gone, moved] = await Promise.all([
        one.ask({ what: 'untag', tag, digest: expected }),
        two.ask({ what: 'tag', tag, digest: digests[4], expected }),
      ]);
      assert.notEqual(gone, moved);
      expected = gone ? null : digests[4];
    }
    assert.ok(Math.min(...wins) > 0, `one of them never won: ${wins}`);
  });

  it('of six writers in each of three that create, move and delete one tag, no two change it from one state', async () => {
    const driver = fsDriver({ root, durability: 'none' });
    const three = await program.start(root);
    for (const manifest of manifests) await driver.manifests.put(repo, manifest);
    const [tag, digests] = [readTag('Contended'), manifests.map(({ digest }) => digest)];
    const asked = { what: 'contend', tag, digests, milliseconds: 1_500 };
    const told = (await Promise.all([one, two, three].map((each) => each.ask(asked)))) as Record<string, number>[];
    // Changes one after the other are a path from the first state to the last: each state is entered as often as it is left.
    const balance = new Map<string, number>();
    let total = 0;
    for (const [change, times] of told.flatMap((changes) => Object.entries(changes))) {
      const [from = '', to = ''] = change.split(' ');
      balance.set(from, (balance.get(from) ?? 0) - times);
      balance.set(to, (balance.get(to) ?? 0) + times);
      total += times;
    }
    const last = (await driver.manifests.resolve(repo, tag)) ?? '-';
    const left = [...balance].filter(([, sum]) => sum !== 0);
    assert.deepEqual(Object.fromEntries(left), last === '-' ? {} : { '-': -1, [last]: 1 });
    assert.ok(total > 30, `the tag was changed ${total} times`);
    await Promise.all([three.kill(), driver.close()]);
  });

  it('an expiry takes nothing that the other is at, whatever its age', async () => {
    const { id, at } = await begunBy(one, 1000);
    const stalled = one.told('stalled');
    const append = one.ask({ what: 'stall', id, from: at, to: 2000 });
    await stalled;
    assert.equal(await two.ask({ what: 'expire', before: inAnHour.getTime() }), 0);
    assert.equal(ids(instancesDirectory).length, 2);
    assert.deepEqual(await append, { offset: 2010, digest: digestOf(part(2010)) });
    assert.equal(await two.ask({ what: 'expire', before: inAnHour.getTime() }), 1);
  });

  it('an expiry ends what a dead one was at, once it is old', async () => {
    const { id, at } = await begunBy(one, 1000);
    const stalled = one.told('stalled');
    one.ask({ what: 'stall', id, from: at, to: 2000 }).catch(() => 'lost');
    await stalled;
    await one.kill();
    assert.equal(await two.ask({ what: 'expire', before: hourAgo.getTime() }), 0);
    utimesSync(join(root, uploadFileIn(root, id)), hourAgo, hourAgo);
    assert.equal(await two.ask({ what: 'expire', before: Date.now() - 60_000 }), 1);
    assert.deepEqual(uploadFiles(root), []);
  });
});

describe('one that was taken for dead', () => {
  it('finds its append undone, and writes into nothing that the other has', async () => {
    const late = fsDriver({ root, durability: 'none' });
    const heir = fsDriver({ root, durability: 'none', alive: () => false });
    const id = newId();
    const begun = await late.uploads.create(repo, id, emptyCheckpoint);
    const takeOver = async () => {
      const taken = await heir.uploads.append(repo, id, begun, chunkOf(part(0), [[part(500)]]));
      assert.equal(taken?.offset, 500);
    };
    const steps = [[part(1000).map((byte) => byte ^ 1)], takeOver, [part(1000)]];
    assert.equal(await late.uploads.append(repo, id, begun, chunkOf(part(0), steps)), undefined);
    const at = await late.uploads.get(repo, id);
    assert.deepEqual(at, { offset: 500, digest: digestOf(part(500)) });
    assertSameBytes(await readAll(await heir.uploads.read(repo, id, at)), part(500));
    assert.equal(await late.uploads.commit(repo, id, at, digestOf(part(500))), true);
    await isWhole(500);
  });
});
