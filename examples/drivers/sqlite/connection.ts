/** A connection to SQLite: promises, turns, transactions, and failures as the contract has them. */
import { promisify } from 'node:util';
import { Database } from '@appthreat/sqlite3';
import { type FaultKind, StorageFault } from 'stowage';

type Value = string | number | Uint8Array | null;

/** Sends a statement, and gives the rows that it returns. */
export type Send = <Row>(statement: string, ...values: readonly Value[]) => Promise<Row[]>;

/** A connection whose callers take turns: nobody's statement gets into the transaction of somebody else. */
export interface Connection {
  readonly send: Send;
  /** Does all that `work` sends in one step, or nothing of it if it throws. */
  transaction<T>(work: (send: Send) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens the database at `path`, which is made if it is not there, and has it define these tables. */
export async function connect(path: string, tables: readonly string[]): Promise<Connection> {
  const database = await open(path);
  const now = sendTo(database);
  const inTurn = turns();
  const close = () => inTurn(promisify(database.close.bind(database)));
  try {
    // Readers then go on while somebody writes, and what was committed outlives a loss of power.
    for (const setting of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) await now(`PRAGMA ${setting}`);
    await atOnce(now, async () => {
      for (const statement of tables) await now(statement);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    send: (statement, ...values) => inTurn(() => now(statement, ...values)),
    transaction: (work) => inTurn(() => atOnce(now, work)),
    close,
  };
}

async function open(path: string): Promise<Database> {
  const database = await new Promise<Database>((resolve, reject) => {
    const opened: Database = new Database(path, (error) => (error ? reject(faultOf(error)) : resolve(opened)));
  });
  // Other processes write as well. Each holds the file for a moment only.
  database.configure('busyTimeout', 5000);
  return database;
}

function sendTo(database: Database): Send {
  return <Row>(statement: string, ...values: readonly Value[]) =>
    new Promise<Row[]>((resolve, reject) => {
      database.all<Row>(statement, values, (error, rows) => (error ? reject(faultOf(error)) : resolve(rows)));
    });
}

/** A function that does one piece of work after the other. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(() => work());
    // Whoever is next goes on either way: the error is for the caller of this one.
    last = done.catch(() => undefined);
    return done;
  };
}

async function atOnce<T>(send: Send, work: (send: Send) => Promise<T>): Promise<T> {
  await send('BEGIN IMMEDIATE');
  try {
    const value = await work(send);
    await send('COMMIT');
    return value;
  } catch (error) {
    // After some failures SQLite has rolled back by itself; then this one says no more than that.
    await send('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

const kinds: Readonly<Record<string, FaultKind>> = { SQLITE_FULL: 'full', SQLITE_BUSY: 'busy' };

/** The failure of the storage in the words of the contract. */
function faultOf(error: Error & { readonly code?: string }): StorageFault {
  return new StorageFault(kinds[error.code ?? ''] ?? 'broken', error.message, { cause: error });
}
