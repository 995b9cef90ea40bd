/** Large uploads on a store that is simulated: their part numbers suffice, whatever the pieces that they come in. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { createAppender } from '../../../drivers/s3/appending.ts';
import { createBufferPool } from '../../../drivers/s3/buffer-pool.ts';
import { createContents } from '../../../drivers/s3/content.ts';
import { newPartNumbers } from '../../../drivers/s3/part-numbers.ts';
import { largestObject, lastNumber, plannedSize, smallestPart } from '../../../drivers/s3/part-plan.ts';
import { PlannedParts } from '../../../drivers/s3/planned-parts.ts';
import { seal } from '../../../drivers/s3/sealing.ts';
import { createSessions } from '../../../drivers/s3/sessions.ts';
import { createUploadStore } from '../../../drivers/s3/uploads.ts';
import type { Chunk, Upload, UploadStore } from '../../../lib/driver.ts';
import { digestOf, newId, repo } from '../../../lib/testing/suite/samples.ts';
import { createSimulatedStore, type SimulatedStore } from '../../support/s3/simulated-store.ts';

const mebibyte = 1024 * 1024;
const partSize = 8 * mebibyte;
const digest = digestOf(new Uint8Array());
const piece = new Uint8Array(mebibyte);

/** So many bytes behind `from`; then the error, if one is given. */
function zeros(from: Upload, size: number, error?: Error): Chunk {
  let offset = from.offset;
  return {
    checkpoint: () => ({ offset }),
    async *[Symbol.asyncIterator]() {
      for (let left = size; left > 0; left -= piece.length) {
        const bytes = piece.subarray(0, Math.min(left, piece.length));
        offset += bytes.length;
        yield [bytes];
      }
      if (error) throw error;
    },
  };
}

function uploadsOn(store: SimulatedStore): UploadStore {
  const appender = createAppender(store, createBufferPool(partSize, 8 * partSize), { partSize, partsInFlight: 4 });
  return createUploadStore(store, createSessions(store), createContents(store), appender);
}

/** The sizes of all objects that have bytes of uploads. */
const dataOf = (store: SimulatedStore) =>
  [...store.objects].flatMap(([key, { size }]) => (key.startsWith('data/') ? [size] : []));

/** Appends chunks of these sizes, and commits; nothing but the blob may be left. */
async function uploadIn(chunks: readonly number[]): Promise<void> {
  const store = createSimulatedStore();
  const uploads = uploadsOn(store);
  const id = newId();
  let at = await uploads.create(repo, id, { offset: 0 });
  for (const size of chunks)
    at = (await uploads.append(repo, id, at, zeros(at, size))) ?? assert.fail(`it ended at ${at.offset}`);
  assert.equal(await uploads.commit(repo, id, at, digest), true);
  assert.deepEqual(dataOf(store), [at.offset]);
  assert.equal(store.openMultiparts.size, 0);
}

const repeat = (count: number, size: number): number[] => Array.from({ length: count }, () => size);

describe('the part numbers of an upload suffice', () => {
  it.each([
    ['1,000 chunks of 10 MiB', repeat(1000, 10 * mebibyte)],
    ['2,000 chunks of 1 MiB', repeat(2000, mebibyte)],
    ['300 chunks of 5 MiB and a byte', repeat(300, smallestPart + 1)],
    ['40 chunks of 100 MiB and some bytes', repeat(40, 100 * mebibyte + 3)],
  ])('for %s', async (_, chunks) => uploadIn(chunks), 60_000);

  it('as each request gives back those that it has not used', async () => {
    const store = createSimulatedStore();
    const uploads = uploadsOn(store);
    const id = newId();
    let at = await uploads.create(repo, id, { offset: 0 });
    for (let turn = 0; turn < 5; turn++)
      at = (await uploads.append(repo, id, at, zeros(at, 9 * mebibyte))) ?? assert.fail('it must go on');
    const { parts } = (await createSessions(store).find(id))?.session.staged ?? {};
    expect(parts?.list.length).toBeGreaterThanOrEqual(5);
    expect(parts?.reserved).toBe(parts?.list.length);
  });

  it('for 500 requests that fail, each after it has begun to send a part', async () => {
    const store = createSimulatedStore();
    const uploads = uploadsOn(store);
    const id = newId();
    const begun = await uploads.create(repo, id, { offset: 0 });
    const at = (await uploads.append(repo, id, begun, zeros(begun, 9 * mebibyte))) ?? assert.fail('it must go on');
    for (let turn = 0; turn < 500; turn++) {
      const broken = new Error('broken');
      await expect(uploads.append(repo, id, at, zeros(at, 8 * mebibyte, broken))).rejects.toBe(broken);
    }
    const current = await createSessions(store).find(id);
    expect(current?.session.staged.parts?.reserved, 'each has used one').toBe(501);
    const last = (await uploads.append(repo, id, at, zeros(at, mebibyte))) ?? assert.fail('it must go on');
    assert.equal(await uploads.commit(repo, id, last, digest), true);
    assert.deepEqual(dataOf(store), [10 * mebibyte]);
  });

  it('when those of an upload have run out: its parts become one object, and further ones have low numbers', async () => {
    const store = createSimulatedStore();
    const sessions = createSessions(store);
    const uploads = uploadsOn(store);
    const id = newId();
    const begun = await uploads.create(repo, id, { offset: 0 });
    await uploads.append(repo, id, begun, zeros(begun, 9 * mebibyte));
    const current = (await sessions.find(id)) ?? assert.fail('there is a session');
    const { parts = assert.fail('it has parts'), ...rest } = current.session.staged;
    await sessions.replace(id, current, {
      ...current.session,
      staged: { ...rest, parts: { ...parts, reserved: lastNumber - 1 } },
    });
    let at = (await uploads.get(repo, id)) ?? assert.fail('it goes on');
    // A part under so high a number would have to be a gibibyte.
    for (const size of [1024 * mebibyte, ...repeat(10, partSize)])
      at = (await uploads.append(repo, id, at, zeros(at, size))) ?? assert.fail('it ended');
    assert.equal(await uploads.commit(repo, id, at, digest), true);
    assert.deepEqual(dataOf(store), [at.offset]);
  });
});

describe('a body of 5 TiB', () => {
  it.each([smallestPart, partSize, 512 * mebibyte])('is planned within 10,000 parts from parts of %i bytes', (size) => {
    let planned = 0;
    for (let number = 1; number < lastNumber; number++) planned += plannedSize(number, size);
    assert.ok(planned >= largestObject, `${planned} bytes are planned`);
  });

  it('that comes in one request is stored in parts of legal sizes, in bounded memory', async () => {
    const store = createSimulatedStore();
    const id = newId();
    const parts = new PlannedParts(store, id, undefined, newPartNumbers(), { partSize, partsInFlight: 4 });
    let inUse = 0;
    const bytes = Buffer.alloc(partSize);
    for (let offset = 0; offset < largestObject; offset += partSize) {
      inUse++;
      await parts.upload({ bytes, release: () => void inUse-- }, partSize);
      assert.ok(inUse <= 8, `${inUse} buffers are in use`);
    }
    const staged = await parts.finish();
    const location = await seal(store, staged, largestObject, id);
    assert.deepEqual(dataOf(store).sort(), [largestObject, ...(staged.tail ? [staged.tail.size] : [])].sort());
    assert.ok((store.partCounts.get(location.key) ?? lastNumber) < lastNumber);
    assert.equal(store.openMultiparts.size, 0);
  }, 60_000);
});
