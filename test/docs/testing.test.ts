/** The programs of docs/testing.md run, each in a process of its own, and what their comments say of values holds. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../lib/api/derive.ts';
import { routes } from '../../lib/api/routes.ts';
import { behaviours } from '../../lib/testing/fixture/behaviours/table.ts';
import { image, startRegistry } from '../../lib/testing/fixture/index.ts';
import { blocksOf } from '../support/code-blocks.ts';
import { writeContents } from '../support/layout.ts';

const project = join(import.meta.dirname, '../..');
const blocks = blocksOf('docs/testing.md');
let folder: string;

beforeAll(async () => {
  // Within the project, where `stowage` is this package.
  await mkdir(join(project, '.cache'), { recursive: true });
  folder = await mkdtemp(join(project, '.cache/testing-'));
  await writeContents(join(folder, 'layout'), { '1.0': image() });
  execFileSync('tar', ['-cf', 'image.tar', '-C', 'layout', '.'], { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true }));

/** A program whose comments that are values are assertions: `tags.length; // 1`. */
const asserting = (code: string): string =>
  `import { equal as isSame } from 'node:assert/strict';\n${code.replaceAll(/^(?! )(.+); \/\/ (true|\d+|'.*')$/gm, 'isSame(String($1), String($2));')}`;

const programs = blocks.filter(({ language }) => language === 'js');

it.each(programs.map(({ line, code }) => [line, code] as const))('the program at line %i runs', async (line, code) => {
  const file = `${line}.mjs`;
  await writeFile(join(folder, file), asserting(code));
  await promisify(execFile)(process.execPath, [file], { cwd: folder });
});

it('their values are asserted', () => {
  expect(programs.filter(({ code }) => asserting(code).includes('isSame(')).length).toBe(5);
});

it('an assertion that fails shows the traffic as it is shown there', async () => {
  const registry = await startRegistry();
  await registry.seed('team/app:1.0', image());
  registry.fail({ operation: 'getManifest', times: 1, status: 503 });
  for (let turn = 0; turn < 2; turn++) await (await fetch(`${registry.url}/v2/team/app/manifests/1.0`)).text();
  const shown = blocks.find(({ language }) => language === 'text')?.code.trim() ?? '';
  const numberless = (text: string) => text.replaceAll(/\d+ (?=out|ms)/g, '… ');
  let message = '';
  try {
    registry.assertRequests(['getManifest', 'getBlob']);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(numberless(message)).toBe(numberless(shown));
  await registry.close();
});

it('the behaviours are those of the table, and so are their sections', () => {
  const shown = [...readFileSync(join(project, 'docs/testing.md'), 'utf8').matchAll(/^\| `([\w-]+)` +\| (.*?) +\| (.*?) +\|$/gm)];
  const rows = Object.entries(behaviours).map(([name, { sentence, section }]) => [
    name,
    sentence,
    section
      .replace(/^OCI distribution specification, "(.*)"$/, '$1')
      .replace(/^Docker Registry HTTP API V2, "(.*)"$/, 'Docker API V2, $1'),
  ]);
  expect(shown.map(([, ...cells]) => cells).filter(([name = '']) => name in behaviours)).toEqual(rows);
});

it('the commands in other languages are run by a test of their own', () => {
  const commands = blocks.find(({ language }) => language === 'sh')?.code ?? '';
  const programs = [...commands.matchAll(/-- (?:go test |sh )?(\S+\.(?:go|sh))/g)].map(([, file]) => file);
  const test = readFileSync(join(project, 'test/programs/stowage/fixture-languages.test.ts'), 'utf8');
  expect(programs.filter((file) => !test.includes(`${file}`))).toEqual([]);
});

it('the operations are all there', () => {
  const page = readFileSync(join(project, 'docs/testing.md'), 'utf8');
  const operations = new Set(rowsOf(routes).map(({ operation }) => operation));
  expect(page).toContain(`has them: ${[...operations].map((operation) => `\`${operation}\``).join(', ')}.`);
});
