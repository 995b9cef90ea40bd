/** The example of a driver on Redis, as the suite wants it. */
import assert from 'node:assert/strict';
import { createClient, type RedisClientType } from 'redis';
import { redisDriver } from '../../../examples/drivers/redis/driver.ts';
import type { Driver } from '../../../lib/driver.ts';
import type { DriverUnderTest } from '../../../lib/testing/suite/index.ts';
import { startRedis } from '../../support/databases/redis.ts';
import type { StartDatabase } from './database.ts';
import { createPlan, type Plan } from './faults.ts';

/** The place of a driver: a prefix of its own, and what is to fail there. */
interface Place {
  readonly prefix: string;
  readonly plan: Plan;
}

type Config = Awaited<ReturnType<typeof startRedis>>['config'];

/** Starts a server. The drivers of the suite are given clients whose commands can be made to fail. */
export const startRedisUnderTest: StartDatabase = async ({ durable, breaks = 'before the call' }) => {
  const server = await startRedis({ durable });
  const admin = await connect(server.config);
  const places = new Map<Driver, Place>();
  const placeOf = (driver: Driver): Place => {
    const place = places.get(driver);
    assert.ok(place);
    return place;
  };
  const driverAt = async ({ prefix, plan }: Place): Promise<Driver> => {
    const client = await connect(server.config);
    const sendCommand: RedisClientType['sendCommand'] = (...command) => plan.run(() => client.sendCommand(...command));
    const driver = redisDriver({ sendCommand }, prefix);
    return { ...driver, close: () => client.close() };
  };
  let made = 0;
  const options: DriverUnderTest = {
    name: 'redisDriver',
    lacks: ['blobs.put', 'blob.url', 'uploads.complete', 'manifests.putTagged', 'outbox', 'inventory', 'inventory.withdraw'],
    async create() {
      const place = { prefix: `${++made}:`, plan: createPlan(breaks) };
      const driver = await driverAt(place);
      places.set(driver, place);
      return driver;
    },
    reopen: (driver) => driverAt(placeOf(driver)),
    peer: (driver) => driverAt(placeOf(driver)),
    faults: (driver) => placeOf(driver).plan,
    staged: (driver) => stagedAt(admin, placeOf(driver).prefix),
    async dispose(driver) {
      const keys = await admin.keys(`${placeOf(driver).prefix}*`);
      if (keys.length > 0) await admin.unlink(keys);
      places.delete(driver);
    },
  };
  return {
    options,
    async handIn() {
      const client = await connect(server.config);
      return { driver: redisDriver(client), isOpen: async () => (await client.ping()) === 'PONG', close: () => client.close() };
    },
    make: async () => redisDriver(server.config),
    async close() {
      await admin.close();
      await server.close();
    },
  };
};

async function connect(config: Config): Promise<RedisClientType> {
  const client: RedisClientType = createClient(config);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** The keys under a prefix that are of uploads, or of bytes that no blob has. */
async function stagedAt(admin: RedisClientType, prefix: string): Promise<string[]> {
  const keys = await admin.keys(`${prefix}*`);
  const named = (kind: string): string[] => keys.filter((key) => key.startsWith(`${prefix}${kind}:`));
  const contents = await Promise.all(named('blob').map((key) => admin.hGet(key, 'content')));
  const parts = contents.map((content) => `${prefix}parts:${content}`);
  const bytes = (await Promise.all(parts.map((key) => admin.zRange(key, 0, -1))))
    .flat()
    .map((append) => `${prefix}bytes:${append}`);
  const held = new Set([...parts, ...bytes]);
  const unheld = [...named('parts'), ...named('bytes')].filter((key) => !held.has(key));
  return [...named('upload'), ...named('staged'), ...unheld, ...keys.filter((key) => key === `${prefix}uploads`)];
}
