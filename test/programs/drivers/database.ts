/** What the program knows of a database. */
import type { Driver } from '../../../lib/driver.ts';
import type { DriverUnderTest } from '../../../lib/testing/suite/index.ts';
import type { Breaks } from './faults.ts';

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

/** How a server runs, and how calls to it fail that the suite has fail. */
export interface DatabaseSettings {
  /** One that is not durable saves the time of fsync. */
  readonly durable: boolean;
  readonly breaks?: Breaks;
}

/** Starts a server. */
export type StartDatabase = (settings: DatabaseSettings) => Promise<RunningDatabase>;
