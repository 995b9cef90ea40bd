/** What `authorize` is asked of tags, what that costs, and that what was asked about is what happens. */
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver, Need, Tag } from '../../lib/index.ts';
import { type Content, image } from '../../lib/testing/fixture/index.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { readName } from '../../lib/testing/suite/samples.ts';
import { send } from '../support/client.ts';
import { startForTest } from '../support/fixture.ts';

const repo = readName('a');
const [one, other] = [image(), image({ annotations: { another: 'one' } })];
const v1 = 'v1' as Tag;

/** Serves a driver; `asked` are the changes that it asked about, `calls` what it called of the driver's manifests. */
async function serve(driver: Driver, may: (need: Need) => boolean) {
  const asked: string[] = [];
  const calls: string[] = [];
  const manifests = new Proxy(driver.manifests, {
    get: (target, name: keyof Driver['manifests']) => {
      const method = target[name];
      return (
        method &&
        ((...given: never[]) => {
          calls.push(name);
          return (method as (...given: never[]) => unknown).apply(target, given);
        })
      );
    },
  });
  const { url } = await startForTest({
    driver: { name: driver.name, blobs: driver.blobs, uploads: driver.uploads, manifests },
    options: {
      allowMissingReferences: true,
      authorize: () => ({
        subject: 'ann',
        may: (need) => {
          const { change, tags } = need;
          if (change) asked.push(`${change} ${tags ?? 'any'}`);
          return may(need);
        },
      }),
    },
  });
  const path = (reference: string) => `/v2/a/manifests/${reference}`;
  const put = (reference: string) => send(url, { method: 'PUT', path: path(reference), body: one.manifest.bytes });
  const remove = (reference: string) => send(url, { method: 'DELETE', path: path(reference) });
  return { asked, calls, put, remove };
}

/** A driver with two manifests and these tags. */
async function holding(tags: Readonly<Record<string, Content>>): Promise<Driver> {
  const { driver, seed } = await startForTest();
  for (const content of [one, other]) await seed('a', content);
  for (const [tag, content] of Object.entries(tags)) await seed(`a:${tag}`, content);
  return driver;
}

const isNoMove = ({ change }: Need): boolean => change !== 'update';

describe('a push of a tag', () => {
  it('costs the driver nothing more where both are granted', async () => {
    const registry = await serve(memoryDriver(), () => true);
    expect((await registry.put('v1')).status).toBe(201);
    expect(registry.asked).toEqual(['create v1', 'update v1']);
    expect(registry.calls).toEqual(['get', 'putTagged']);
  });

  it('costs one look-up more where they are not', async () => {
    const registry = await serve(memoryDriver(), isNoMove);
    expect((await registry.put('v1')).status).toBe(201);
    expect(registry.asked).toEqual(['create v1', 'update v1', 'create v1']);
    expect(registry.calls).toEqual(['get', 'resolve', 'put', 'tag']);
  });

  it('asks about those that are created and those that are updated apart, and not about one that stays', async () => {
    const driver = await holding({ moved: other, same: one });
    const registry = await serve(driver, ({ change, tags }) => change === undefined || tags?.length === 1);
    expect((await registry.put(`${one.digest}?tag=new&tag=moved&tag=same`)).status).toBe(201);
    expect(registry.asked.slice(2)).toEqual(['create new', 'update moved']);
  });

  it('asks nothing about tags where there are none', async () => {
    const registry = await serve(memoryDriver(), () => true);
    expect((await registry.put(one.digest)).status).toBe(201);
    expect(registry.asked).toEqual([]);
  });

  it('asks again where another writer was faster: who may create it may not move what is there by then', async () => {
    const driver = await holding({});
    const racing = overrideDriver(driver, {
      manifests: {
        tag: async (...given) => {
          await driver.manifests.tag(repo, v1, other.digest, null);
          return driver.manifests.tag(...given);
        },
      },
    });
    const registry = await serve(racing, isNoMove);
    expect((await registry.put('v1')).status).toBe(403);
    expect(registry.asked).toEqual(['create v1', 'update v1', 'create v1', 'update v1']);
    expect(await driver.manifests.resolve(repo, v1)).toBe(other.digest);
  });
});

describe('the deletion of a manifest', () => {
  const isUnprotected = ({ change, tags }: Need): boolean => change !== 'delete' || (tags !== undefined && !tags.includes(v1));

  it('costs the driver nothing more where any tag may go along', async () => {
    const registry = await serve(await holding({ v1: one }), () => true);
    expect((await registry.remove(one.digest)).status).toBe(202);
    expect(registry.asked).toEqual(['delete any']);
    expect(registry.calls).toEqual(['delete']);
  });

  it('asks about those that are on it where not, which is one look at each tag of the repository', async () => {
    const registry = await serve(await holding({ v1: other, x: one, y: one }), isUnprotected);
    expect((await registry.remove(one.digest)).status).toBe(202);
    expect(registry.asked).toEqual(['delete any', 'delete x,y']);
    expect(registry.calls).toEqual(['tags', 'resolve', 'resolve', 'resolve', 'delete']);
    expect((await registry.remove(other.digest)).status).toBe(403);
  });

  it('stays refused where there are too many to look at', async () => {
    const driver = overrideDriver(await holding({}), {
      manifests: { tags: async (_, { limit }) => Array.from({ length: limit }, (_each, index) => `t${index}` as Tag) },
    });
    const registry = await serve(driver, isUnprotected);
    const reply = await registry.remove(one.digest);
    expect(reply.status).toBe(403);
    expect(JSON.parse(String(reply.body)).errors).toMatchObject([{ detail: { reason: 'access', change: 'delete' } }]);
    expect(registry.asked).toEqual(['delete any']);
  });

  it('by the name of a tag says at once that it is one', async () => {
    const registry = await serve(await holding({ v1: one }), () => true);
    expect((await registry.remove('v1')).status).toBe(202);
    expect(registry.asked).toEqual(['delete v1']);
    expect(registry.calls).toEqual(['untag']);
  });

  it('by the name of a tag says which may not go, whether or not it is there', async () => {
    const registry = await serve(await holding({ v1: one }), ({ change }) => change !== 'delete');
    for (const tag of ['v1', 'v2']) {
      const reply = await registry.remove(tag);
      expect([reply.status, JSON.parse(String(reply.body)).errors]).toEqual([
        403,
        [
          {
            code: 'DENIED',
            message: `you may not delete the tag ${tag}`,
            detail: { reason: 'access', change: 'delete', tags: [tag] },
          },
        ],
      ]);
    }
    expect(registry.calls).toEqual([]);
  });
});
