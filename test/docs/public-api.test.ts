/** The exported types are those that were reviewed. */
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { readPublicApi } from '../support/public-api/entries.ts';
import { apiReport } from '../support/public-api/report.ts';

it('docs/public-api.md has every exported name and its type', { timeout: 60_000 }, async () => {
  await expect(apiReport(readPublicApi())).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/public-api.md'));
});

it('npm run typedoc reads every entry of the package', () => {
  const folder = join(import.meta.dirname, '../support/typedoc');
  const { config } = ts.readConfigFile(join(folder, 'typedoc.jsonc'), ts.sys.readFile);
  const read = config.entryPoints.map((path: string) => join(folder, path));
  expect(read).toEqual(readPublicApi().entries.map(({ source }) => join(import.meta.dirname, '../..', source)));
});
