/** The example of a driver on PostgreSQL, as the suite wants it. */
import assert from 'node:assert/strict';
import { Client, Pool, type PoolConfig } from 'pg';
import { postgresqlDriver } from '../../../examples/drivers/postgresql/driver.ts';
import type { Driver } from '../../../lib/driver.ts';
import type { DriverUnderTest } from '../../../lib/testing/suite/index.ts';
import { startPostgresql } from '../../support/databases/postgresql.ts';
import type { DatabaseSettings, RunningDatabase, StartDatabase } from './database.ts';
import { createPlan, type Plan } from './faults.ts';

/** The place of a driver: a schema of its own, and what is to fail there. */
interface Place {
  readonly schema: string;
  readonly plan: Plan;
}

/** Creates a driver, as `postgresqlDriver` does. */
export type CreateDriver = (where: Pool | PoolConfig) => Driver;

/** Starts a server. */
export const startPostgresqlUnderTest: StartDatabase = (settings) => startPostgresqlWith(settings, postgresqlDriver);

/** Starts a server for drivers that `createDriver` gives. The suite can make their statements fail. */
export async function startPostgresqlWith(
  { durable, breaks = 'before the call' }: DatabaseSettings,
  createDriver: CreateDriver,
): Promise<RunningDatabase> {
  const server = await startPostgresql({ durable });
  const admin = new Client(server.config);
  await admin.connect();
  const places = new Map<Driver, Place>();
  const placeOf = (driver: Driver): Place => {
    const place = places.get(driver);
    assert.ok(place);
    return place;
  };
  const driverAt = ({ schema, plan }: Place): Driver =>
    createDriver({ ...server.config, options: `-c search_path=${schema}`, Client: clientWith(plan) });
  let schemas = 0;
  const options: DriverUnderTest = {
    name: 'postgresqlDriver',
    lacks: ['blobs.put', 'blob.url', 'uploads.complete', 'manifests.putTagged', 'outbox', 'inventory', 'inventory.withdraw'],
    async create() {
      const place = { schema: `case_${++schemas}`, plan: createPlan(breaks) };
      await admin.query(`CREATE SCHEMA ${place.schema}`);
      const driver = driverAt(place);
      places.set(driver, place);
      return driver;
    },
    reopen: (driver) => driverAt(placeOf(driver)),
    peer: (driver) => driverAt(placeOf(driver)),
    faults: (driver) => placeOf(driver).plan,
    staged: (driver) => stagedIn(admin, placeOf(driver).schema),
    async dispose(driver) {
      await admin.query(`DROP SCHEMA ${placeOf(driver).schema} CASCADE`);
      places.delete(driver);
    },
  };
  return {
    options,
    async handIn() {
      const pool = new Pool(server.config);
      return {
        driver: createDriver(pool),
        isOpen: async () => (await pool.query('SELECT 1')).rowCount === 1,
        close: () => pool.end(),
      };
    },
    make: async () => createDriver(server.config),
    async close() {
      await admin.end();
      await server.close();
    },
  };
}

/** The uploads in a schema, and the bytes that no blob has. */
async function stagedIn(admin: Client, schema: string): Promise<string[]> {
  await admin.query(`SET search_path = ${schema}`);
  const { rows: tables } = await admin.query("SELECT 1 WHERE to_regclass('tags') IS NOT NULL");
  if (tables.length === 0) return [];
  const { rows } = await admin.query<{ found: string }>(`
    SELECT 'upload ' || content AS found FROM uploads
    UNION ALL SELECT 'content ' || content FROM contents WHERE content NOT IN (SELECT content FROM blobs)
    UNION ALL SELECT 'piece of ' || content FROM pieces WHERE NOT counts OR content NOT IN (SELECT content FROM blobs)
    UNION ALL SELECT 'blob ' || digest FROM blobs WHERE digest NOT IN (SELECT digest FROM links)`);
  return rows.map(({ found }) => found);
}

/** A client whose statements fail as planned. */
function clientWith(plan: Plan): typeof Client {
  return class extends Client {
    // biome-ignore lint/suspicious/noExplicitAny: the method has many overloads
    override query(...words: any[]): any {
      return plan.run(() => Reflect.apply(super.query, this, words));
    }
  };
}
