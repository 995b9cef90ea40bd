/** The example of a driver, examples/drivers/sqlite/driver.ts, on the suite that everybody's driver has to pass. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '@appthreat/sqlite3';
import { describe, it } from 'vitest';
import { connect } from '../../examples/drivers/sqlite/connection.ts';
import { sqliteDriver } from '../../examples/drivers/sqlite/driver.ts';
import { type Driver, isStorageFault } from '../../lib/driver.ts';
import { type Faults, testDriver } from '../../lib/testing/suite/index.ts';
import { assertNoLeaks, countResources } from '../../lib/testing/suite/leaks.ts';
import {
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  newId,
  pullBlob,
  repo,
  sample,
} from '../../lib/testing/suite/samples.ts';
import { few } from '../support/drivers/amounts.ts';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'stowage-sqlite-'));
const folders = new WeakMap<Driver, string>();
const folderOf = (driver: Driver): string => folders.get(driver) ?? '';
const fileIn = (folder: string): string => join(folder, 'registry.db');
const again = (driver: Driver): Promise<Driver> => sqliteDriver(fileIn(folderOf(driver)));

/** The uploads of a database, and the pieces that no blob has. */
async function stagedIn(path: string): Promise<string[]> {
  const { send, close } = await connect(path, []);
  const unheld = 'SELECT content FROM pieces WHERE append <> content OR content NOT IN (SELECT content FROM blobs)';
  const rows = await send<{ content: string }>(`SELECT content FROM uploads UNION ${unheld}`);
  await close();
  return rows.map(({ content }) => content);
}

/** What is to fail in a database: the statements with these numbers, counted from when it was first opened. */
interface Plan {
  sent: number;
  fails(statement: number): boolean;
}

const plans = new Map<string, Plan>();
const never = (): boolean => false;
const { all } = Database.prototype;

/** The plan of the database at `path`. */
function planOf(path: string): Plan {
  const plan = plans.get(path) ?? { sent: 0, fails: never };
  plans.set(path, plan);
  return plan;
}

/** Sends a statement, or has it fail if it is planned so. */
function allAsPlanned(this: Database & { filename?: string }, ...words: unknown[]): unknown {
  const plan = planOf(this.filename ?? '');
  const done = words.at(-1);
  if (!plan.fails(++plan.sent) || typeof done !== 'function') return Reflect.apply(all, this, words);
  const failure = Object.assign(new Error('SQLITE_IOERR: made to fail'), { code: 'SQLITE_IOERR' });
  queueMicrotask(() => done.call(this, failure));
  return this;
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

Object.assign(Database.prototype, { all: allAsPlanned });

testDriver(
  {
    name: 'sqliteDriver',
    lacks: ['blobs.put', 'blob.url', 'uploads.complete', 'manifests.putTagged', 'outbox', 'inventory', 'inventory.withdraw'],
    amounts: few,
    async create() {
      const folder = newFolder();
      const driver = await sqliteDriver(fileIn(folder));
      folders.set(driver, folder);
      return driver;
    },
    reopen: again,
    peer: again,
    faults: (driver) => faultsOf(planOf(fileIn(folderOf(driver)))),
    staged: (driver) => stagedIn(fileIn(folderOf(driver))),
    dispose: (driver) => rmSync(folderOf(driver), { recursive: true }),
  },
  { describe, it },
);

/** Does something with a folder of its own. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = newFolder();
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const failsAs = (kind: string) => (error: unknown) => isStorageFault(error) && error.kind === kind;

describe('a SQLite connection', () => {
  const tables = ['CREATE TABLE IF NOT EXISTS filled (bytes BLOB)'];
  const fill = 'INSERT INTO filled VALUES (zeroblob(1000000))';

  it('tells of a full storage, and nothing of the transaction is kept', () =>
    inFolder(async (folder) => {
      const { send, transaction, close } = await connect(fileIn(folder), tables);
      await send('PRAGMA max_page_count = 300');
      const twice = transaction(async (now) => {
        for (const _ of [1, 2]) await now(fill);
      });
      await assert.rejects(twice, failsAs('full'));
      assert.deepEqual(await send('SELECT 1 FROM filled'), []);
      await send(fill);
      assert.equal((await send('SELECT 1 FROM filled')).length, 1);
      await close();
    }));

  it('tells of a storage that somebody else holds for too long', () =>
    inFolder(async (folder) => {
      const [one, two] = [await connect(fileIn(folder), tables), await connect(fileIn(folder), tables)];
      await two.send('PRAGMA busy_timeout = 50');
      await one.transaction(() => assert.rejects(two.send(fill), failsAs('busy')));
      await two.send(fill);
      for (const { close } of [one, two]) await close();
    }));

  it('tells of a file that is no database, and lets go of it', () =>
    inFolder(async (folder) => {
      writeFileSync(fileIn(folder), 'no database'.repeat(1000));
      const before = countResources();
      await assert.rejects(sqliteDriver(fileIn(folder)), failsAs('broken'));
      await assert.rejects(sqliteDriver(join(folder, 'absent', 'registry.db')), failsAs('broken'));
      await assertNoLeaks(before);
    }));
});

describe('sqliteDriver', () => {
  it('drops at once what a chunk has brought that throws', () =>
    inFolder(async (folder) => {
      const driver = await sqliteDriver(fileIn(folder));
      const { send, close } = await connect(fileIn(folder), []);
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const staged = async () => assert.equal((await send('SELECT 1 FROM pieces JOIN bytes USING (piece)')).length, 1);
      const chunk = chunkOf(new Uint8Array(0), [[sample(2_000_000)], staged, new Error('broken')]);
      await assert.rejects(driver.uploads.append(repo, id, begun, chunk), /^Error: broken$/);
      assert.deepEqual(await send('SELECT piece FROM pieces UNION SELECT piece FROM bytes'), []);
      await close();
      await driver.close?.();
    }));

  it('drops what an append that died has staged', () =>
    inFolder(async (folder) => {
      const [dying, living] = [await sqliteDriver(fileIn(folder)), await sqliteDriver(fileIn(folder))];
      const content = sample(100_000);
      const id = newId();
      const begun = await dying.uploads.create(repo, id, emptyCheckpoint);
      await new Promise<void>((staged) => {
        const steps = [[sample(2_000_000, 'lost')], () => staged(), () => new Promise(() => {})];
        void dying.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), steps));
      });
      const upload = await living.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), [[content]]));
      assert.ok(upload);
      assert.deepEqual(await stagedIn(fileIn(folder)), [id]);
      assert.equal(await living.uploads.commit(repo, id, upload, digestOf(content)), true);
      assertSameBytes(await pullBlob(living, repo, digestOf(content)), content);
      assert.deepEqual(await stagedIn(fileIn(folder)), []);
      for (const driver of [dying, living]) await driver.close?.();
    }));
});
