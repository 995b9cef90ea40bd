/** What `authorize` is asked of tags, what that costs, and that what was asked about is what happens. */
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver, Need, Tag } from '../../lib/index.ts';
import { digest, image } from '../../lib/testing/exchanges/given.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { readName } from '../../lib/testing/suite/samples.ts';
import { send } from '../support/client.ts';
import { startHandler } from '../support/server.ts';

const repo = readName('a');
const [one, other] = [image(), image({ annotations: { another: 'one' } })];
const [oneDigest, otherDigest] = [digest(one), digest(other)];
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
  const registry = await startHandler(
    { name: driver.name, blobs: driver.blobs, uploads: driver.uploads, manifests },
    {
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
  );
  const put = (path: string, body = one) => send(registry.origin, { method: 'PUT', path: `/v2/a/manifests/${path}`, body });
  const remove = (path: string) => send(registry.origin, { method: 'DELETE', path: `/v2/a/manifests/${path}` });
  return Object.assign(registry, { asked, calls, put, remove });
}

/** A driver with two manifests and these tags. */
async function holding(tags: Readonly<Record<string, typeof oneDigest>>): Promise<Driver> {
  const driver = memoryDriver();
  const plain = await startHandler(driver, { allowMissingReferences: true });
  for (const body of [one, other]) {
    const path = `/v2/a/manifests/${digest(body)}`;
    expect((await send(plain.origin, { method: 'PUT', path, body })).status).toBe(201);
  }
  for (const [tag, target] of Object.entries(tags)) await driver.manifests.tag(repo, tag as Tag, target);
  await plain.close();
  return driver;
}

const isNoMove = ({ change }: Need): boolean => change !== 'update';

describe('a push of a tag', () => {
  it('costs the driver nothing more where both are granted', async () => {
    await using registry = await serve(memoryDriver(), () => true);
    expect((await registry.put('v1')).status).toBe(201);
    expect(registry.asked).toEqual(['create v1', 'update v1']);
    expect(registry.calls).toEqual(['get', 'putTagged']);
  });

  it('costs one look-up more where they are not', async () => {
    await using registry = await serve(memoryDriver(), isNoMove);
    expect((await registry.put('v1')).status).toBe(201);
    expect(registry.asked).toEqual(['create v1', 'update v1', 'create v1']);
    expect(registry.calls).toEqual(['get', 'resolve', 'put', 'tag']);
  });

  it('asks about those that are created and those that are updated apart, and not about one that stays', async () => {
    const driver = await holding({ moved: otherDigest, same: oneDigest });
    await using registry = await serve(driver, ({ change, tags }) => change === undefined || tags?.length === 1);
    expect((await registry.put(`${oneDigest}?tag=new&tag=moved&tag=same`)).status).toBe(201);
    expect(registry.asked.slice(2)).toEqual(['create new', 'update moved']);
  });

  it('asks nothing about tags where there are none', async () => {
    await using registry = await serve(memoryDriver(), () => true);
    expect((await registry.put(oneDigest)).status).toBe(201);
    expect(registry.asked).toEqual([]);
  });

  it('asks again where another writer was faster: who may create it may not move what is there by then', async () => {
    const driver = await holding({});
    const racing = overrideDriver(driver, {
      manifests: {
        tag: async (...given) => {
          await driver.manifests.tag(repo, v1, otherDigest, null);
          return driver.manifests.tag(...given);
        },
      },
    });
    await using registry = await serve(racing, isNoMove);
    expect((await registry.put('v1')).status).toBe(403);
    expect(registry.asked).toEqual(['create v1', 'update v1', 'create v1', 'update v1']);
    expect(await driver.manifests.resolve(repo, v1)).toBe(otherDigest);
  });
});

describe('the deletion of a manifest', () => {
  const isUnprotected = ({ change, tags }: Need): boolean => change !== 'delete' || (tags !== undefined && !tags.includes(v1));

  it('costs the driver nothing more where any tag may go along', async () => {
    await using registry = await serve(await holding({ v1: oneDigest }), () => true);
    expect((await registry.remove(oneDigest)).status).toBe(202);
    expect(registry.asked).toEqual(['delete any']);
    expect(registry.calls).toEqual(['delete']);
  });

  it('asks about those that are on it where not, which is one look at each tag of the repository', async () => {
    await using registry = await serve(await holding({ v1: otherDigest, x: oneDigest, y: oneDigest }), isUnprotected);
    expect((await registry.remove(oneDigest)).status).toBe(202);
    expect(registry.asked).toEqual(['delete any', 'delete x,y']);
    expect(registry.calls).toEqual(['tags', 'resolve', 'resolve', 'resolve', 'delete']);
    expect((await registry.remove(otherDigest)).status).toBe(403);
  });

  it('stays refused where there are too many to look at', async () => {
    const driver = overrideDriver(await holding({}), {
      manifests: { tags: async (_, { limit }) => Array.from({ length: limit }, (_each, index) => `t${index}` as Tag) },
    });
    await using registry = await serve(driver, isUnprotected);
    const reply = await registry.remove(oneDigest);
    expect(reply.status).toBe(403);
    expect(JSON.parse(String(reply.body)).errors).toMatchObject([{ detail: { reason: 'access', change: 'delete' } }]);
    expect(registry.asked).toEqual(['delete any']);
  });

  it('by the name of a tag says at once that it is one', async () => {
    await using registry = await serve(await holding({ v1: oneDigest }), () => true);
    expect((await registry.remove('v1')).status).toBe(202);
    expect(registry.asked).toEqual(['delete v1']);
    expect(registry.calls).toEqual(['untag']);
  });
});
