/** The rules of the inventory: lists of what is held, and the trash. */
import assert from 'node:assert/strict';
import type { Digest, Driver, Inventory, Item, ItemKind, Moved, Page, RepositoryName } from '../../../driver.ts';
import { nextTurn } from '../../../timers.ts';
import type { Definition } from '../definition.ts';
import {
  allReferrers,
  assertSameBytes,
  bytes,
  digestOf,
  manifestOf,
  newId,
  other,
  pullBlob,
  pushBlob,
  readAll,
  readName,
  readTag,
  referrerOf,
  repo,
  sample,
  uploadBytes,
} from '../samples.ts';

const needs = ['inventory'] as const;
const content = sample(50_000, 'inventory');
const digest = digestOf(content);
const manifest = manifestOf('{"kept":"in an inventory"}');
const tag = readTag('latest');
/** The time with which things are discarded. It is the caller's: a driver compares it with nothing but times of the same caller. */
const at = new Date(1_700_000_000_000);
const later = new Date(at.getTime() + 1);

function inventoryOf({ inventory }: Driver): Inventory {
  assert.ok(inventory, 'the case needs an inventory and does not say so');
  return inventory;
}

/** All entries of a list that comes in pages of `limit`. */
async function pages<T>(
  list: (page: Page<Digest>) => Promise<readonly T[]>,
  last: (entry: T) => Digest,
  limit: number,
): Promise<T[]> {
  const all: T[] = [];
  for (let after: Digest | undefined; ; ) {
    const page = await list({ after, limit });
    assert.ok(page.length <= limit, `a page of at most ${limit} has ${page.length} entries`);
    all.push(...page);
    const end = page.at(-1);
    if (end === undefined) return all;
    assert.ok(after === undefined || last(end) > after, 'a page goes on behind the one before it');
    after = last(end);
  }
}

const listed = (
  list: 'held' | 'discarded',
  driver: Driver,
  kind: ItemKind,
  limit = 100,
  name: RepositoryName = repo,
): Promise<Item[]> =>
  pages(
    (page) => inventoryOf(driver)[list](name, kind, page),
    (item) => item.digest,
    limit,
  );

/** The digests in a list. */
const digestsIn = async (list: 'held' | 'discarded', driver: Driver, kind: ItemKind): Promise<Digest[]> =>
  (await listed(list, driver, kind)).map((item) => item.digest);

/** Discards the item, and asserts that it lies in the trash then. */
async function discard(driver: Driver, kind: ItemKind, item: Digest): Promise<void> {
  assert.equal(await inventoryOf(driver).discard(repo, kind, item, at), true, 'what is held can be discarded');
  assert.deepEqual(
    await digestsIn('held', driver, kind).then((held) => held.includes(item)),
    false,
    'what was discarded is not listed as held',
  );
  assert.ok((await digestsIn('discarded', driver, kind)).includes(item), 'what was discarded is listed in the trash');
}

/** Asserts that the item is held, and that nothing of it can be removed. */
async function assertBroughtBack(driver: Driver, kind: ItemKind, item: Digest, look: string): Promise<void> {
  assert.ok((await digestsIn('held', driver, kind)).includes(item), `${look} brings it back: it is held`);
  assert.equal(await inventoryOf(driver).remove(repo, kind, item, later), false, `${look} brings it back: it cannot be removed`);
  const found = kind === 'blob' ? await driver.blobs.get(repo, item) : await driver.manifests.get(repo, item);
  assert.ok(found, `${look} brings it back: it is there`);
}

/** A repository with the blob, the manifest, a tag on it, and a manifest that refers to it. */
async function pushAll(driver: Driver): Promise<Digest> {
  await pushBlob(driver, repo, content);
  await driver.manifests.put(repo, manifest);
  assert.equal(await driver.manifests.tag(repo, tag, manifest.digest), true);
  const referrer = referrerOf('signature', manifest.digest);
  await driver.manifests.put(repo, referrer);
  return referrer.digest;
}

/** Every look that finds a blob. */
const looksForBlobs: Readonly<Record<string, (driver: Driver) => Promise<boolean>>> = {
  'a look-up': async (driver) => (await driver.blobs.get(repo, digest)) !== undefined,
  'a look-up before a read': async (driver) => {
    const blob = await driver.blobs.get(repo, digest, { thenRead: true });
    return blob !== undefined && (await blob.open()) !== undefined;
  },
  'a commit that was repeated': async (driver) => {
    const id = newId();
    const upload = await uploadBytes(driver, other, id, content);
    await driver.uploads.delete(other, id);
    return driver.uploads.commit(repo, id, upload, digest);
  },
  'a mount from there': async (driver) =>
    driver.blobs.mount ? driver.blobs.mount(other, digest, repo) : (await driver.blobs.get(repo, digest)) !== undefined,
};

/** Every look that finds a manifest. */
const looksForManifests: Readonly<Record<string, (driver: Driver) => Promise<boolean>>> = {
  'a look-up': async ({ manifests }) => (await manifests.get(repo, manifest.digest)) !== undefined,
  'a description': async ({ manifests }) =>
    (manifests.describe ? await manifests.describe(repo, manifest.digest) : await manifests.get(repo, manifest.digest)) !==
    undefined,
  'a tag that resolves to it': async ({ manifests }) => (await manifests.resolve(repo, tag)) === manifest.digest,
  'a new tag': async ({ manifests }) => manifests.tag(repo, readTag('new'), manifest.digest),
  'a tag that is expected there': async ({ manifests }) => manifests.tag(repo, tag, manifest.digest, manifest.digest),
};

/** Level `contract`, area `inventory`. */
export const inventoryRules: readonly Definition[] = [
  {
    name: 'what a repository holds is listed page by page, with size and time',
    promises: ['inventory held', 'inventory item', 'inventory time'],
    needs,
    async run(driver) {
      // Some storages stamp whole seconds.
      const before = Date.now() - 1_000;
      const contents = Array.from({ length: 7 }, (_, index) => sample(100 + index, `blob-${index}`));
      for (const each of contents) await pushBlob(driver, repo, each);
      const manifests = Array.from({ length: 5 }, (_, index) => manifestOf(`{"number":${index}}`));
      for (const each of manifests) await driver.manifests.put(repo, each);
      await pushBlob(driver, other, sample(10, 'elsewhere'));
      for (const limit of [1, 3, 100]) {
        const blobs = await listed('held', driver, 'blob', limit);
        assert.deepEqual(
          blobs.map((item) => item.digest),
          contents.map((each) => digestOf(each)).sort(),
        );
        for (const item of blobs) {
          assert.equal(item.size, contents.find((each) => digestOf(each) === item.digest)?.length);
          const time = item.at.getTime();
          assert.ok(time >= before && time <= Date.now() + 1_000, `the time ${item.at.toISOString()} is that of the push`);
        }
        const found = await listed('held', driver, 'manifest', limit);
        assert.deepEqual(
          found.map((item) => item.digest),
          manifests.map((each) => each.digest).sort(),
        );
        for (const item of found) assert.ok(item.size > 0, 'a manifest has a size');
      }
      assert.deepEqual(await inventoryOf(driver).held(repo, 'blob', { limit: 0 }), []);
      assert.deepEqual(await listed('discarded', driver, 'blob'), [], 'nothing was discarded');
      assert.deepEqual(await listed('held', driver, 'blob', 10, readName('no/such')), []);
    },
  },
  ...Object.entries(looksForBlobs).map(
    ([name, look]): Definition => ({
      name: `${name} finds a blob in the trash, and brings it back`,
      promises: ['inventory discard', 'inventory finds', 'inventory removes not'],
      needs,
      async run(driver) {
        await pushAll(driver);
        await discard(driver, 'blob', digest);
        assert.equal(await look(driver), true, `${name} finds it`);
        await assertBroughtBack(driver, 'blob', digest, name);
        assertSameBytes(await pullBlob(driver, repo, digest), content);
      },
    }),
  ),
  ...Object.entries(looksForManifests).map(
    ([name, look]): Definition => ({
      name: `${name} finds a manifest in the trash, and brings it back`,
      promises: ['inventory discard', 'inventory finds', 'inventory removes not'],
      needs,
      async run(driver) {
        await pushAll(driver);
        await discard(driver, 'manifest', manifest.digest);
        assert.equal(await look(driver), true, `${name} finds it`);
        await assertBroughtBack(driver, 'manifest', manifest.digest, name);
        assertSameBytes((await driver.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
        assert.equal(await driver.manifests.resolve(repo, tag), manifest.digest, 'its tag was there all the time');
      },
    }),
  ),
  {
    name: 'a list of referrers has those in the trash, and brings them back',
    promises: ['inventory finds'],
    needs,
    async run(driver) {
      const referrer = await pushAll(driver);
      await discard(driver, 'manifest', referrer);
      assert.deepEqual(
        (await allReferrers(driver, repo, manifest.digest)).map((each) => each.digest),
        [referrer],
      );
      await assertBroughtBack(driver, 'manifest', referrer, 'a list of referrers');
    },
  },
  {
    name: 'what was discarded is removed after its time, not before, and is gone then',
    promises: ['inventory remove', 'inventory removes not', 'inventory discards not', 'inventory trash'],
    needs,
    async run(driver) {
      const referrer = await pushAll(driver);
      const inventory = inventoryOf(driver);
      assert.equal(await inventory.remove(repo, 'blob', digest, later), false, 'what is held is not removed');
      assert.equal(
        await inventory.discard(repo, 'blob', digestOf(bytes('absent')), at),
        false,
        'what is not there is not discarded',
      );
      for (const [kind, item] of [
        ['blob', digest],
        ['manifest', referrer],
      ] as const) {
        await discard(driver, kind, item);
        assert.equal(await inventory.discard(repo, kind, item, later), false, 'what lies in the trash is not discarded again');
        const [entry] = await listed('discarded', driver, kind);
        assert.deepEqual([entry?.digest, entry?.at], [item, at], 'the trash tells what was put there with which time');
        assert.equal(await inventory.remove(repo, kind, item, at), false, 'it was not discarded before that time');
        assert.deepEqual(await digestsIn('discarded', driver, kind), [item], 'it still lies there');
        assert.equal(await inventory.remove(repo, kind, item, later), true, 'it was discarded before that time');
        assert.equal(await inventory.remove(repo, kind, item, later), false, 'it is gone');
        assert.deepEqual(await digestsIn('discarded', driver, kind), []);
      }
      assert.equal(await driver.blobs.get(repo, digest), undefined);
      assert.equal(await driver.manifests.get(repo, referrer), undefined);
      assert.deepEqual(await allReferrers(driver, repo, manifest.digest), [], 'its entry went with it');
      assert.ok(await driver.manifests.get(repo, manifest.digest), 'the others are still there');
    },
  },
  {
    name: 'the trash is listed page by page, whatever its times',
    promises: ['inventory discarded'],
    needs,
    async run(driver) {
      const contents = Array.from({ length: 9 }, (_, index) => sample(10 + index, `discarded-${index}`));
      for (const each of contents) await pushBlob(driver, repo, each);
      for (const [index, each] of contents.entries()) {
        const time = new Date(at.getTime() + (index % 3) * 1_000);
        assert.equal(await inventoryOf(driver).discard(repo, 'blob', digestOf(each), time), true);
      }
      for (const limit of [1, 2, 100]) {
        const found = await listed('discarded', driver, 'blob', limit);
        assert.deepEqual(
          found.map((item) => item.digest),
          contents.map((each) => digestOf(each)).sort(),
        );
        for (const item of found) assert.equal(item.size, contents.find((each) => digestOf(each) === item.digest)?.length);
      }
      assert.deepEqual(await listed('discarded', driver, 'manifest'), []);
    },
  },
  {
    name: 'what is deleted or pushed again does not come out of the trash',
    promises: ['inventory finds', 'inventory removes not'],
    needs,
    async run(driver) {
      await pushAll(driver);
      const inventory = inventoryOf(driver);
      await discard(driver, 'blob', digest);
      await discard(driver, 'manifest', manifest.digest);
      assert.equal(await driver.blobs.delete(repo, digest), true, 'a blob in the trash is there');
      assert.equal(await driver.manifests.delete(repo, manifest.digest), true, 'a manifest in the trash is there');
      assert.equal(await driver.blobs.get(repo, digest), undefined, 'it was deleted');
      assert.equal(await driver.manifests.get(repo, manifest.digest), undefined, 'it was deleted');
      assert.deepEqual(await driver.manifests.resolve(repo, tag), undefined);
      await pushAll(driver);
      await discard(driver, 'blob', digest);
      await discard(driver, 'manifest', manifest.digest);
      await pushAll(driver);
      assert.equal(await inventory.remove(repo, 'blob', digest, later), false, 'it was pushed again');
      assert.equal(await inventory.remove(repo, 'manifest', manifest.digest, later), false, 'it was pushed again');
      await inventory.discard(repo, 'blob', digest, later);
      await driver.blobs.get(repo, digest);
      assert.equal(await driver.blobs.delete(repo, digest), true);
      assert.equal(await driver.blobs.get(repo, digest), undefined, 'nothing of it is left in the trash');
    },
  },
  {
    name: 'a repository does not exist for what lies in its trash, and is in the inventory all the same',
    promises: ['inventory repositories', 'inventory exists'],
    needs,
    async run(driver) {
      const names = ['a', 'a-b', 'a/b', 'b'].map(readName);
      const inventory = inventoryOf(driver);
      for (const name of names) await pushBlob(driver, name, content);
      assert.equal(await inventory.discard(readName('a-b'), 'blob', digest, at), true);
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), ['a', 'a/b', 'b']);
      assert.deepEqual(await driver.manifests.repositories({ limit: 1, after: 'a' }), ['a/b']);
      assert.equal(await driver.manifests.tags(readName('a-b'), { limit: 10 }), undefined);
      assert.deepEqual(await inventory.repositories({ limit: 10 }), ['a', 'a-b', 'a/b', 'b']);
      assert.deepEqual(await inventory.repositories({ limit: 2, after: 'a' }), ['a-b', 'a/b']);
      assert.ok(await driver.blobs.get(readName('a-b'), digest));
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), names, 'it is brought back with what it holds');
      await inventory.discard(readName('a-b'), 'blob', digest, at);
      assert.equal(await inventory.remove(readName('a-b'), 'blob', digest, later), true);
      assert.deepEqual(await inventory.repositories({ limit: 10 }), ['a', 'a/b', 'b'], 'nothing of it is left');
    },
  },
  {
    name: 'bytes that nobody holds are freed, and no others',
    promises: ['inventory reclaim'],
    needs,
    async run(driver) {
      const inventory = inventoryOf(driver);
      const [shared, discarded, gone] = [sample(20_000, 'shared'), sample(20_000, 'discarded'), sample(20_000, 'gone')];
      for (const each of [shared, discarded, gone]) await pushBlob(driver, repo, each);
      await pushBlob(driver, other, shared);
      await driver.blobs.delete(repo, digestOf(shared));
      await driver.blobs.delete(repo, digestOf(gone));
      await inventory.discard(repo, 'blob', digestOf(discarded), at);
      await inventory.reclaim();
      await inventory.reclaim();
      assert.deepEqual(await inventory.reclaim(), { blobs: 0, bytes: 0 }, 'nothing is left to be freed');
      assertSameBytes(await pullBlob(driver, other, digestOf(shared)), shared);
      assertSameBytes(await pullBlob(driver, repo, digestOf(discarded)), discarded);
      assert.equal(await driver.blobs.get(repo, digestOf(gone)), undefined);
      await pushBlob(driver, repo, gone);
      await inventory.reclaim();
      assertSameBytes(await pullBlob(driver, repo, digestOf(gone)), gone);
    },
  },
  {
    name: 'what is withdrawn is absent until it is pushed again, and then all leads to it again',
    promises: ['inventory withdraw', 'inventory withdraw again', 'inventory withdraw false'],
    needs: ['inventory.withdraw'],
    async run(driver) {
      const referrer = await pushAll(driver);
      await pushBlob(driver, other, content);
      const isDamaged = async (): Promise<boolean> => true;
      for (const [kind, item] of [
        ['blob', digest],
        ['manifest', manifest.digest],
        ['manifest', referrer],
      ] as const)
        assert.equal(await withdraw(driver, kind, item, isDamaged), true, `what is held of a ${kind} can be withdrawn`);
      assert.equal(await driver.blobs.get(repo, digest), undefined, 'a blob that was withdrawn is absent');
      assert.equal(await driver.manifests.get(repo, manifest.digest), undefined, 'a manifest that was withdrawn is absent');
      assert.equal(await driver.manifests.resolve(repo, tag), undefined, 'a tag leads to nothing that was withdrawn');
      assert.deepEqual(await allReferrers(driver, repo, manifest.digest), [], 'a referrer that was withdrawn is not listed');
      for (const kind of ['blob', 'manifest'] as const) {
        assert.deepEqual(await digestsIn('discarded', driver, kind), [], 'what was withdrawn does not lie in the trash');
        const item = kind === 'blob' ? digest : manifest.digest;
        assert.equal(await withdraw(driver, kind, item, isDamaged), false, 'what was withdrawn is not withdrawn again');
      }
      await pushBlob(driver, repo, content);
      await driver.manifests.put(repo, manifest);
      await driver.manifests.put(repo, referrerOf('signature', manifest.digest));
      assertSameBytes(await pullBlob(driver, repo, digest), content);
      assertSameBytes(await pullBlob(driver, other, digest), content);
      assert.equal(await driver.manifests.resolve(repo, tag), manifest.digest, 'its tag leads to it again');
      assert.equal((await allReferrers(driver, repo, manifest.digest)).length, 1, 'it is listed again');
    },
  },
  {
    name: 'what is not damaged after all is moved back',
    promises: ['inventory withdraw back', 'inventory withdraw false'],
    needs: ['inventory.withdraw'],
    async run(driver) {
      await pushAll(driver);
      const reads = async (moved: Moved): Promise<boolean> => {
        const found = await moved();
        assert.ok(found, 'what was moved can be read');
        if ('open' in found) assertSameBytes(await readAll(await found.open()), content);
        else assertSameBytes(found.bytes, manifest.bytes);
        return false;
      };
      const fails = async (): Promise<boolean> => {
        throw new Error('it cannot be told');
      };
      for (const [kind, item] of [
        ['blob', digest],
        ['manifest', manifest.digest],
      ] as const) {
        assert.equal(await withdraw(driver, kind, item, reads), false, `a ${kind} that is whole is moved back`);
        await assert.rejects(withdraw(driver, kind, item, fails), /it cannot be told/);
        assert.equal(await withdraw(driver, kind, digestOf(bytes('absent')), fails), false, 'what is not there is not moved');
      }
      assertSameBytes(await pullBlob(driver, repo, digest), content);
      assertSameBytes((await driver.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
      assert.equal(await driver.manifests.resolve(repo, tag), manifest.digest);
    },
  },
];

function withdraw(driver: Driver, kind: ItemKind, item: Digest, isDamaged: (moved: Moved) => Promise<boolean>): Promise<boolean> {
  const inventory = inventoryOf(driver);
  assert.ok(inventory.withdraw, 'the case needs it and does not say so');
  return inventory.withdraw(repo, kind, item, isDamaged);
}

/** Runs `work` after so many turns of the event loop; at once where they are none or fewer. */
async function after<T>(turns: number, work: () => Promise<T>): Promise<T> {
  for (let left = turns; left > 0; left--) await nextTurn();
  return work();
}

/** Level `concurrency`, area `inventory`. */
export const inventoryRaceRules: readonly Definition[] = [
  {
    name: 'of a look and a removal at once, one comes first: what was found stays',
    promises: ['inventory removes not', 'inventory finds'],
    needs,
    async run(driver, { hasPeer, peer, amounts }) {
      const looking = hasPeer ? await peer() : driver;
      const inventory = inventoryOf(driver);
      for (let round = 0; round < 3 * amounts.rounds; round++) {
        const each = sample(100, `round-${round}`);
        const item = await pushBlob(driver, repo, each);
        const text = manifestOf(`{"round":${round}}`);
        await driver.manifests.put(repo, text);
        assert.equal(await inventory.discard(repo, 'blob', item, at), true);
        assert.equal(await inventory.discard(repo, 'manifest', text.digest, at), true);
        const looks = () => Promise.all([looking.blobs.get(repo, item), looking.manifests.get(repo, text.digest)]);
        const removals = () =>
          Promise.all([inventory.remove(repo, 'blob', item, later), inventory.remove(repo, 'manifest', text.digest, later)]);
        // Either begins first, some turns of the event loop before the other.
        const lead = (round % 7) - 3;
        const [[blob, found], [blobRemoved, manifestRemoved]] = await Promise.all([after(lead, looks), after(-lead, removals)]);
        assert.equal(blobRemoved, (await looking.blobs.get(repo, item)) === undefined, 'a removal says whether it is gone');
        assert.equal(
          manifestRemoved,
          (await looking.manifests.get(repo, text.digest)) === undefined,
          'a removal says whether it is gone',
        );
        if (blob) assert.equal(blobRemoved, false, 'a blob was found and removed');
        if (found) assert.equal(manifestRemoved, false, 'a manifest was found and removed');
      }
    },
  },
  {
    name: 'of several that look at once for what lies in the trash, all find it',
    promises: ['inventory finds'],
    needs,
    async run(driver, { hasPeer, peer, amounts }) {
      const others = hasPeer ? await peer() : driver;
      const inventory = inventoryOf(driver);
      const item = await pushBlob(driver, repo, content);
      await driver.manifests.put(repo, manifest);
      assert.equal(await driver.manifests.tag(repo, tag, manifest.digest), true);
      for (let round = 0; round < 3 * amounts.rounds; round++) {
        assert.equal(await inventory.discard(repo, 'blob', item, at), true);
        assert.equal(await inventory.discard(repo, 'manifest', manifest.digest, at), true);
        const looks = Array.from({ length: 4 }, (_, index) =>
          after((index * round) % 5, async () => {
            const { blobs, manifests } = index % 2 === 0 ? driver : others;
            const found = await Promise.all([
              blobs.get(repo, item),
              blobs.mount ? blobs.mount(other, item, repo) : true,
              manifests.get(repo, manifest.digest),
              manifests.resolve(repo, tag),
            ]);
            assert.ok(
              found.every(Boolean),
              `one of several looks missed what lay in the trash: ${found.map(Boolean).join(', ')}`,
            );
          }),
        );
        await Promise.all(looks);
      }
    },
  },
  {
    name: 'a deletion of what lies in the trash takes it, whoever looks for it meanwhile',
    promises: ['inventory finds'],
    needs,
    async run(driver, { hasPeer, peer, amounts }) {
      const looking = hasPeer ? await peer() : driver;
      for (let round = 0; round < 3 * amounts.rounds; round++) {
        const item = await pushBlob(driver, repo, content);
        assert.equal(await inventoryOf(driver).discard(repo, 'blob', item, at), true);
        const lead = (round % 7) - 3;
        const [deleted] = await Promise.all([
          after(lead, () => driver.blobs.delete(repo, item)),
          after(-lead, () => looking.blobs.get(repo, item)),
        ]);
        assert.equal(deleted, true, 'it was there all the time');
        assert.equal(await looking.blobs.get(repo, item), undefined, 'what was deleted is gone');
      }
    },
  },
  {
    name: 'who pushes or mounts while bytes are freed has them',
    promises: ['inventory reclaim', 'inventory finds'],
    needs,
    async run(driver, { hasPeer, peer, amounts }) {
      const pushing = hasPeer ? await peer() : driver;
      const inventory = inventoryOf(driver);
      let running = true;
      const reclaiming = (async () => {
        for (; running; await nextTurn()) await inventory.reclaim();
      })();
      try {
        for (let round = 0; round < 2 * amounts.rounds; round++) {
          const each = sample(100, `reclaimed-${round % 5}`);
          const item = await pushBlob(pushing, repo, each);
          for (let turns = round % 3; turns > 0; turns--) await nextTurn();
          const [mounted] = await Promise.all([pushing.blobs.mount?.(other, item, repo), pushing.blobs.delete(repo, item)]);
          if (mounted) assertSameBytes(await pullBlob(pushing, other, item), each);
          await pushing.blobs.delete(other, item);
        }
      } finally {
        running = false;
        await reclaiming;
      }
    },
  },
];

/** Level `durability`, area `inventory`. */
export const inventoryDurabilityRules: readonly Definition[] = [
  {
    name: 'the trash and its times outlive the driver',
    promises: ['kept', 'inventory discard'],
    needs: ['inventory', 'reopen'],
    async run(driver, { reopen }) {
      await pushAll(driver);
      await discard(driver, 'blob', digest);
      const again = await reopen();
      assert.deepEqual(await listed('discarded', again, 'blob'), [{ digest, size: content.length, at }]);
      assert.equal(await inventoryOf(again).remove(repo, 'blob', digest, at), false);
      assertSameBytes(await pullBlob(again, repo, digest), content);
    },
  },
  {
    name: 'what was discarded, brought back or removed is so after a loss of power',
    promises: ['kept', 'inventory discard', 'inventory remove'],
    needs: ['inventory', 'reopen', 'losePower'],
    async run(driver, { reopen, losePower }) {
      const [back, gone] = [sample(1_000, 'back'), sample(1_000, 'gone')];
      await pushAll(driver);
      for (const each of [back, gone]) await pushBlob(driver, repo, each);
      const inventory = inventoryOf(driver);
      for (const item of [digest, digestOf(back), digestOf(gone)]) await inventory.discard(repo, 'blob', item, at);
      await inventory.discard(repo, 'manifest', manifest.digest, at);
      assert.ok(await driver.blobs.get(repo, digestOf(back)));
      assert.equal(await inventory.remove(repo, 'blob', digestOf(gone), later), true);
      losePower(() => false);
      const again = await reopen();
      assert.equal(await again.blobs.get(repo, digestOf(gone)), undefined, 'what was removed does not come back');
      assert.ok((await digestsIn('held', again, 'blob')).includes(digestOf(back)), 'what was brought back is held');
      assert.ok((await digestsIn('discarded', again, 'blob')).includes(digest), 'what was discarded lies in the trash');
      assertSameBytes(await pullBlob(again, repo, digest), content);
      assertSameBytes((await again.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
      assert.equal(await again.manifests.resolve(repo, tag), manifest.digest);
    },
  },
];
