/** The rules of the blob store. */
import assert from 'node:assert/strict';
import type { ByteReader, ByteStream } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import {
  assertSameBytes,
  bytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  newId,
  other,
  pullBlob,
  pushBlob,
  readAll,
  readName,
  repo,
  sample,
} from '../samples.ts';

const whole = sample(1_000_003);
const sizes = [0, 1, 65_536, 65_537, 262_144, 262_145, 1_000_003];
const kinds = ['sha256', 'sha384', 'sha512'] as const;

/** First and last byte of ranges of a blob of 1,000,003 bytes. */
const ranges: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 65_535],
  [0, 65_536],
  [1, 999_999],
  [262_143, 262_144],
  [500_000, 1_000_002],
  [1_000_002, 1_000_002],
];

/** Contents whose digests begin with the same two hex digits. */
const alike = Array.from({ length: 1024 }, (_, turn) => bytes(`content ${turn}`)).filter((content) =>
  digestOf(content).startsWith('sha256:00'),
);

/** What a body gives, of which `meanwhile` is done behind its first piece; `threw` if its iteration fails. */
async function readWhile(
  body: Uint8Array | AsyncIterable<Uint8Array> | undefined,
  meanwhile: () => Promise<void>,
): Promise<Uint8Array | undefined | 'threw'> {
  if (body === undefined || body instanceof Uint8Array) {
    await meanwhile();
    return body;
  }
  const pieces: Uint8Array[] = [];
  const rest = body[Symbol.asyncIterator]();
  const take = async () => {
    try {
      return await rest.next();
    } catch {
      // What is thrown says that the storage failed; how, is the driver's affair.
      return 'threw';
    }
  };
  for (let turn = 0; ; turn++) {
    const next = await take();
    if (next === 'threw') return next;
    if (next.done) return Buffer.concat(pieces);
    pieces.push(next.value);
    if (turn === 0) await meanwhile();
  }
}

/** The reader of what was opened, where the driver gives one; otherwise closes it, since what is opened holds on to a file or connection. */
async function readerOf(body: Uint8Array | ByteStream | undefined): Promise<ByteReader | undefined> {
  if (body === undefined || body instanceof Uint8Array) return undefined;
  if (body.reader) return body.reader();
  const pieces = body[Symbol.asyncIterator]();
  await pieces.next();
  await pieces.return?.();
  return undefined;
}

/** What a reader puts into one buffer of `length` bytes, again and again; `meanwhile` is done behind the first piece. Closes it. */
async function readInto(reader: ByteReader, length: number, meanwhile = async (): Promise<void> => {}): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const count = await reader.read(buffer);
      assert.ok(Number.isInteger(count) && count >= 0 && count <= length, `${count} bytes in a buffer of ${length}`);
      if (count === 0) return Buffer.concat(pieces);
      pieces.push(buffer.slice(0, count));
      // What is not written again shows.
      buffer.fill(0);
      if (pieces.length === 1) await meanwhile();
    }
  } finally {
    await reader.close();
  }
}

/** Level `contract`, area `blobs`. */
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
      promises: ['blob open', 'blob pieces', 'blob size'],
      async run(driver) {
        const content = whole.subarray(0, size);
        const digest = await pushBlob(driver, repo, content);
        const blob = await driver.blobs.get(repo, digest);
        assert.equal(blob?.size, size);
        assertSameBytes(await readAll(await blob?.open()), content);
      },
    }),
  ),
  ...kinds.map(
    (algorithm): Definition => ({
      name: `a blob is found under its ${algorithm} digest`,
      promises: ['blob get'],
      async run(driver) {
        const content = sample(1000);
        const digest = await pushBlob(driver, repo, content, digestOf(content, algorithm));
        assertSameBytes(await pullBlob(driver, repo, digest), content);
      },
    }),
  ),
  {
    name: 'a range of a blob is exactly those bytes',
    promises: ['blob open'],
    async run(driver) {
      const digest = await pushBlob(driver, repo, whole);
      for (const [first, last] of ranges) {
        assertSameBytes(await pullBlob(driver, repo, digest, { first, last }), whole.subarray(first, last + 1));
      }
    },
  },
  {
    name: 'a blob, or a range of it, that is read into given memory is exactly those bytes',
    promises: ['blob reader', 'reader read'],
    async run(driver) {
      const blob = await driver.blobs.get(repo, await pushBlob(driver, repo, whole));
      for (const length of [100_000, 2_000_000]) {
        for (const range of [undefined, ...ranges]) {
          const [first, last] = range ?? [0, whole.length - 1];
          const reader = await readerOf(await blob?.open(range && { first, last }));
          if (reader) assertSameBytes(await readInto(reader, length), whole.subarray(first, last + 1));
        }
      }
    },
  },
  {
    name: 'a blob can be opened many times, also at once',
    promises: ['blob open'],
    async run(driver) {
      const content = whole.subarray(0, 700_000);
      const blob = await driver.blobs.get(repo, await pushBlob(driver, repo, content));
      const bodies = await Promise.all([1, 2, 3, 4].map(async () => readAll(await blob?.open())));
      for (const body of bodies) assertSameBytes(body, content);
    },
  },
  {
    name: 'a reader may stop before the end of a blob, or before its beginning',
    promises: ['close', 'blob open', 'reader close'],
    async run(driver) {
      const blob = await driver.blobs.get(repo, await pushBlob(driver, repo, whole));
      const body = await blob?.open();
      if (body === undefined) assert.fail('the blob is there');
      if (!(body instanceof Uint8Array)) for await (const _ of body) break;
      const unread = await blob?.open();
      if (unread !== undefined && !(unread instanceof Uint8Array)) await unread[Symbol.asyncIterator]().return?.();
      const reader = await readerOf(await blob?.open());
      await reader?.read(new Uint8Array(10));
      await reader?.close();
      await (await readerOf(await blob?.open()))?.close();
      const again = await readerOf(await blob?.open());
      if (again) assertSameBytes(await readInto(again, 100_000), whole);
      assertSameBytes(await readAll(await blob?.open()), whole);
    },
  },
  {
    name: 'a blob is held by the repository it was pushed to and by no other',
    promises: ['blob get'],
    async run(driver) {
      const digest = await pushBlob(driver, readName('a/b'), sample(10));
      for (const stranger of ['a', 'a/b/c', 'a-b', 'b']) {
        assert.equal(await driver.blobs.get(readName(stranger), digest), undefined, stranger);
      }
    },
  },
  {
    name: 'a deleted blob is gone from its repository and stays in the others',
    promises: ['blob delete'],
    async run(driver) {
      const content = whole.subarray(0, 100_000);
      const digest = await pushBlob(driver, repo, content);
      await pushBlob(driver, other, content);
      assert.equal(await driver.blobs.delete(repo, digest), true);
      assert.equal(await driver.blobs.get(repo, digest), undefined);
      assertSameBytes(await pullBlob(driver, other, digest), content);
    },
  },
  {
    name: 'a blob that is looked up to be read is there until it is deleted, and again when it was pushed again',
    promises: ['blob get then read'],
    async run(driver) {
      const content = whole.subarray(0, 1000);
      const digest = digestOf(content);
      const read = async () => (await driver.blobs.get(repo, digest, { thenRead: true }))?.open();
      assert.equal(await read(), undefined);
      for (let round = 0; round < 2; round += 1) {
        await pushBlob(driver, repo, content);
        assertSameBytes(await readAll(await read()), content);
        await driver.blobs.delete(repo, digest);
        assert.equal(await read(), undefined);
      }
    },
  },
  {
    name: 'deleting a blob leaves it to repositories whose names begin alike',
    promises: ['blob delete'],
    async run(driver) {
      const content = sample(10);
      const neighbours = ['a', 'a/b/c', 'a/bc', 'a/b-c', 'a/b.c', 'a-b', 'ab'].map(readName);
      const digest = await pushBlob(driver, readName('a/b'), content);
      for (const neighbour of neighbours) await pushBlob(driver, neighbour, content);
      assert.equal(await driver.blobs.delete(readName('a/b'), digest), true);
      assert.equal(await driver.blobs.get(readName('a/b'), digest), undefined);
      for (const neighbour of neighbours) assertSameBytes(await pullBlob(driver, neighbour, digest), content);
    },
  },
  {
    name: 'deleting a blob leaves those whose digests begin alike',
    promises: ['blob delete'],
    async run(driver) {
      const [first, ...others] = alike;
      assert.ok(first && others.length > 0);
      for (const content of alike) await pushBlob(driver, repo, content);
      assert.equal(await driver.blobs.delete(repo, digestOf(first)), true);
      assert.equal(await driver.blobs.get(repo, digestOf(first)), undefined);
      for (const content of others) assertSameBytes(await pullBlob(driver, repo, digestOf(content)), content);
    },
  },
  {
    name: 'deleting a blob that is not there is false',
    promises: ['blob delete absent', 'absence'],
    async run(driver) {
      const digest = await pushBlob(driver, repo, sample(10));
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
      const digest = await pushBlob(driver, repo, content);
      await driver.blobs.delete(repo, digest);
      await pushBlob(driver, repo, content);
      assertSameBytes(await pullBlob(driver, repo, digest), content);
    },
  },
  {
    name: 'a blob deleted after it was looked up opens whole or not at all',
    promises: ['blob gone', 'never half'],
    async run(driver) {
      const content = whole.subarray(0, 300_000);
      const digest = await pushBlob(driver, repo, content);
      const blob = await driver.blobs.get(repo, digest);
      await driver.blobs.delete(repo, digest);
      const body = await readAll(await blob?.open());
      if (body !== undefined) assertSameBytes(body, content);
    },
  },
  ...(['whole', 'in a range'] as const).map(
    (how): Definition => ({
      name: `a blob that is deleted while it is read ${how} comes to its end, or its reader is told`,
      promises: ['blob deleted while read', 'never half'],
      async run(driver) {
        const content = sample(6_000_000);
        const digest = await pushBlob(driver, repo, content);
        const range = how === 'whole' ? undefined : { first: 1_000_000, last: 5_499_999 };
        const body = await (await driver.blobs.get(repo, digest))?.open(range);
        const deleted = async () => assert.equal(await driver.blobs.delete(repo, digest), true);
        const read = await readWhile(body, deleted);
        if (read !== 'threw') assertSameBytes(read, range ? content.subarray(range.first, range.last + 1) : content);
      },
    }),
  ),
  {
    name: 'a blob that is deleted while it is read into given memory comes to its end, or its reader is told',
    promises: ['reader deleted', 'never half'],
    async run(driver) {
      const content = sample(6_000_000);
      const digest = await pushBlob(driver, repo, content);
      const reader = await readerOf(await (await driver.blobs.get(repo, digest))?.open());
      const deleted = async () => assert.equal(await driver.blobs.delete(repo, digest), true);
      // What is thrown says that the storage failed; how, is the driver's affair.
      const read = reader && (await readInto(reader, 100_000, deleted).catch(() => undefined));
      if (read) assertSameBytes(read, content);
    },
  },
  {
    name: 'a mount lets a repository hold what the named one holds',
    promises: ['mount', 'blob delete'],
    needs: ['blobs.mount'],
    async run(driver) {
      const content = whole.subarray(0, 100_000);
      const digest = await pushBlob(driver, repo, content);
      assert.equal(await driver.blobs.mount?.(other, digest, repo), true);
      assertSameBytes(await pullBlob(driver, other, digest), content);
      await driver.blobs.delete(repo, digest);
      assertSameBytes(await pullBlob(driver, other, digest), content);
    },
  },
  {
    name: 'a mount leaves the blob to its source',
    promises: ['mount'],
    needs: ['blobs.mount'],
    async run(driver) {
      const content = sample(10);
      const digest = await pushBlob(driver, repo, content);
      assert.equal(await driver.blobs.mount?.(other, digest, repo), true);
      assertSameBytes(await pullBlob(driver, repo, digest), content);
      assert.equal(await driver.blobs.mount?.(readName('a'), digest), true);
      for (const holder of [repo, other]) assertSameBytes(await pullBlob(driver, holder, digest), content);
    },
  },
  {
    name: 'a mount from a repository that does not hold the blob is false and gives nothing',
    promises: ['mount absent'],
    needs: ['blobs.mount'],
    async run(driver) {
      const digest = await pushBlob(driver, repo, sample(10));
      assert.equal(await driver.blobs.mount?.(other, digest, readName('library')), false);
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
      await pushBlob(driver, readName('a'), sample(11));
      const digest = await pushBlob(driver, readName('x/y/z'), content);
      assert.equal(await driver.blobs.mount?.(other, digest), true);
      assertSameBytes(await pullBlob(driver, other, digest), content);
    },
  },
  {
    name: 'a mount without a source is false where no repository holds the blob any more',
    promises: ['mount absent'],
    needs: ['blobs.mount'],
    async run(driver) {
      assert.equal(await driver.blobs.mount?.(other, digestOf(sample(10))), false);
      const digest = await pushBlob(driver, repo, sample(10));
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
      const digest = await pushBlob(driver, repo, sample(10));
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
      assertSameBytes(await pullBlob(driver, repo, digestOf(content)), content);
    },
  },
  {
    name: 'a chunk that is put whole is read once',
    promises: ['chunk once', 'put'],
    needs: ['blobs.put'],
    async run(driver) {
      const content = sample(1000);
      await driver.blobs.put?.(repo, digestOf(content), chunkOf(new Uint8Array(0), [[content]]));
      assertSameBytes(await pullBlob(driver, repo, digestOf(content)), content);
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
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      await driver.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), [[sample(10)]]));
      assert.equal(await driver.blobs.get(repo, digestOf(sample(10))), undefined);
    },
  },
];
