/** The level `wire` of the driver suite: what it asks of drivers of every kind, and what it says when one fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { type Driver, StorageFault } from '../../lib/index.ts';
import { step } from '../../lib/testing/exchanges/given.ts';
import { exchanges } from '../../lib/testing/exchanges/index.ts';
import { type DriverOverrides, overrideDriver } from '../../lib/testing/override-driver.ts';
import { register } from '../../lib/testing/suite/case.ts';
import { type DriverUnderTest, wireCases } from '../../lib/testing/suite/index.ts';
import { optionalMethods } from '../../lib/testing/suite/optional-methods.ts';
import { play, playAt } from '../../lib/testing/wire/play.ts';
import { servingDriver, VersioningDriver } from '../support/drivers/unusual-drivers.ts';
import { assertSchema } from '../support/schema.ts';
import { listen } from '../support/server.ts';

const all = Object.values(exchanges).flat();
const without = (changes: DriverOverrides) => (): Driver => overrideDriver(memoryDriver(), changes);
const plainest: DriverUnderTest = {
  name: 'a driver without optional methods',
  create: without({
    blobs: { mount: undefined, put: undefined },
    uploads: { complete: undefined, expire: undefined },
    manifests: { describe: undefined, putTagged: undefined },
    outbox: undefined,
    inventory: undefined,
  }),
  lacks: optionalMethods,
};

const unlike: readonly DriverUnderTest[] = [
  plainest,
  {
    name: 'a driver of frozen classes with tokens',
    create: () => new VersioningDriver(),
    lacks: ['blob.url', 'uploads.complete', 'uploads.expire', 'manifests.putTagged', 'outbox', 'inventory', 'inventory.withdraw'],
  },
  { name: 'a driver that serves its blobs itself', create: servingDriver },
];

for (const driver of unlike) {
  register(`${driver.name} over HTTP`, wireCases(driver), { describe, it });
}

describe('what exchanges need', () => {
  it.each([
    ['blobs.mount', without({ blobs: { mount: undefined } })],
    ['blobs.put', without({ blobs: { put: undefined } })],
    ['uploads.expire', without({ uploads: { expire: undefined } })],
  ] as const)('those that say that they need %s fail without it, and no others', async (method, create) => {
    const failed: string[] = [];
    for (const exchange of all) await play(exchange, create()).catch(() => failed.push(exchange.name));
    expect(failed).toEqual(all.filter(({ needs }) => needs?.includes(method)).map(({ name }) => name));
  });

  it('is a reason to skip them, which is told', () => {
    const skipped = wireCases(plainest).flatMap((each) => (each.skipped === undefined ? [] : [[each.name, each.skipped]]));
    expect(skipped).toEqual(all.flatMap(({ name, needs }) => (needs ? [[name, `skipped: this driver has no ${needs[0]}`]] : [])));
    expect(skipped).toContainEqual([
      'A blob is mounted from the repository that has it',
      'skipped: this driver has no blobs.mount',
    ]);
  });
});

describe('an exchange', () => {
  /** Tells of each call of a method. What the upkeep of a registry calls belongs to no exchange. */
  function watched<Store extends object>(store: Store, called: () => void): Store {
    return new Proxy(store, {
      get(original, name, receiver) {
        const method: unknown = Reflect.get(original, name, receiver);
        if (typeof method !== 'function' || name === 'expire') return method;
        return (...words: unknown[]) => {
          called();
          return Reflect.apply(method, original, words);
        };
      },
    });
  }

  it('says so exactly if it never reaches the driver: it is then no case of the suite', async () => {
    const unasked: string[] = [];
    for (const exchange of all) {
      let calls = 0;
      const count = (): void => {
        calls += 1;
      };
      const { blobs, uploads, manifests, ...driver } = memoryDriver();
      const stores = { blobs: watched(blobs, count), uploads: watched(uploads, count), manifests: watched(manifests, count) };
      await play(exchange, { ...driver, ...stores });
      if (calls === 0) unasked.push(exchange.name);
    }
    expect(unasked).toEqual(all.filter(({ driverless }) => driverless).map(({ name }) => name));
    expect(unasked.length).toBeGreaterThan(100);
  });
});

describe('a case', () => {
  const over = (changes: (driver: Driver) => DriverOverrides): DriverUnderTest => ({
    name: 'wrong',
    create: () => {
      const driver = memoryDriver();
      return overrideDriver(driver, changes(driver));
    },
  });
  const run = async (options: DriverUnderTest, name: string): Promise<void> => {
    const found = wireCases(options).find((each) => each.name === name);
    await (found ?? expect.fail(`there is no case '${name}'`)).run();
  };
  const pull = 'An empty blob is a blob';
  const list = 'A repository without tags has an empty list; one that does not exist has none';

  it('is of the level wire and bears the name of its exchange, once in each area', () => {
    const cases = wireCases(plainest);
    expect(cases.map(({ area, name }) => `${area}: ${name}`)).toEqual(
      Object.entries(exchanges).flatMap(([area, each]) =>
        each.filter(({ driverless }) => !driverless).map(({ name }) => `${area}: ${name}`),
      ),
    );
    expect(new Set(cases.map(({ area, name }) => `${area}: ${name}`)).size).toBe(cases.length);
    expect(new Set(cases.map(({ level }) => level))).toEqual(new Set(['wire']));
  });

  it('fails where a blob has other bytes', async () => {
    const wrong = over(() => ({ blobs: { get: async () => ({ size: 43, open: async () => Buffer.alloc(43, 'x') }) } }));
    await expect(run(wrong, 'A blob comes back whole, with its digest, in each algorithm')).rejects.toThrow(
      /answered 200 x{43}: the body differs/,
    );
  });

  it('fails where the registry gives another size, and says which step failed, what was asked and what came', async () => {
    const wrong = over(() => ({ blobs: { get: async () => ({ size: 3, open: async () => Buffer.from('bad') }) } }));
    await expect(run(wrong, pull)).rejects.toThrow(
      /^step 2 of 4: GET \/v2\/a\/blobs\/sha256:\w+ answered 200 bad: Content-Length is 3, not 0/,
    );
  });

  it('fails where the storage fails, and says how, which the client is not told', async () => {
    const full = new StorageFault('full', 'no room', { cause: new Error('quota of bucket 7') });
    const wrong = over(() => ({
      manifests: {
        tags: async () => {
          throw full;
        },
      },
    }));
    await expect(run(wrong, list)).rejects.toThrow(
      /GET \/v2\/a\/tags\/list answered 507.*The registry logged:.*no room.*caused by.*quota of bucket 7/s,
    );
  });

  it('fails where a closed driver goes on', async () => {
    const timers: NodeJS.Timeout[] = [];
    const wrong = over(({ manifests }) => ({
      manifests: {
        tags: async (...asked) => {
          timers.push(setInterval(() => {}, 1_000));
          return manifests.tags(...asked);
        },
      },
    }));
    await expect(run(wrong, list)).rejects.toThrow(/after close\(\) the process holds more than before: .*Timeout/);
    for (const timer of timers) clearInterval(timer);
  });

  it('fails where bytes of uploads stay when all have ended', async () => {
    const wrong: DriverUnderTest = { name: 'wrong', create: memoryDriver, staged: () => ['parts/1'] };
    await expect(run(wrong, pull)).rejects.toThrow('staged() still lists something after every upload has ended');
  });

  it('asks nothing of the driver once it is closed', async () => {
    let asked = 0;
    const watched = over(({ uploads }) => ({
      uploads: {
        expire: async (before) => {
          asked++;
          return (await uploads.expire?.(before)) ?? 0;
        },
      },
    }));
    await run(watched, pull);
    // Longer than a registry waits before it first ends uploads.
    await sleep(400);
    expect(asked).toBe(0);
  });
});

describe('a server that was not made here', () => {
  it('is judged by what it answers, and by the table', async () => {
    await using server = await listen((_, response) => response.writeHead(418).end('{}'));
    const answered = (status: number) => playAt(server.origin, [step('GET', '/v2/', { status })]);
    await expect(answered(200)).rejects.toThrow('step 1 of 1: GET /v2/ answered 418 {}: 200 was expected');
    await expect(answered(418)).rejects.toThrow(/^step 1 of 1: GET \/v2\/ departs from the table: .*418/);
  });
});

describe('a check beyond the exchange', () => {
  it('fails the exchange, and sees every reply', async () => {
    const [exchange] = exchanges.catalog ?? [];
    const seen: number[] = [];
    const refuse = (status: number): void => {
      seen.push(status);
      throw new Error('not to my liking');
    };
    await expect(play(exchange ?? expect.fail(), memoryDriver(), ({ status }) => refuse(status))).rejects.toThrow(
      'not to my liking',
    );
    expect(seen).toEqual([200]);
  });

  it('of the schemas refuses JSON that does not fit', async () => {
    const [exchange] = exchanges.catalog ?? [];
    const spoilt = play(exchange ?? expect.fail(), memoryDriver(), (seen) =>
      assertSchema({ ...seen, body: Buffer.from('{"repositories":[1]}') }),
    );
    await expect(spoilt).rejects.toThrow(/does not fit its schema: .*repositories/);
  });
});
