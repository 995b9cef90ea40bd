/** A PostgreSQL database: statements, transactions, and failures as the contract has them. */
import { DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg';
import { type FaultKind, StorageFault } from 'stowage';

type Value = string | number | Uint8Array | null;

/** Sends a statement with its values ($1, $2, …), and gives the rows that it returns. */
export type Send = <Row extends object>(statement: string, ...values: readonly Value[]) => Promise<Row[]>;

/** A database, for any number of callers at once. What it throws is a `StorageFault`, or an error of the caller's own work. */
export interface Database {
  /** Does one statement, which is a transaction of its own. */
  readonly send: Send;
  /**
   * Does all that `work` sends in one transaction, or nothing of it if `work` throws. It is `READ COMMITTED`: each statement sees
   * what was committed before it began, so a condition that has to hold until the end needs a row lock. `work` is repeated if the
   * database broke a deadlock with it.
   */
  transaction<T>(work: (send: Send) => Promise<T>): Promise<T>;
  /** Ends the connections that this driver has made; those of a pool that was handed in stay with its owner. */
  close(): Promise<void>;
}

/** How often work is begun if others are in its way each time. */
const attempts = 5;

/** The database that a pool leads to, or the settings of one that is then made. The `definition` is sent before anything else. */
export function openDatabase(where: Pool | PoolConfig, definition: string): Database {
  const isOurs = !(where instanceof Pool);
  const pool = isOurs ? new Pool({ connectionTimeoutMillis: 10_000, ...where }) : where;
  // A connection may break at any moment: while it is idle, or lent and not listened to yet. Without a listener that ends the process.
  if (isOurs) pool.on('error', ignore);
  pool.on('connect', listen);

  const run = async <T>(work: (send: Send) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await onConnection(pool, work);
      } catch (error) {
        if (attempt === attempts || !isInterference(error)) throw error;
      }
    }
  };
  let defined: Promise<void> | undefined;
  const ready = (): Promise<void> => {
    defined ??= run(async (send) => void (await send(definition))).catch((error: unknown) => {
      // So that the next call tries again.
      defined = undefined;
      throw error;
    });
    return defined;
  };
  return {
    send: async <Row extends object>(statement: string, ...values: readonly Value[]) => {
      await ready();
      return run((send) => send<Row>(statement, ...values));
    },
    transaction: async (work) => {
      await ready();
      return run((send) => inTransaction(send, work));
    },
    close: async () => {
      pool.off('connect', listen);
      if (isOurs) await pool.end();
    },
  };
}

/** Whoever uses a connection that broke is told by the statement that fails, and the pool drops it. */
const ignore = (): void => undefined;
const listen = (client: PoolClient): void => void client.on('error', ignore);

/** Lends a connection to `work`. One that has failed in another way than by a refused statement is not used again. */
async function onConnection<T>(pool: Pool, work: (send: Send) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw faultOf(error);
  });
  let broken: Error | undefined;
  const noted = (error: Error): void => {
    broken = error;
  };
  client.on('error', noted);
  try {
    return await work(sendOn(client, noted));
  } finally {
    client.off('error', noted);
    client.release(broken);
  }
}

function sendOn(client: PoolClient, broke: (error: Error) => void): Send {
  return async <Row extends object>(statement: string, ...values: readonly Value[]) => {
    try {
      return (await client.query<Row>(statement, [...values])).rows;
    } catch (error) {
      if (error instanceof Error && !(error instanceof DatabaseError)) broke(error);
      throw faultOf(error);
    }
  };
}

async function inTransaction<T>(send: Send, work: (send: Send) => Promise<T>): Promise<T> {
  await send('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    const value = await work(send);
    await send('COMMIT');
    return value;
  } catch (error) {
    // Of a connection that broke, the server rolls back by itself. The first error says what was wrong.
    await send('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** By the beginning of SQLSTATE. The longest one that fits decides; without any, the storage is broken. */
const kinds: readonly (readonly [string, FaultKind])[] = [
  ['53100', 'full'],
  ['53', 'busy'], // too many connections, out of memory
  ['57P', 'busy'], // shutting down, starting up
  ['40', 'busy'], // a deadlock, a serialization failure
  ['55P03', 'busy'], // a lock that was not available in lock_timeout
  ['57014', 'busy'], // a statement that took longer than statement_timeout
  ['08', 'busy'], // the connection broke
];

/** The failure of the storage in the words of the contract. */
function faultOf(error: unknown): StorageFault {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof DatabaseError)) return new StorageFault('busy', `no connection: ${message}`, { cause: error });
  const [, kind = 'broken'] = kinds.find(([code]) => error.code?.startsWith(code)) ?? [];
  return new StorageFault(kind, message, { cause: error });
}

/** Whether the database has rolled back because of others, so that the same work may succeed now. */
function isInterference(error: unknown): boolean {
  const cause = error instanceof StorageFault ? error.cause : undefined;
  return cause instanceof DatabaseError && (cause.code ?? '').startsWith('40');
}
