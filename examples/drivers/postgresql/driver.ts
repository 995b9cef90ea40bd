/** A driver on PostgreSQL: all content in one database, for any number of instances. examples/drivers/README.md says how it is used. */
import type { Pool, PoolConfig } from 'pg';
import type { Driver } from 'stowage';
import { blobsIn } from './blobs.ts';
import { openDatabase } from './database.ts';
import { manifestsIn } from './manifests.ts';
import { definition } from './tables.ts';
import { uploadsIn } from './uploads.ts';

/**
 * A driver that keeps everything in a PostgreSQL database: that of a pool, which stays open when the driver is closed, or the one
 * that the settings of a pool lead to. It makes its tables with the first call. What it reports as done is durable unless
 * `synchronous_commit` is off.
 */
export function postgresqlDriver(where: Pool | PoolConfig): Driver {
  const database = openDatabase(where, definition);
  return {
    name: 'postgresql',
    blobs: blobsIn(database),
    uploads: uploadsIn(database),
    manifests: manifestsIn(database),
    close: database.close,
  };
}
