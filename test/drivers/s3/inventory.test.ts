/** The inventory of a bucket: what frees bytes, what stays, what the trash costs, and collections beside pushes at another instance. */
import { setTimeout as pause } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAsides } from '../../../drivers/s3/asides.ts';
import { createContents } from '../../../drivers/s3/content.ts';
import { createStore } from '../../../drivers/s3/store.ts';
import { s3Driver } from '../../../drivers/s3.ts';
import { newDataKey } from '../../../drivers/tree/layout.ts';
import type { Driver, Inventory } from '../../../lib/driver.ts';
import { driverCases } from '../../../lib/testing/suite/index.ts';
import {
  bytes,
  digestOf,
  manifestOf,
  newId,
  other,
  pullBlob,
  pushBlob,
  readTag,
  repo,
  sample,
  uploadBytes,
} from '../../../lib/testing/suite/samples.ts';
import { collectEvery } from '../../../lib/upkeep/index.ts';
import { few } from '../../support/drivers/amounts.ts';
import { type S3Double, startS3Double } from '../../support/s3/double.ts';
import { withOldBytes } from '../../support/s3/reclaiming.ts';
import { s3UnderTest } from '../../support/s3/under-test.ts';

const hour = 3_600_000;
/** How far the clock of the store is ahead of this one. */
let ahead = 0;
let [double, current, lacking]: S3Double[] = [];
let client: S3Client;
beforeAll(async () => {
  double = await startS3Double({ pageLimit: 5, now: () => Date.now() + ahead });
  current = await startS3Double();
  lacking = await startS3Double({ lacks: ['conditional deletes'] });
  client = new S3Client(double.clientConfig);
});
afterAll(async () => {
  client.destroy();
  await double?.close();
  await current?.close();
  await lacking?.close();
});

const started = (from: S3Double | undefined): S3Double => from ?? expect.unreachable();
const inventoryOf = ({ inventory }: Driver): Inventory => inventory ?? expect.unreachable();
const at = new Date(1_700_000_000_000);
const later = new Date(at.getTime() + 1);

/** A driver below a prefix of its own, what lies there, and a reclaim some time after what was done before. */
function place(prefix: string, options: { readonly redirect?: 'always' } = {}) {
  const driver = s3Driver({ client, bucket: started(double).bucket, prefix, ...options });
  const inventory = inventoryOf(driver);
  return {
    driver,
    inventory,
    keys: (...below: string[]) =>
      started(double)
        .keys()
        .filter((key) => below.some((each) => key.startsWith(`${prefix}/${each}`))),
    reclaimAfter: (milliseconds: number) => {
      ahead += milliseconds;
      return inventory.reclaim();
    },
  };
}

describe.each([
  ['with conditional deletes', () => started(current), {}],
  ['without conditional deletes, and with redirects', () => started(lacking), { redirect: 'always' }],
] as const)('the inventory over a store %s, where bytes are freed at once', (_, store, options) => {
  const open = async () => ({ clientConfig: store().clientConfig, bucket: store().bucket });
  const cases = driverCases({ ...s3UnderTest('s3Driver', open, { ...options, with: withOldBytes }), amounts: few });
  for (const { name, run, skipped, timeout } of cases.filter(({ area }) => area === 'inventory'))
    it.skipIf(skipped !== undefined)(name, run, timeout);
});

describe('a reclaim', () => {
  it.each(['never', 'always'] as const)(
    'frees bytes without a link in its second call, and all that spoke of them, with redirect: %s',
    async (redirect) => {
      const { driver, inventory, keys, reclaimAfter } = place(`freed-${redirect}`, redirect === 'always' ? { redirect } : {});
      const [one, two] = [sample(3_000, 'one'), sample(2_000, 'two')];
      for (const name of [repo, other]) for (const each of [one, two]) await pushBlob(driver, name, each);
      const stored = keys('data/').filter((key) => !key.endsWith('/published')).length;
      expect(stored).toBe(redirect === 'always' ? 4 : 2);
      for (const name of [repo, other]) await driver.blobs.delete(name, digestOf(one));
      await driver.blobs.delete(other, digestOf(two));
      expect(await inventory.reclaim(), 'young bytes stay').toEqual({ blobs: 0, bytes: 0 });
      expect(keys('aside/')).toEqual([]);
      expect(await reclaimAfter(2 * hour), 'they are marked').toEqual({ blobs: 0, bytes: 0 });
      expect(await reclaimAfter(0)).toEqual(redirect === 'always' ? { blobs: 3, bytes: 8_000 } : { blobs: 1, bytes: 3_000 });
      await reclaimAfter(2 * hour);
      expect(
        keys('aside/', 'content/', 'data/').map((key) => key.split('/')[1]),
        'nothing but what is held',
      ).toEqual(redirect === 'always' && keys('data/').length === 3 ? ['content', 'data', 'data'] : ['content', 'data']);
      expect(await pullBlob(driver, repo, digestOf(two))).toEqual(Buffer.from(two));
      await pushBlob(driver, other, one);
      expect(await pullBlob(driver, other, digestOf(one))).toEqual(Buffer.from(one));
    },
  );

  it('leaves what lies in a trash, and an upload that goes on', async () => {
    const { driver, inventory, reclaimAfter } = place('stays');
    const [discarded, going] = [sample(1_000, 'discarded'), sample(1_000, 'going')];
    await pushBlob(driver, repo, discarded);
    await inventory.discard(repo, 'blob', digestOf(discarded), at);
    const id = newId();
    const upload = await uploadBytes(driver, repo, id, going);
    for (let round = 0; round < 3; round++) expect(await reclaimAfter(2 * hour)).toEqual({ blobs: 0, bytes: 0 });
    expect(await driver.uploads.commit(repo, id, upload, digestOf(going))).toBe(true);
    for (const each of [discarded, going]) expect(await pullBlob(driver, repo, digestOf(each))).toEqual(Buffer.from(each));
  });

  it('leaves bytes that were linked again since they were marked', async () => {
    const { driver, keys, reclaimAfter } = place('linked-again');
    const content = sample(1_000, 'linked again');
    await pushBlob(driver, repo, content);
    await driver.blobs.delete(repo, digestOf(content));
    await reclaimAfter(2 * hour);
    expect(keys('aside/')).toHaveLength(1);
    await pushBlob(driver, other, content);
    expect(keys('aside/'), 'who links them takes the mark away').toEqual([]);
    for (let round = 0; round < 3; round++) expect(await reclaimAfter(2 * hour)).toEqual({ blobs: 0, bytes: 0 });
    expect(await pullBlob(driver, other, digestOf(content))).toEqual(Buffer.from(content));
  });

  it('takes away copies that no note speaks of', async () => {
    const { driver, inventory, keys, reclaimAfter } = place('copies');
    const manifest = manifestOf('{"pushed":"again"}');
    await driver.manifests.put(repo, manifest);
    await inventory.discard(repo, 'manifest', manifest.digest, at);
    await driver.manifests.put(repo, manifest);
    expect(await inventory.discarded(repo, 'manifest', { limit: 10 }), 'the copy is not listed').toEqual([]);
    await inventory.reclaim();
    expect(keys(`repositories/${repo}/_trash/`)).toHaveLength(1);
    await reclaimAfter(2 * hour);
    expect(keys(`repositories/${repo}/_trash/`)).toEqual([]);
    expect((await driver.manifests.get(repo, manifest.digest))?.bytes).toEqual(manifest.bytes);
  });
});

describe('who links bytes that are freed at this moment', () => {
  const content = sample(1_000, 'freed at this moment');
  const digest = digestOf(content);

  /** Bytes that `repo` holds, and a driver in which they are freed as soon as the first link to them was looked for. */
  async function freedBytes(prefix: string) {
    const store = createStore(client, started(double).bucket, `${prefix}/`);
    const [contents, asides] = [createContents(store), createAsides(store)];
    const written = async () => {
      const location = { key: newDataKey(newId()), size: content.length };
      await store.write(location.key, content);
      return location;
    };
    const location = await written();
    await contents.publish(repo, digest, location, Date.now());
    const found = (await contents.find(repo, digest)) ?? expect.unreachable();
    await contents.unlink(repo, digest);
    await asides.add(location);
    /** Only the mark says that they are freed: they are deleted next. */
    const free = async () => {
      for await (const mark of asides.list()) expect(await asides.free(mark)).toBe(true);
    };
    return { store, contents, asides, location, found, written, free };
  }

  it('is told so when he mounts, and no link is left', async () => {
    const { contents, found, free } = await freedBytes('mounted-late');
    await free();
    expect(await contents.link(other, digest, found)).toBe(false);
    expect(await contents.find(other, digest)).toBeUndefined();
  });

  it('stops that, if he comes first', async () => {
    const { store, contents, asides, location, found } = await freedBytes('mounted-early');
    for await (const mark of asides.list()) {
      expect(await contents.link(other, digest, found)).toBe(true);
      expect(await asides.free(mark)).toBe(false);
    }
    expect(await store.size(location.key)).toBe(content.length);
  });

  it('keeps his own when he pushes', async () => {
    const { contents, written, free } = await freedBytes('pushed-late');
    await free();
    const own = await written();
    expect(await contents.publish(other, digest, own, Date.now())).toBe(true);
    expect(await contents.find(other, digest)).toEqual(own);
  });
});

describe('the trash', () => {
  /** The calls that something makes. */
  async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
    const before = started(double).calls.length;
    await work();
    return started(double)
      .calls.slice(before)
      .map(({ operation }) => operation);
  }

  it('costs no look a call, whether it hits or misses, and three one that brings something back', async () => {
    const { driver, inventory } = place('calls');
    const manifest = manifestOf('{"calls":"counted"}');
    const look = () => driver.manifests.get(repo, manifest.digest);
    await driver.blobs.delete(repo, digestOf(bytes('none')));
    expect(await callsOf(look)).toEqual(['GetObject']);
    await driver.manifests.put(repo, manifest);
    expect(await callsOf(look)).toEqual(['GetObject']);
    await inventory.discard(repo, 'manifest', manifest.digest, at);
    expect(await callsOf(look)).toEqual(['GetObject', 'GetObject', 'PutObject', 'DeleteObject']);
    expect(await callsOf(look)).toEqual(['GetObject']);
    await inventory.discard(repo, 'manifest', manifest.digest, at);
    await inventory.remove(repo, 'manifest', manifest.digest, later);
    expect(await callsOf(look)).toEqual(['GetObject']);
  });

  it('lists manifests without reading one', async () => {
    const { driver, inventory } = place('lists');
    for (let number = 0; number < 4; number++) await driver.manifests.put(repo, manifestOf(`{"number":${number}}`));
    expect(await callsOf(() => inventory.held(repo, 'manifest', { limit: 100 }))).toEqual(['ListObjectsV2']);
  });
});

describe('collections every 50 ms at two instances', () => {
  it('take nothing of what is pushed, mounted and pulled meanwhile, and all of what is not needed', async () => {
    const { bucket, clientConfig } = started(current);
    const prefix = 'collected/';
    const clients = [0, 1, 2].map(() => new S3Client(clientConfig));
    const [one, two, pushing] = clients.map((each) =>
      withOldBytes(s3Driver({ client: each, bucket, prefix }), each, bucket, prefix),
    ) as [Driver, Driver, Driver];
    const faults: unknown[] = [];
    const rounds = 6;
    let removed = 0;
    const collections = [one, two].map((driver) =>
      collectEvery(driver, {
        every: 50,
        minAge: 0,
        grace: 200,
        untagged: 0,
        onFault: (error) => faults.push(error),
        onReport: (report) => {
          removed += report.removed.blobs;
          for (const { error } of report.skipped) faults.push(error);
        },
      }),
    );
    const wanted: [typeof repo, Uint8Array][] = [];
    for (let round = 0; round < rounds; round++) {
      const [layer, garbage] = [sample(1_000, `layer ${round % 4}`), sample(1_000, `garbage ${round}`)];
      await pushBlob(pushing, repo, garbage);
      await pushBlob(pushing, repo, layer);
      await pause(30);
      // As a client does: what is there need not be pushed again, and what a manifest names is looked for.
      if (!(await pushing.blobs.get(repo, digestOf(layer)))) await pushBlob(pushing, repo, layer);
      const manifest = manifestOf(JSON.stringify({ round, layer: digestOf(layer) }));
      expect(await pushing.manifests.putTagged?.(repo, manifest, [readTag(`round-${round % 4}`)])).toBe(true);
      expect(await pushing.blobs.get(repo, digestOf(layer)), 'it is there once its manifest is').toBeDefined();
      if (await pushing.blobs.mount?.(other, digestOf(layer), repo)) {
        const copy = manifestOf(JSON.stringify({ other: digestOf(layer) }));
        expect(await pushing.manifests.putTagged?.(other, copy, [readTag(`round-${round % 4}`)])).toBe(true);
        if (await pushing.blobs.get(other, digestOf(layer))) wanted.push([other, layer]);
      }
      wanted.push([repo, layer]);
    }
    // What is pushed last is garbage for two collections and the grace.
    while (removed < rounds) await pause(50);
    await Promise.all(collections.map((each) => each.stop()));
    expect(faults).toEqual([]);
    for (const [name, layer] of wanted) expect(await pullBlob(pushing, name, digestOf(layer))).toEqual(Buffer.from(layer));
    for (const each of clients) each.destroy();
  }, 120_000);
});
