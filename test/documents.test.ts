/**
 * The documents are what the code gives, and the samples in them what the registry does. `npm run docs` writes all of them anew.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { markdown, openapi } from '../lib/docs/index.ts';
import { promiseTable } from './promise-table.ts';
import { recordSamples } from './samples.ts';

const at = (path: string): string => join(import.meta.dirname, '..', path);
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** A document, with what lies between its two marks of that name replaced. */
function renewed(text: string, mark: string, generated: string): string {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const [head, rest] = text.split(begin);
  const [, tail] = rest?.split(end) ?? [];
  expect(tail, `${begin} and ${end} are there, once`).toBeDefined();
  return `${head}${begin}\n\n${generated}\n\n${end}${tail}`;
}

it('the samples are what the registry answers', async () => {
  await expect(json(await recordSamples())).toMatchFileSnapshot(at('lib/docs/samples.json'));
});

it('docs/api.md is what the table says', async () => {
  await expect(markdown()).toMatchFileSnapshot(at('docs/api.md'));
});

it('docs/openapi.json is what the table says', async () => {
  await expect(json(openapi())).toMatchFileSnapshot(at('docs/openapi.json'));
});

it('docs/drivers.md shows where the suite asks for each promise of the contract', async () => {
  const path = at('docs/drivers.md');
  await expect(renewed(readFileSync(path, 'utf8'), 'promises', promiseTable())).toMatchFileSnapshot(path);
});
