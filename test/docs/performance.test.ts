/** docs/performance.md and its plots show what is in bench/results: `npm run bench -- report` writes them anew. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { performanceDocuments } from '../../bench/report.ts';

const docs = join(import.meta.dirname, '../../docs');
const documents = Object.entries(performanceDocuments());

it.each(documents)('docs/%s shows the results that are kept', async (path, text) => {
  await expect(text).toMatchFileSnapshot(join(docs, path));
});

it('there is no plot that is not of the document', () => {
  const plots = readdirSync(join(docs, 'performance')).map((name) => `performance/${name}`);
  expect(plots.filter((path) => !documents.some(([known]) => known === path))).toEqual([]);
});
