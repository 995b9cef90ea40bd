/** What a blob store promises. */
import assert from 'node:assert/strict';
import type { Definition } from '../definition.ts';
import {
  bytes,
  chunkOf,
  digestOf,
  drained,
  named,
  newId,
  nothing,
  other,
  pulled,
  pushed,
  repo,
  sameBytes,
  sample,
} from '../samples.ts';

const whole = sample(1_000_003);
const sizes = [0, 1, 65_536, 65_537, 262_144, 262_145, 1_000_003];
const kinds = ['sha256', 'sha384', 'sha512'] as const;

/** First and last byte, of a blob of a million bytes and three. */
const ranges: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 65_535],
  [0, 65_536],
  [1, 999_999],
  [262_143, 262_144],
  [500_000, 1_000_002],
  [1_000_002, 1_000_002],
];

/** Contents whose digests begin with the same two digits. */
const alike = Array.from({ length: 1024 }, (_, turn) => bytes(`content ${turn}`)).filter((content) =>
  digestOf(content).startsWith('sha256:00'),
);

export const blobRules: readonly Definition[] = [
  {
    name: 'a blob that no repository holds is absent',
    promises: ['blob get', 'absence'],
    async run(driver) {
      assert.equal(await driver.blobs.get(repo, digestOf(sample(10))), undefined);
    },
  },
  ...sizes.map(
    (size): Definition => ({
      name: `a blob of ${size} bytes comes back as it went in`,
      promises: ['blob open', 'blob size'],
      async run(driver) {
        const content = whole.subarray(0, size);
        const digest = await pushed(driver, repo, content);
        const blob = await driver.blobs.get(repo, digest);
        assert.equal(blob?.size, size);
        sameBytes(await drained(await blob?.open()), content);
      },
    }),
  ),
  ...kinds.map(
    (algorithm): Definition => ({
      name: `a blob is found under its ${algorithm} digest`,
      promises: ['blob get'],
      async run(driver) {
        const content = sample(1000);
        const digest = await pushed(driver, repo, content, digestOf(content, algorithm));
        sameBytes(await pulled(driver, repo, digest), content);
      },
    }),
  ),
  {
    name: 'a range of a blob is exactly those bytes',
    promises: ['blob open'],
    async run(driver) {
      const digest = await pushed(driver, repo, whole);
      for (const [first, last] of ranges) {
        sameBytes(await pulled(driver, repo, digest, { first, last }), whole.subarray(first, last + 1));
      }
    },
  },
  {
    name: 'a blob can be opened many times, also at once',
    promises: ['blob open'],
    async run(driver) {
      const content = whole.subarray(0, 700_000);
      const blob = await driver.blobs.get(repo, await pushed(driver, repo, content));
      const bodies = await Promise.all([1, 2, 3, 4].map(async () => drained(await blob?.open())));
      for (const body of bodies) sameBytes(body, content);
    },
  },
  {
    name: 'a reader may stop before the end of a blob, or before its beginning',
    promises: ['close', 'blob open'],
    async run(driver) {
      const blob = await driver.blobs.get(repo, await pushed(driver, repo, whole));
      const body = await blob?.open();
      if (body === undefined) assert.fail('the blob is there');
      if (!(body instanceof Uint8Array)) for await (const _ of body) break;
      const unread = await blob?.open();
      if (unread !== undefined && !(unread instanceof Uint8Array)) await unread[Symbol.asyncIterator]().return?.();
      sameBytes(await drained(await blob?.open()), whole);
    },
  },
  {
    name: 'a blob is held by the repository it was pushed to and by no other',
    promises: ['blob get'],
    async run(driver) {
      const digest = await pushed(driver, named('a/b'), sample(10));
      for (const stranger of ['a', 'a/b/c', 'a-b', 'b']) {
        assert.equal(await driver.blobs.get(named(stranger), digest), undefined, stranger);
      }
    },
  },
  {
    name: 'a deleted blob is gone from its repository and stays in the others',
    promises: ['blob delete'],
    async run(driver) {
      const content = whole.subarray(0, 100_000);
      const digest = await pushed(driver, repo, content);
      await pushed(driver, other, content);
      assert.equal(await driver.blobs.delete(repo, digest), true);
      assert.equal(await driver.blobs.get(repo, digest), undefined);
      sameBytes(await pulled(driver, other, digest), content);
    },
  },
  {
    name: 'deleting a blob leaves it to repositories whose names begin alike',
    promises: ['blob delete'],
    async run(driver) {
      const content = sample(10);
      const neighbours = ['a', 'a/b/c', 'a/bc', 'a/b-c', 'a/b.c', 'a-b', 'ab'].map(named);
      const digest = await pushed(driver, named('a/b'), content);
      for (const neighbour of neighbours) await pushed(driver, neighbour, content);
      assert.equal(await driver.blobs.delete(named('a/b'), digest), true);
      assert.equal(await driver.blobs.get(named('a/b'), digest), undefined);
      for (const neighbour of neighbours) sameBytes(await pulled(driver, neighbour, digest), content);
    },
  },
  {
    name: 'deleting a blob leaves those whose digests begin alike',
    promises: ['blob delete'],
    async run(driver) {
      const [first, ...others] = alike;
      assert.ok(first && others.length > 0);
      for (const content of alike) await pushed(driver, repo, content);
      assert.equal(await driver.blobs.delete(repo, digestOf(first)), true);
      assert.equal(await driver.blobs.get(repo, digestOf(first)), undefined);
      for (const content of others) sameBytes(await pulled(driver, repo, digestOf(content)), content);
    },
  },
  {
    name: 'deleting a blob that is not there is false',
    promises: ['blob delete absent', 'absence'],
    async run(driver) {
      const digest = await pushed(driver, repo, sample(10));
      assert.equal(await driver.blobs.delete(other, digest), false);
      assert.equal(await driver.blobs.delete(repo, digest), true);
      assert.equal(await driver.blobs.delete(repo, digest), false);
    },
  },
  {
    name: 'a blob that was deleted can be pushed again',
    promises: ['blob delete', 'commit'],
    async run(driver) {
      const content = sample(10);
      const digest = await pushed(driver, repo, content);
      await driver.blobs.delete(repo, digest);
      await pushed(driver, repo, content);
      sameBytes(await pulled(driver, repo, digest), content);
    },
  },
  {
    name: 'a blob deleted after it was looked up opens whole or not at all',
    promises: ['blob gone', 'never half'],
    async run(driver) {
      const content = whole.subarray(0, 300_000);
      const digest = await pushed(driver, repo, content);
      const blob = await driver.blobs.get(repo, digest);
      await driver.blobs.delete(repo, digest);
      const body = await drained(await blob?.open());
      if (body !== undefined) sameBytes(body, content);
    },
  },
  {
    name: 'a mount lets a repository hold what the named one holds',
    promises: ['mount', 'blob delete'],
    needs: ['blobs.mount'],
    async run(driver) {
      const content = whole.subarray(0, 100_000);
      const digest = await pushed(driver, repo, content);
      assert.equal(await driver.blobs.mount?.(other, digest, repo), true);
      sameBytes(await pulled(driver, other, digest), content);
      await driver.blobs.delete(repo, digest);
      sameBytes(await pulled(driver, other, digest), content);
    },
  },
  {
    name: 'a mount leaves the blob to its source',
    promises: ['mount'],
    needs: ['blobs.mount'],
    async run(driver) {
      const content = sample(10);
      const digest = await pushed(driver, repo, content);
      assert.equal(await driver.blobs.mount?.(other, digest, repo), true);
      sameBytes(await pulled(driver, repo, digest), content);
      assert.equal(await driver.blobs.mount?.(named('a'), digest), true);
      for (const holder of [repo, other]) sameBytes(await pulled(driver, holder, digest), content);
    },
  },
  {
    name: 'a mount from a repository that does not hold the blob is false and gives nothing',
    promises: ['mount absent'],
    needs: ['blobs.mount'],
    async run(driver) {
      const digest = await pushed(driver, repo, sample(10));
      assert.equal(await driver.blobs.mount?.(other, digest, named('library')), false);
      assert.equal(await driver.blobs.get(other, digest), undefined);
      await driver.blobs.delete(repo, digest);
      assert.equal(await driver.blobs.mount?.(other, digest, repo), false);
      assert.equal(await driver.blobs.get(other, digest), undefined);
    },
  },
  {
    name: 'a mount without a source takes the blob from any repository that holds it',
    promises: ['mount'],
    needs: ['blobs.mount'],
    async run(driver) {
      const content = sample(10);
      await pushed(driver, named('a'), sample(11));
      const digest = await pushed(driver, named('x/y/z'), content);
      assert.equal(await driver.blobs.mount?.(other, digest), true);
      sameBytes(await pulled(driver, other, digest), content);
    },
  },
  {
    name: 'a mount without a source is false where no repository holds the blob any more',
    promises: ['mount absent'],
    needs: ['blobs.mount'],
    async run(driver) {
      assert.equal(await driver.blobs.mount?.(other, digestOf(sample(10))), false);
      const digest = await pushed(driver, repo, sample(10));
      await driver.blobs.delete(repo, digest);
      assert.equal(await driver.blobs.mount?.(other, digest), false);
      assert.equal(await driver.blobs.get(other, digest), undefined);
    },
  },
  {
    name: 'a mount may be repeated',
    promises: ['mount', 'repeatable'],
    needs: ['blobs.mount'],
    async run(driver) {
      const digest = await pushed(driver, repo, sample(10));
      assert.equal(await driver.blobs.mount?.(other, digest, repo), true);
      assert.equal(await driver.blobs.mount?.(other, digest, repo), true);
      assert.equal(await driver.blobs.mount?.(other, digest), true);
    },
  },
  {
    name: 'a blob that is put whole is held by the repository',
    promises: ['put'],
    needs: ['blobs.put'],
    async run(driver) {
      const content = whole.subarray(0, 300_000);
      const steps = [[content.subarray(0, 5), content.subarray(5, 100)], [content.subarray(100)]];
      await driver.blobs.put?.(repo, digestOf(content), chunkOf(new Uint8Array(0), steps));
      sameBytes(await pulled(driver, repo, digestOf(content)), content);
    },
  },
  {
    name: 'a chunk that is put whole is read once',
    promises: ['chunk once', 'put'],
    needs: ['blobs.put'],
    async run(driver) {
      const content = sample(1000);
      await driver.blobs.put?.(repo, digestOf(content), chunkOf(new Uint8Array(0), [[content]]));
      sameBytes(await pulled(driver, repo, digestOf(content)), content);
    },
  },
  {
    name: 'of a blob whose bytes were not the promised ones nothing is kept',
    promises: ['put refused', 'chunk error'],
    needs: ['blobs.put'],
    async run(driver) {
      const failure = new Error('other bytes');
      const chunk = chunkOf(new Uint8Array(0), [[sample(10)], failure]);
      await assert.rejects(
        async () => driver.blobs.put?.(repo, digestOf(sample(20)), chunk),
        (error) => error === failure,
      );
      assert.equal(await driver.blobs.get(repo, digestOf(sample(20))), undefined);
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), []);
    },
  },
  {
    name: 'an upload that has not been committed is no blob',
    promises: ['commit'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, nothing);
      await driver.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), [[sample(10)]]));
      assert.equal(await driver.blobs.get(repo, digestOf(sample(10))), undefined);
    },
  },
];
