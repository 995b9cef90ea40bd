/** The example of a driver on PostgreSQL, as the suite wants it. */
import { Client, type ClientConfig, type Pool, type PoolConfig } from 'pg';
import type { Driver } from '../../../lib/driver.ts';
import type { DriverUnderTest, Faults } from '../../../lib/testing/suite/index.ts';

/** Creates the driver under test. */
export type CreatePostgresqlDriver = (where: Pool | PoolConfig) => Driver;

/** The place of a driver: a schema of its own, and what is to fail there. */
interface Place {
  readonly schema: string;
  readonly plan: Plan;
}

/** What is to fail: the statements with these numbers, counted from the first one. */
interface Plan {
  sent: number;
  fails(statement: number): boolean;
}

const never = (): boolean => false;

/** The options of the suite for a driver on a server, and what closes the connection that they use. */
export async function postgresqlUnderTest(
  config: ClientConfig,
  createDriver: CreatePostgresqlDriver,
): Promise<{ readonly options: DriverUnderTest; close(): Promise<void> }> {
  const admin = new Client(config);
  await admin.connect();
  const places = new Map<Driver, Place>();
  const placeOf = (driver: Driver): Place => {
    const place = places.get(driver);
    if (!place) throw new Error('no such driver');
    return place;
  };
  const driverAt = ({ schema, plan }: Place): Driver =>
    createDriver({ ...config, options: `-c search_path=${schema}`, Client: clientWith(plan) });
  let schemas = 0;
  const options: DriverUnderTest = {
    name: 'postgresqlDriver',
    lacks: ['blobs.put', 'blob.url'],
    async create() {
      const place = { schema: `case_${++schemas}`, plan: { sent: 0, fails: never } };
      await admin.query(`CREATE SCHEMA ${place.schema}`);
      const driver = driverAt(place);
      places.set(driver, place);
      return driver;
    },
    reopen: (driver) => driverAt(placeOf(driver)),
    peer: (driver) => driverAt(placeOf(driver)),
    faults: (driver) => faultsOf(placeOf(driver).plan),
    staged: (driver) => stagedIn(admin, placeOf(driver).schema),
    async dispose(driver) {
      await admin.query(`DROP SCHEMA ${placeOf(driver).schema} CASCADE`);
      places.delete(driver);
    },
  };
  return { options, close: () => admin.end() };
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

/** A client whose statements fail as planned, as if the connection had broken. */
function clientWith(plan: Plan): typeof Client {
  return class extends Client {
    // biome-ignore lint/suspicious/noExplicitAny: the signature has many overloads
    override query(...words: any[]): any {
      if (plan.fails(++plan.sent)) return Promise.reject(new Error('the connection was made to fail'));
      return Reflect.apply(super.query, this, words);
    }
  };
}

function faultsOf(plan: Plan): Faults {
  return {
    calls: () => plan.sent,
    fail(call, how) {
      const first = plan.sent + call;
      plan.fails = (statement) => (how === 'once' ? statement === first : statement >= first);
    },
    heal() {
      plan.fails = never;
    },
  };
}
