/** What the program knows of a database. */
import type { Driver } from '../../../lib/driver.ts';
import type { DriverUnderTest } from '../../../lib/testing/suite/index.ts';

/** A driver on a connection that it was handed, for which its owner cares. */
export interface HandedIn {
  readonly driver: Driver;
  /** Whether the connection still works. */
  isOpen(): Promise<boolean>;
  close(): Promise<void>;
}

/** A database server that runs, and drivers on it. */
export interface RunningDatabase {
  /** The options of the suite. */
  readonly options: DriverUnderTest;
  /** A driver that makes its connections by itself, on the default place in the database. */
  make(): Promise<Driver>;
  /** A driver at the same place that is handed a connection. */
  handIn(): Promise<HandedIn>;
  /** Ends the server, and removes all that it stored. */
  close(): Promise<void>;
}

/** Starts a server; one that is not durable saves the time of fsync. */
export type StartDatabase = (how: { readonly durable: boolean }) => Promise<RunningDatabase>;
