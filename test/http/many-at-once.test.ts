/** Requests that ask for many things: the driver is asked for some of them at a time, and no descriptors run out. */
import { once, setMaxListeners } from 'node:events';
import { memfs } from 'memfs';
import { describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../../lib/index.ts';
import { digest, image, imageType, manifest } from '../../lib/testing/exchanges/given.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { playAt } from '../../lib/testing/wire/play.ts';
import { expectStatus, locationOf, send } from '../support/client.ts';
import { watch } from '../support/drivers/watched-file-system.ts';

const most = 32;

/** A driver, and the largest number of its look-ups and changes of tags that ran at a time. */
function counting(driver: Driver) {
  const seen = { running: 0, most: 0 };
  const counted =
    <A extends readonly unknown[], R>(call: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      seen.most = Math.max(seen.most, ++seen.running);
      try {
        return await call(...given);
      } finally {
        seen.running -= 1;
      }
    };
  const { blobs, manifests } = driver;
  const counting = overrideDriver(driver, {
    blobs: { get: counted(blobs.get.bind(blobs)) },
    manifests: { tag: counted(manifests.tag.bind(manifests)), resolve: counted(manifests.resolve.bind(manifests)) },
  });
  return { driver: counting, seen };
}

const tags = Array.from({ length: 1_500 }, (_, index) => `t${index}`);
const withTags = (names: readonly string[]) => ({
  method: 'PUT',
  path: `/v2/a/manifests/${digest(image())}?${names.map((name) => `tag=${name}`).join('&')}`,
  headers: { 'Content-Type': imageType },
  body: image(),
});

describe('a push of a manifest', () => {
  it('with 1,500 tags, where the registry allows them, sets all of them, some at a time', async () => {
    const { driver, seen } = counting(memoryDriver());
    await using registry = await startRegistry({ driver, options: { limits: { tagsPerPush: 1_500 }, immutableTags: true } });
    await playAt(registry.url, manifest('a', 'latest'));
    seen.most = 0;
    await expectStatus(201, registry.url, withTags(tags));
    expect(seen.most).toBe(most);
    await expectStatus(200, registry.url, { method: 'GET', path: `/v2/a/manifests/${tags.at(-1)}` });
  });

  it('with 1,500 tags has a bounded number of files open at a time', async () => {
    const disk = memfs().fs.promises;
    await disk.mkdir('/registry');
    const watched = watch('/registry', disk);
    const driver = fsDriver({ root: '/registry', fs: watched.fs, durability: 'none' });
    await using registry = await startRegistry({ driver, options: { limits: { tagsPerPush: 1_500 } } });
    await playAt(registry.url, manifest('a', 'latest'));
    let open = 0;
    watched.failing(() => {
      open = Math.max(open, watched.open());
      return undefined;
    });
    await expectStatus(201, registry.url, withTags(tags));
    expect(open).toBeGreaterThan(0);
    expect(open).toBeLessThanOrEqual(2 * most);
    expect(registry.logged).toEqual([]);
  });

  it('with more tags than the registry allows is 414 before its body is read, and stores nothing', async () => {
    await using registry = await startRegistry();
    const { status, body } = await send(registry.url, withTags(tags));
    expect(status).toBe(414);
    expect(JSON.parse(body.toString()).errors[0]).toMatchObject({
      code: 'UNSUPPORTED',
      detail: { reason: 'too-many-tags', limit: 100, given: 1_500 },
    });
    await expectStatus(404, registry.url, { method: 'GET', path: `/v2/a/manifests/${digest(image())}` });
  });

  it('with thousands of layers looks for some of them at a time', async () => {
    const { driver, seen } = counting(memoryDriver());
    await using registry = await startRegistry({ driver });
    const layers = Array.from({ length: 4_000 }, (_, index) => ({
      mediaType: 'a/b',
      size: 1,
      digest: `sha256:${String(index).padStart(64, '0')}`,
    }));
    const put = { method: 'PUT', headers: { 'Content-Type': imageType }, path: '/v2/a/manifests/large' };
    const { errors } = JSON.parse((await expectStatus(400, registry.url, { ...put, body: image({ layers }) })).body.toString());
    expect(errors).toHaveLength(4_001);
    expect(seen.most).toBe(most);
  });
});

describe('a push', () => {
  it('among hundreds that stand still waits for a second at most', async () => {
    await using registry = await startRegistry();
    const begin = async () => locationOf(await send(registry.url, { method: 'POST', path: '/v2/a/blobs/uploads/' }));
    const leave = new AbortController();
    setMaxListeners(0, leave.signal);
    async function* standingStill(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a beginning');
      await once(leave.signal, 'abort');
    }
    const slow = Array.from({ length: 400 }, async () => {
      const patch = { method: 'PATCH', path: await begin(), body: standingStill(), signal: leave.signal };
      await expect(send(registry.url, patch)).rejects.toThrow();
    });
    const path = await begin();
    const started = performance.now();
    const content = Buffer.alloc(100_000, 'x');
    await expectStatus(202, registry.url, { method: 'PATCH', path, body: content });
    expect(performance.now() - started).toBeLessThan(2_000);
    leave.abort();
    await Promise.all(slow);
  });
});
