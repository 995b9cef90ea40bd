/** The databases that there is an example of a driver for. */
import { postgresqlDriver } from '../../../examples/drivers/postgresql/driver.ts';
import type { DriverUnderTest } from '../../../lib/testing/suite/index.ts';
import { startPostgresql } from '../../support/databases/postgresql.ts';
import { postgresqlUnderTest } from './postgresql.ts';

/** A database server that runs, and the options of the suite for a driver on it. */
export interface RunningDatabase {
  readonly options: DriverUnderTest;
  /** Ends the server, and removes all that it stored. */
  close(): Promise<void>;
}

/** Starts a server; one that is not durable saves the time of fsync. */
export type StartDatabase = (how: { readonly durable: boolean }) => Promise<RunningDatabase>;

/** By name. */
export const databases: Readonly<Record<string, StartDatabase>> = {
  postgresql: async (how) => {
    const server = await startPostgresql(how);
    const underTest = await postgresqlUnderTest(server.config, postgresqlDriver);
    return {
      options: underTest.options,
      async close() {
        await underTest.close();
        await server.close();
      },
    };
  },
};
