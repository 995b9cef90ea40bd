/** The buffers of the driver of object stores: few, and for those whose bytes come. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createAppender } from '../../../drivers/s3/appending.ts';
import { type BufferPool, createBufferPool } from '../../../drivers/s3/buffer-pool.ts';
import { FewBytes } from '../../../drivers/s3/few-bytes.ts';
import { smallestPart } from '../../../drivers/s3/part-plan.ts';
import { seal } from '../../../drivers/s3/sealing.ts';
import type { Chunk } from '../../../lib/driver.ts';
import { newId } from '../../../lib/testing/suite/samples.ts';
import { createSimulatedStore } from '../../support/s3/simulated-store.ts';

const kibibyte = 1024;
const partSize = 8 * kibibyte * kibibyte;

/** Something that waits until it is told to go on. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** A chunk of pieces of these sizes; it waits where one is a promise, and `reached` is called before it waits. */
function pieces(...steps: readonly (number | Promise<void>)[]): Chunk & { readonly reached: Promise<void> } {
  let offset = 0;
  const { open, opened } = gate();
  return {
    reached: opened,
    checkpoint: () => ({ offset }),
    async *[Symbol.asyncIterator]() {
      for (const step of steps) {
        if (typeof step !== 'number') {
          open();
          await step;
          continue;
        }
        offset += step;
        yield [new Uint8Array(step)];
      }
    },
  };
}

function appending(pool: BufferPool) {
  const store = createSimulatedStore();
  const appender = createAppender(store, pool, { partSize, partsInFlight: 4 });
  /** Appends to a new upload, and seals it: all its bytes are one object then. */
  const append = async (chunk: Chunk): Promise<number> => {
    const id = newId();
    const { staged } = await appender.append({}, chunk, id);
    const { key, size } = await seal(store, staged, chunk.checkpoint().offset, id);
    if (staged.tail && staged.tail.key !== key) await store.delete(staged.tail.key);
    return size;
  };
  return { store, append };
}

describe('the buffers of uploads', () => {
  it.each([
    ['a byte', 1],
    ['64 KiB', 64 * kibibyte],
    ['a MiB', kibibyte * kibibyte],
    ['more than the smallest part', smallestPart + 1],
  ])('are not held by uploads that stand still after %s, which go on afterwards', async (_, size) => {
    const { store, append } = appending(createBufferPool(partSize, partSize));
    const { open, opened } = gate();
    const stalled = Array.from({ length: 4 }, () => pieces(size, opened, 3, partSize, 5));
    const ends = stalled.map(append);
    for (const { reached } of stalled) await reached;
    const startedMs = performance.now();
    expect(await append(pieces(kibibyte * kibibyte))).toBe(kibibyte * kibibyte);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    open();
    expect(await Promise.all(ends)).toEqual(stalled.map(() => size + 3 + partSize + 5));
    const sizes = [...store.objects.values()].reduce((sum, object) => sum + object.size, 0);
    expect(sizes, 'nothing is left of what was stored on the way').toBe(4 * (size + 8 + partSize) + kibibyte * kibibyte);
    expect(store.openMultiparts.size).toBe(0);
  });

  it('are not needed for few bytes', async () => {
    const pool = createBufferPool(partSize, partSize, 100);
    const held = await pool.take();
    expect(await appending(pool).append(pieces(1, 64 * kibibyte - 1))).toBe(64 * kibibyte);
    held.release();
  });

  it('that were given back and got no more bytes are stored once', async () => {
    const { store, append } = appending(createBufferPool(partSize, partSize));
    const { open, opened } = gate();
    const stalled = pieces(100 * kibibyte, opened);
    const end = append(stalled);
    await stalled.reached;
    await append(pieces(kibibyte * kibibyte));
    open();
    expect(await end).toBe(100 * kibibyte);
    expect([...store.objects.values()].map((object) => object.size).sort()).toEqual([100 * kibibyte, kibibyte * kibibyte]);
  });

  it('leave nothing in the store where an upload breaks off after it has given its own back', async () => {
    const { store, append } = appending(createBufferPool(partSize, partSize));
    const { open, opened } = gate();
    const stalled = pieces(
      100 * kibibyte,
      opened.then(() => Promise.reject(new Error('broken off'))),
    );
    const end = append(stalled);
    await stalled.reached;
    await append(pieces(kibibyte * kibibyte));
    open();
    await expect(end).rejects.toThrow('broken off');
    expect([...store.objects.values()].map((object) => object.size)).toEqual([kibibyte * kibibyte]);
  });

  it('are waited for no longer than patience lasts: then the store counts as busy', async () => {
    const pool = createBufferPool(partSize, partSize, 300);
    const held = await pool.take();
    await expect(pool.take()).rejects.toMatchObject({ name: 'StorageFault', kind: 'busy' });
    const next = pool.take();
    held.release();
    (await next).release();
  });

  it('are not asked for back from a holder whose bytes come fast enough', async () => {
    const pool = createBufferPool(partSize, partSize, 1000);
    const buffer = await pool.take();
    const holder = { progress: () => ({ received: partSize - 1, room: 1 }), giveBack: () => expect.unreachable('it is fast') };
    const next = pool.take();
    for (let turn = 0; turn < 8; turn++) {
      const withdraw = pool.offer(buffer, holder);
      await sleep(100);
      withdraw();
    }
    buffer.release();
    (await next).release();
  });
});

it('few bytes take about as much memory as they are, and come back as they went in', () => {
  const few = new FewBytes(10_000);
  const bytes = Buffer.from(Array.from({ length: 9000 }, (_, index) => index % 256));
  for (let at = 0; at < bytes.length; at += 7) few.add(bytes.subarray(at, at + 7));
  expect([few.hasRoomFor(1000), few.hasRoomFor(1001)]).toEqual([true, false]);
  const taken = few.take();
  expect(taken).toEqual(bytes);
  expect(taken.buffer.byteLength).toBeLessThanOrEqual(10_000);
  expect(few.length).toBe(0);
});
