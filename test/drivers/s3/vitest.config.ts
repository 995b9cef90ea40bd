import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What `npm run s3` runs: too slow for every `npm test`, or in need of a real server. */
export default defineConfig({
  root: join(import.meta.dirname, '../../..'),
  test: { include: ['test/drivers/s3/*.slow.ts'], testTimeout: 60_000, hookTimeout: 300_000, maxWorkers: 2 },
});
