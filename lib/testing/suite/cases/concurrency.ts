/** The rules for several callers at once, on one driver and on two. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from '../../../driver.ts';
import { nextTurn } from '../../../timers.ts';
import type { Definition } from '../definition.ts';
import {
  allReferrers,
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  manifestOf,
  newId,
  other,
  pullBlob,
  pushBlob,
  readName,
  readTag,
  referrerOf,
  repo,
  sample,
  uploadBytes,
} from '../samples.ts';

const empty = new Uint8Array(0);
const content = sample(100_000);
const digest = digestOf(content);
const [one, two] = [manifestOf('{"one":1}'), manifestOf('{"two":2}')];
const latest = readTag('latest');

/** How many of these are true. */
const countTrue = (results: readonly boolean[]): number => results.filter(Boolean).length;

/** Starts this many at once; gives all results. */
const atOnce = <T>(many: number, work: (turn: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: many }, (_, turn) => work(turn)));

async function withTag(driver: Driver): Promise<void> {
  for (const manifest of [one, two]) await driver.manifests.put(repo, manifest);
  await driver.manifests.tag(repo, latest, one.digest);
}

/** Looks for an upload all the time while appends to it follow one another. */
async function lookWhileAppending(appending: Driver, looking: Driver): Promise<void> {
  const id = newId();
  let at = await appending.uploads.create(repo, id, emptyCheckpoint);
  let goesOn = true;
  const look = async (): Promise<void> => {
    while (goesOn) {
      assert.ok(await looking.uploads.get(repo, id), 'an upload was absent while it was appended to');
      await nextTurn();
    }
  };
  const append = async (): Promise<void> => {
    try {
      for (let end = 0; end < 40; end++) {
        const chunk = chunkOf(content.subarray(0, end), [[content.subarray(end, end + 1)]]);
        at = (await appending.uploads.append(repo, id, at, chunk)) ?? assert.fail('an append must go on while others look');
      }
    } finally {
      goesOn = false;
    }
  };
  await Promise.all([append(), look(), look(), look()]);
  assert.equal(at.offset, 40);
}

/** Deletes a manifest at one driver and, as soon as it is absent at the other, puts and tags it there again. */
async function tagAgain(deleting: Driver, tagging: Driver): Promise<void> {
  await deleting.manifests.put(repo, two);
  // The deletion has to look through these, so that it may still be under way when the tag is set.
  await atOnce(100, (turn) => deleting.manifests.tag(repo, readTag(`a${turn}`), two.digest));
  for (let turn = 0; turn < 10; turn++) {
    await deleting.manifests.put(repo, one);
    let isOver = false;
    const deletion = deleting.manifests.delete(repo, one.digest).finally(() => {
      isOver = true;
    });
    while (!isOver && (await tagging.manifests.get(repo, one.digest))) await new Promise(setImmediate);
    await tagging.manifests.put(repo, one);
    assert.equal(await tagging.manifests.tag(repo, latest, one.digest), true);
    await deletion;
    assert.equal(await tagging.manifests.resolve(repo, latest), one.digest, 'the tag was set, and is gone');
  }
}

/** Does the work, and calls `look` again and again while it runs. */
async function lookWhile(look: () => Promise<void>, work: () => Promise<unknown>): Promise<void> {
  let over = false;
  const looking = async (): Promise<void> => {
    while (!over) {
      await look();
      // Yields to the event loop, so that the work proceeds even if the storage answers without waiting.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const working = async (): Promise<void> => {
    try {
      await work();
    } finally {
      over = true;
    }
  };
  // Waits for both even if one fails early: the storage is removed afterwards.
  for (const result of await Promise.allSettled([looking(), working()])) if (result.status === 'rejected') throw result.reason;
}

/** Level `concurrency`. */
export const concurrencyRules: readonly Definition[] = [
  {
    name: 'many pushes of one blob at once all succeed',
    promises: ['commit', 'one step'],
    async run(driver) {
      await atOnce(12, (turn) => pushBlob(driver, turn % 2 ? repo : other, content));
      assertSameBytes(await pullBlob(driver, repo, digest), content);
      assertSameBytes(await pullBlob(driver, other, digest), content);
    },
  },
  {
    name: 'many different tags written at once are all there',
    promises: ['tag', 'one step'],
    async run(driver) {
      await withTag(driver);
      const names = Array.from({ length: 40 }, (_, turn) => readTag(`v${String(turn).padStart(2, '0')}`));
      assert.equal(countTrue(await atOnce(40, (turn) => driver.manifests.tag(repo, names[turn] ?? latest, one.digest))), 40);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 100 }), ['latest', ...names]);
    },
  },
  {
    name: 'many referrers of one subject put at once are all listed',
    promises: ['referrers', 'one step'],
    async run(driver) {
      const manifests = Array.from({ length: 40 }, (_, turn) => referrerOf(`{"turn":${turn}}`, one.digest));
      await Promise.all(manifests.map((manifest) => driver.manifests.put(repo, manifest)));
      const found = await allReferrers(driver, repo, one.digest);
      assert.deepEqual(
        found.map((descriptor) => descriptor.digest),
        manifests.map((manifest) => manifest.digest).sort(),
      );
    },
  },
  {
    name: 'a tag that is set once its manifest was deleted and put again stays',
    promises: ['manifest delete later tags', 'tag'],
    run: (driver) => tagAgain(driver, driver),
  },
  {
    name: 'a manifest that is put, deleted and put again is read whole or not at all',
    promises: ['never half', 'one step'],
    async run(driver) {
      const large = manifestOf(JSON.stringify({ long: 'x'.repeat(1_000_000) }));
      const look = async (): Promise<void> => {
        const found = await driver.manifests.get(repo, large.digest);
        if (found) assertSameBytes(found.bytes, large.bytes);
      };
      await lookWhile(look, async () => {
        for (let turn = 0; turn < 10; turn++) {
          await driver.manifests.put(repo, large);
          await driver.manifests.put(repo, large);
          await driver.manifests.delete(repo, large.digest);
        }
      });
    },
  },
  {
    name: 'a referrer is not listed before its manifest is there',
    promises: ['dangling', 'order'],
    async run(driver) {
      const manifests = Array.from({ length: 10 }, (_, turn) => referrerOf(`{"turn":${turn}}`, one.digest));
      const look = async (): Promise<void> => {
        for (const descriptor of await allReferrers(driver, repo, one.digest)) {
          assert.ok(await driver.manifests.get(repo, descriptor.digest), 'a referrer is listed, and its manifest is absent');
        }
      };
      await lookWhile(look, async () => {
        for (const manifest of manifests) await driver.manifests.put(repo, manifest);
      });
    },
  },
  {
    name: 'a blob is absent until it is committed, and whole from then on',
    promises: ['never half', 'commit'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, content);
      const look = async (): Promise<void> => {
        const found = await pullBlob(driver, repo, digest);
        if (found) assertSameBytes(found, content);
      };
      await lookWhile(look, async () => assert.equal(await driver.uploads.commit(repo, id, upload, digest), true));
      assertSameBytes(await pullBlob(driver, repo, digest), content);
    },
  },
  {
    name: 'repositories that are filled at once are all listed',
    promises: ['repositories', 'one step'],
    async run(driver) {
      const names = Array.from({ length: 20 }, (_, turn) => readName(`library/app${String(turn).padStart(2, '0')}`));
      await Promise.all(names.map((name) => driver.manifests.put(name, one)));
      assert.deepEqual(await driver.manifests.repositories({ limit: 100 }), names);
    },
  },
  {
    name: 'an upload goes on at another instance, and is committed at the first',
    promises: ['append', 'token', 'same state'],
    needs: ['peer'],
    async run(driver, { peer }) {
      const second = await peer();
      const id = newId();
      await driver.uploads.create(repo, id, emptyCheckpoint);
      const begun = await second.uploads.get(repo, id);
      assert.ok(begun, 'the other instance must see the upload');
      const half = await second.uploads.append(repo, id, begun, chunkOf(empty, [[content.subarray(0, 50_000)]]));
      assert.deepEqual(await driver.uploads.get(repo, id), half);
      assert.ok(half);
      const whole = await driver.uploads.append(
        repo,
        id,
        half,
        chunkOf(content.subarray(0, 50_000), [[content.subarray(50_000)]]),
      );
      assert.ok(whole);
      assert.equal(await second.uploads.commit(repo, id, whole, digest), true);
      assertSameBytes(await pullBlob(driver, repo, digest), content);
    },
  },
  {
    name: 'an upload is there at every moment while appends to it follow one another',
    promises: ['upload get', 'one step'],
    run: (driver) => lookWhileAppending(driver, driver),
  },
  {
    name: 'an upload is there for one instance at every moment while another appends to it',
    promises: ['upload get', 'one step'],
    needs: ['peer'],
    run: async (driver, { peer }) => lookWhileAppending(driver, await peer()),
  },
  {
    name: 'a tag that is set at one instance stays whose manifest another deleted before, and goes on with that',
    promises: ['manifest delete later tags', 'tag'],
    needs: ['peer'],
    run: async (driver, { peer }) => tagAgain(driver, await peer()),
  },
  {
    name: 'what one instance reported as done the other sees',
    promises: ['kept', 'one step'],
    needs: ['peer'],
    async run(driver, { peer }) {
      const second = await peer();
      const signature = referrerOf('{"signature":1}', one.digest);
      await pushBlob(driver, repo, content);
      assertSameBytes(await pullBlob(second, repo, digest), content);
      await driver.manifests.put(repo, one);
      await second.manifests.put(repo, signature);
      assert.equal(await second.manifests.tag(repo, latest, one.digest), true);
      assert.equal(await driver.manifests.resolve(repo, latest), one.digest);
      assert.deepEqual(await allReferrers(driver, repo, one.digest), [signature.referrer]);
      assert.deepEqual(await second.manifests.tags(repo, { limit: 10 }), ['latest']);
      assert.equal(await second.manifests.delete(repo, one.digest), true);
      assert.equal(await driver.manifests.resolve(repo, latest), undefined);
      assert.equal(await second.blobs.delete(repo, digest), true);
      assert.equal(await driver.blobs.get(repo, digest), undefined);
    },
  },
  {
    name: 'an expiry leaves alone what another instance is appending to',
    promises: ['expire under way'],
    needs: ['peer', 'uploads.expire'],
    async run(driver, { peer }) {
      const second = await peer();
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const expire = async () => {
        await sleep(15);
        assert.equal(await second.uploads.expire?.(new Date()), 0, 'an upload that is being written was ended');
      };
      const steps = [expire, [content.subarray(0, 10)], expire, [content.subarray(10)], expire];
      const upload = await driver.uploads.append(repo, id, begun, chunkOf(empty, steps));
      assert.equal(upload?.offset, content.length);
      assert.equal(await driver.uploads.commit(repo, id, upload, digest), true);
    },
  },
];
