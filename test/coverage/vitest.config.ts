import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What `npm run coverage:api` runs, and what reports it. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: { include: ['test/coverage/*.slow.ts'], reporters: ['./test/report-coverage.ts'], testTimeout: 60_000 },
});
