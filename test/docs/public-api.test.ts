/** The exported types are those that were reviewed. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPublicApi } from '../support/public-api/entries.ts';
import { apiReport } from '../support/public-api/report.ts';

it('docs/public-api.md has every exported name and its type', { timeout: 60_000 }, async () => {
  await expect(apiReport(readPublicApi())).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/public-api.md'));
});
