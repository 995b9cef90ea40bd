/** Collection, on memory and in a directory: what goes, what stays, and why. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Digest, Driver, Manifest } from '../../../lib/driver.ts';
import { overrideDriver } from '../../../lib/testing/override-driver.ts';
import {
  bytes,
  digestOf,
  manifestOf,
  pullBlob,
  pushBlob,
  readName,
  readTag,
  referrerOf,
  sample,
} from '../../../lib/testing/suite/samples.ts';
import { type CollectionStep, carryOut, collect, collectEvery, planCollection } from '../../../lib/upkeep/index.ts';
import { createDrivers, memoryAndFs } from '../../support/memory-and-fs.ts';

const repo = readName('team/app');
const now = { grace: 0, minAge: 0 };
const drivers = createDrivers();

/** Pushes a blob of this text. */
const blob = (driver: Driver, text: string, name = repo): Promise<Digest> => pushBlob(driver, name, bytes(text));

/** Pushes a manifest that names these digests, and tags it. */
async function push(driver: Driver, names: readonly Digest[], tag?: string, name = repo): Promise<Digest> {
  const manifest = manifestOf(JSON.stringify({ names, tag }));
  await driver.manifests.put(name, manifest);
  if (tag !== undefined) await driver.manifests.tag(name, readTag(tag), manifest.digest);
  return manifest.digest;
}

/** Collects until nothing is left to be done: what is discarded by one collection is removed by the next. */
async function collectAll(driver: Driver, options: Parameters<typeof collect>[1] = {}): Promise<void> {
  for (let rounds = 0; rounds < 3; rounds++) {
    await collect(driver, { ...now, ...options });
    await sleep(2);
  }
}

const has = async (driver: Driver, kind: 'blob' | 'manifest', digest: Digest): Promise<boolean> =>
  (kind === 'blob' ? await driver.blobs.get(repo, digest) : await driver.manifests.get(repo, digest)) !== undefined;

async function stepsOf(driver: Driver, options: Parameters<typeof planCollection>[1] = {}): Promise<CollectionStep[]> {
  const steps: CollectionStep[] = [];
  for await (const step of planCollection(driver, { ...now, ...options })) steps.push(step);
  return steps;
}

describe.each(memoryAndFs)('a collection on %s', (name) => {
  const create = (): Driver => drivers.create(name);

  it('leaves what tags lead to, by whatever way, and takes the rest', async () => {
    const driver = create();
    const [layer, config, deep, lonely, shared] = [
      await blob(driver, 'layer'),
      await blob(driver, 'config'),
      await blob(driver, 'deep'),
      await blob(driver, 'lonely'),
      await blob(driver, 'shared'),
    ];
    const child = await push(driver, [deep, shared]);
    const index = await push(driver, [child], 'index');
    const image = await push(driver, [layer, config, shared], 'latest');
    const signature = referrerOf(JSON.stringify({ names: [await blob(driver, 'signature')] }), child);
    await driver.manifests.put(repo, signature);
    await collectAll(driver);
    for (const digest of [layer, config, deep, shared, digestOf(bytes('signature'))])
      expect(await has(driver, 'blob', digest)).toBe(true);
    for (const digest of [child, index, image, signature.digest]) expect(await has(driver, 'manifest', digest)).toBe(true);
    expect(await has(driver, 'blob', lonely)).toBe(false);
  });

  it('leaves manifests without a tag, unless it is asked to take them', async () => {
    const driver = create();
    const layer = await blob(driver, 'layer');
    const untagged = await push(driver, [layer]);
    await collectAll(driver);
    expect([await has(driver, 'manifest', untagged), await has(driver, 'blob', layer)]).toEqual([true, true]);
    await collectAll(driver, { untagged: 3_600_000 });
    expect([await has(driver, 'manifest', untagged), await has(driver, 'blob', layer)]).toEqual([true, true]);
    await collectAll(driver, { untagged: 0 });
    expect([await has(driver, 'manifest', untagged), await has(driver, 'blob', layer)]).toEqual([false, false]);
    expect(await driver.manifests.repositories({ limit: 10 })).toEqual([]);
    expect(await driver.inventory?.repositories({ limit: 10 })).toEqual([]);
  });

  it('takes the tags that a rule does not keep, with what they alone lead to, children of indexes too', async () => {
    const driver = create();
    const [old, shared, other] = [await blob(driver, 'old'), await blob(driver, 'shared'), await blob(driver, 'other')];
    const child = await push(driver, [old, shared]);
    const index = await push(driver, [child], 'nightly-1');
    const untagged = await push(driver, [other]);
    await sleep(5);
    const stays = await push(driver, [shared], 'nightly-2');
    await collectAll(driver, { keep: [{ tags: 'nightly-*', newest: 1 }] });
    expect(await driver.manifests.tags(repo, { limit: 10 })).toEqual(['nightly-2']);
    for (const digest of [child, index]) expect(await has(driver, 'manifest', digest)).toBe(false);
    for (const digest of [stays, untagged]) expect(await has(driver, 'manifest', digest)).toBe(true);
    expect([await has(driver, 'blob', old), await has(driver, 'blob', shared), await has(driver, 'blob', other)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('waits for the grace, and brings back what is needed by then', async () => {
    const driver = create();
    const layer = await blob(driver, 'layer');
    const first = await collect(driver, { grace: 60_000, minAge: 0 });
    expect(first).toMatchObject({ outcome: 'done', discarded: { blobs: 1, manifests: 0 }, removed: { blobs: 0 } });
    expect(await collect(driver, { grace: 60_000, minAge: 0 })).toMatchObject({ discarded: { blobs: 0 }, removed: { blobs: 0 } });
    await push(driver, [layer], 'latest');
    expect(await collect(driver, { grace: 60_000, minAge: 0 })).toMatchObject({
      broughtBack: { blobs: 1 },
      removed: { blobs: 0 },
    });
    expect((await pullBlob(driver, repo, layer))?.toString()).toBe('layer');
  });

  it('leaves what was pushed a short while ago', async () => {
    const driver = create();
    await blob(driver, 'layer');
    expect(await collect(driver, { grace: 0 })).toMatchObject({ discarded: { blobs: 0 } });
  });

  it('ends on manifests that name each other, and on those that are nested very deeply', async () => {
    const driver = create();
    const one = digestOf(bytes('one'));
    const two: Manifest = { ...manifestOf(JSON.stringify({ names: [one] })) };
    await driver.manifests.put(repo, { ...manifestOf('x'), digest: one, bytes: bytes(JSON.stringify({ names: [two.digest] })) });
    await driver.manifests.put(repo, two);
    await driver.manifests.tag(repo, readTag('cycle'), two.digest);
    let last = await push(driver, [await blob(driver, 'innermost')]);
    for (let depth = 0; depth < 300; depth++) last = await push(driver, [last, last]);
    await driver.manifests.tag(repo, readTag('deep'), last);
    await collectAll(driver, { untagged: 0 });
    expect([await has(driver, 'manifest', one), await has(driver, 'blob', digestOf(bytes('innermost')))]).toEqual([true, true]);
  });

  it('takes digests for references wherever they stand, also behind escapes and in other algorithms', async () => {
    const driver = create();
    const [escaped, large] = [await blob(driver, 'escaped'), digestOf(bytes('large'), 'sha512')];
    await pushBlob(driver, repo, bytes('large'), large);
    const manifest = manifestOf(
      `{"annotations":{"note":"${escaped.replace('sha', 's\\u0068a').replace(':', '\\u003a')} ${large}"}}`,
    );
    await driver.manifests.put(repo, manifest);
    await driver.manifests.tag(repo, readTag('latest'), manifest.digest);
    await collectAll(driver);
    expect([await has(driver, 'blob', escaped), await has(driver, 'blob', large)]).toEqual([true, true]);
  });

  it('leaves a repository as it is of which something cannot be read, and tells of it', async () => {
    const right = create();
    const [lonely, elsewhere] = [await blob(right, 'lonely'), await blob(right, 'elsewhere', readName('other'))];
    await push(right, [await blob(right, 'layer')], 'latest');
    const driver = overrideDriver(right, { manifests: { get: () => Promise.reject(new Error('the disk is gone')) } });
    const report = await collect(driver, now);
    expect(report).toMatchObject({
      outcome: 'done',
      skipped: [{ repository: repo, error: 'the disk is gone' }],
      discarded: { blobs: 1 },
    });
    expect((await right.inventory?.held(repo, 'blob', { limit: 10 }))?.map(({ digest }) => digest)).toContain(lonely);
    expect((await right.inventory?.discarded(readName('other'), 'blob', { limit: 10 }))?.map(({ digest }) => digest)).toEqual([
      elsewhere,
    ]);
  });

  it('plans first, as data that can be kept, filtered and carried out', async () => {
    const driver = create();
    const [one, two] = [await blob(driver, 'one'), await blob(driver, 'two')];
    const image = await push(driver, [await blob(driver, 'layer')], 'latest');
    const plan = await stepsOf(driver, { explain: true });
    expect(plan.map((step) => ('digest' in step ? [step.action, step.digest] : [step.action]))).toEqual(
      expect.arrayContaining([
        ['discard', one],
        ['discard', two],
        ['keep', image],
      ]),
    );
    const kept = JSON.parse(JSON.stringify(plan)) as CollectionStep[];
    expect(await collect(driver, { ...now, dryRun: true })).toMatchObject({ discarded: { blobs: 2 }, removed: { blobs: 0 } });
    expect((await driver.inventory?.held(repo, 'blob', { limit: 10 }))?.length, 'nothing was done').toBe(3);
    expect(
      await carryOut(
        driver,
        kept.filter((step) => 'digest' in step && step.digest !== two),
      ),
    ).toBe(1);
    expect((await driver.inventory?.discarded(repo, 'blob', { limit: 10 }))?.map(({ digest }) => digest)).toEqual([one]);
  });

  it('says why each thing stays', async () => {
    const driver = create();
    const layer = await blob(driver, 'layer');
    await push(driver, [layer], 'latest');
    const discarded = await blob(driver, 'discarded');
    await collect(driver, { grace: 60_000, minAge: 0 });
    const young = await blob(driver, 'young');
    const reasons = new Map<Digest, string>();
    for (const step of await stepsOf(driver, { grace: 60_000, minAge: 60_000, explain: true })) {
      if (step.action === 'keep') reasons.set(step.digest, step.reason);
    }
    expect([layer, discarded, young].map((digest) => reasons.get(digest))).toEqual(['needed', 'grace', 'young']);
  });

  it('frees bytes that nobody holds, and leaves those that another repository holds', async () => {
    const driver = create();
    const [shared, gone] = [sample(10_000, 'shared'), sample(10_000, 'gone')];
    const manifest = await push(driver, [digestOf(shared)], 'latest', readName('other'));
    await pushBlob(driver, readName('other'), shared);
    for (const each of [shared, gone]) await pushBlob(driver, repo, each);
    let freed = 0;
    for (let rounds = 0; rounds < 4; rounds++) {
      freed += (await collect(driver, now)).freed.bytes;
      await sleep(2);
    }
    expect(freed).toBe(name === 'fs' ? gone.length : 0);
    expect((await pullBlob(driver, readName('other'), digestOf(shared)))?.length).toBe(shared.length);
    expect(await driver.manifests.get(readName('other'), manifest)).toBeDefined();
  });

  it('goes on where the last one was ended, and one instance collects at a time', async () => {
    const driver = create();
    for (const each of ['a', 'b', 'c']) await blob(driver, each, readName(each));
    const seen: string[] = [];
    const onStep = ({ repository }: CollectionStep) => void seen.push(repository);
    const slowly = (step: CollectionStep): void => {
      onStep(step);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    };
    expect((await collect(driver, { ...now, maxMilliseconds: 1, onStep: slowly })).outcome).toBe('partly');
    expect(seen).toEqual(['a']);
    const [one, two] = await Promise.all([collect(driver, { ...now, onStep }), collect(driver, { ...now, onStep })]);
    expect([one?.outcome, two?.outcome].sort()).toEqual(['busy', 'done']);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('is broken off by its signal', async () => {
    const driver = create();
    for (const each of ['a', 'b', 'c']) await blob(driver, each, readName(each));
    const aborting = new AbortController();
    await expect(
      collect(driver, { ...now, signal: aborting.signal, onStep: () => aborting.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
    expect(await collect(driver, now)).toMatchObject({ outcome: 'done' });
  });
});

describe('collections from time to time', () => {
  it('are made until they are stopped, and tell what they did and what failed', async () => {
    const right = memoryDriver();
    let failing = true;
    const driver = overrideDriver(right, {
      inventory: {
        repositories: (page) => (failing ? Promise.reject(new Error('not now')) : right.inventory.repositories(page)),
      },
    });
    await blob(driver, 'lonely');
    const told: unknown[] = [];
    const collections = collectEvery(driver, {
      ...now,
      every: 5,
      onReport: (report) => told.push(report.outcome),
      onFault: (error) => told.push(String(error)),
    });
    await expect.poll(() => told[0]).toBe('Error: not now');
    failing = false;
    await expect.poll(() => told.at(-1)).toBe('done');
    await collections.stop();
    const { length } = told;
    await sleep(30);
    expect(told.length).toBe(length);
  });
});

describe('options', () => {
  it.each([
    [{ grace: -1 }, 'grace must be a number of milliseconds'],
    [{ untagged: 'never' }, "untagged must be 'keep' or a number of milliseconds"],
    [{ kep: [] }, "there is no option 'kep'"],
    [{ keep: [{ newest: 'all' }] }, 'keep: rule 1: newest must be an integer from 0 on'],
  ])('%j is refused in words', async (options, words) => {
    await expect(collect(memoryDriver(), options as Parameters<typeof collect>[1])).rejects.toThrow(words);
  });

  it('a driver without an inventory is refused in words', async () => {
    const driver = overrideDriver(memoryDriver(), { inventory: undefined });
    await expect(collect(driver)).rejects.toThrow('the driver memory has no inventory');
    expect(() => planCollection(driver)).toThrow(TypeError);
    expect(() => collectEvery(driver, { every: 1_000 })).toThrow(TypeError);
  });
});
