/** The databases that there is an example of a driver for. */
import type { StartDatabase } from './database.ts';
import { startPostgresqlUnderTest } from './postgresql.ts';
import { startRedisUnderTest } from './redis.ts';

/** By the name of the folder in examples/drivers. */
export const databases: Readonly<Record<string, StartDatabase>> = {
  postgresql: startPostgresqlUnderTest,
  redis: startRedisUnderTest,
};
