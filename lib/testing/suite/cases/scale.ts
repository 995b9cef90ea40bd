/** The rules for a million tags, a blob of a gibibyte and ten thousand uploads. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Digest, formats } from '../../../api/formats.ts';
import type { Chunk } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import { countResources } from '../leaks.ts';
import { bytes, chunkOf, digestOf, emptyCheckpoint, manifestOf, newId, readTag, repo, sample } from '../samples.ts';

/** How long a case may take on the slowest storage, in milliseconds. */
const hours = 2 * 3_600_000;
/** How many calls run at once. */
const callers = 64;
/** How many bytes of memory each tag may cost. */
const mostBytesPerTag = 150;
/** How many more descriptors may be open while many uploads are open. */
const mostDescriptors = 100;

/** Does the work for each number below `count`, `callers` at once. */
async function forEachBelow(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(callers, count) }, caller));
}

/** The bytes of memory in use after a garbage collection. */
async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The blocks of a blob of this size: a mebibyte each, all different. */
function* blocksOf(size: number): Generator<Uint8Array> {
  const block = sample(2 ** 20);
  for (let start = 0; start < size; start += block.length) {
    const fresh = block.slice(0, Math.min(block.length, size - start));
    fresh.set(bytes(String(start)).subarray(0, fresh.length));
    yield fresh;
  }
}

const digestOfBlocks = (size: number): Digest => {
  const hash = createHash('sha256');
  for (const block of blocksOf(size)) hash.update(block);
  const digest = formats.digest.read(`sha256:${hash.digest('hex')}`);
  assert.ok(digest);
  return digest;
};

/** A chunk of such a blob, whose blocks are made while it is read. */
function chunkOfBlocks(size: number): Chunk {
  let offset = 0;
  return {
    checkpoint: () => ({ offset }),
    async *[Symbol.asyncIterator]() {
      for (const block of blocksOf(size)) {
        offset += block.length;
        yield [block];
      }
    },
  };
}

/** Level `scale`. */
export const scaleRules: readonly Definition[] = [
  {
    name: 'a million tags are listed in order, each once, and cost no more than 150 bytes of memory each',
    promises: ['page', 'tags'],
    timeout: hours,
    async run(driver, { amounts }) {
      const manifest = manifestOf('{}');
      await driver.manifests.put(repo, manifest);
      const before = await memoryInUse();
      await forEachBelow(amounts.tags, async (index) => {
        assert.equal(await driver.manifests.tag(repo, readTag(`v${index}`), manifest.digest), true);
      });
      let count = 0;
      for (let after = ''; ; ) {
        const page = await driver.manifests.tags(repo, { after, limit: 10_000 });
        for (const tag of page ?? []) {
          assert.ok(tag > after, `${tag} is listed after ${after}`);
          after = tag;
          count++;
        }
        if (page === undefined || page.length < 10_000) break;
      }
      assert.equal(count, amounts.tags);
      const each = ((await memoryInUse()) - before) / amounts.tags;
      assert.ok(each <= mostBytesPerTag || amounts.tags < 10_000, `each tag costs ${each.toFixed(0)} bytes of memory`);
    },
  },
  {
    name: 'a blob of a gibibyte comes back, whole and in ranges',
    promises: ['append', 'commit', 'blob open'],
    timeout: hours,
    async run(driver, { amounts: { blobBytes } }) {
      const id = newId();
      const digest = digestOfBlocks(blobBytes);
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const upload = await driver.uploads.append(repo, id, begun, chunkOfBlocks(blobBytes));
      assert.equal(upload?.offset, blobBytes);
      assert.equal(await driver.uploads.commit(repo, id, upload, digest), true);
      const blob = await driver.blobs.get(repo, digest);
      assert.equal(blob?.size, blobBytes);
      const hash = createHash('sha256');
      const whole = await blob.open();
      if (whole instanceof Uint8Array) hash.update(whole);
      else for await (const piece of whole ?? []) hash.update(piece);
      assert.equal(`sha256:${hash.digest('hex')}`, digest);
      const last = await blob.open({ first: blobBytes - 10, last: blobBytes - 1 });
      let length = 0;
      if (last instanceof Uint8Array) length = last.length;
      else for await (const piece of last ?? []) length += piece.length;
      assert.equal(length, Math.min(10, blobBytes));
    },
  },
  {
    name: 'ten thousand uploads may be open, and hold no descriptors',
    promises: ['create', 'append', 'commit'],
    timeout: hours,
    async run(driver, { amounts }) {
      const content = sample(1000);
      const ids = Array.from({ length: amounts.uploads }, newId);
      const before = countResources()['open descriptors'] ?? 0;
      await forEachBelow(ids.length, async (index) => {
        const id = ids[index] ?? newId();
        const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
        await driver.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), [[content]]));
      });
      const open = (countResources()['open descriptors'] ?? 0) - before;
      assert.ok(open <= mostDescriptors, `${ids.length} uploads between two requests hold ${open} descriptors`);
      await forEachBelow(ids.length, async (index) => {
        const id = ids[index] ?? newId();
        const upload = await driver.uploads.get(repo, id);
        assert.equal(upload?.offset, content.length);
        if (index % 2 === 0) assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(content)), true);
        else assert.equal(await driver.uploads.delete(repo, id), true);
      });
    },
  },
];
