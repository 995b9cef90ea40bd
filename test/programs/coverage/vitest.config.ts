import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What `npm run coverage:api` runs, and what reports it. */
export default defineConfig({
  root: join(import.meta.dirname, '../../..'),
  test: {
    include: ['test/programs/coverage/*.slow.ts'],
    reporters: ['./test/programs/coverage/reporter.ts'],
    testTimeout: 60_000,
  },
});
