/** The tests in other languages in examples/testing, beside a registry that `stowage fixture` starts. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { image } from '../../../lib/testing/fixture/content/index.ts';
import { startProgram } from '../../support/command.ts';
import { writeContents } from '../../support/layout.ts';

const examples = join(import.meta.dirname, '../../../examples/testing');
/** How each is started, and what has to be installed for it. */
const languages = [
  { file: 'registry_test.go', words: ['go', 'test'], needs: 'go' },
  { file: 'test_registry.py', words: ['python3', '-m', 'unittest'], needs: 'python3' },
  { file: 'registry.sh', words: ['sh'], needs: 'curl' },
];

// The archives of Go are unpacked there, which not every PATH knows.
const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/local/go/bin` };
const isThere = (program: string) => spawnSync(program, ['--version'], { env, stdio: 'ignore' }).error === undefined;
const seed = ['--seed', 'team/app:1.0=layout'];
const busy = 'operation=getManifest,times=1,status=503';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-languages-'));
  await cp(examples, folder, { recursive: true });
  await writeContents(join(folder, 'layout'), { latest: image({ layers: [{ one: 'one' }, { two: 'two' }] }) });
});
afterAll(() => rm(folder, { recursive: true }));

const title = '$file passes, and fails where a layer is cut short';
test.for(languages)(title, { timeout: 120_000 }, async ({ file, words, needs }, { skip }) => {
  skip(!isThere(needs), `${needs} is not installed`);
  const run = (...flags: string[]) =>
    startProgram(['fixture', ...seed, '--requests', ...flags, '--', ...words, file], env, folder).ended;
  const right = await run('--fail', busy);
  expect(right.code, right.stdout + right.stderr).toBe(0);
  const asked = [...right.stderr.matchAll(/\((\w+)\) → (\d+)/g)].map(([, operation, status]) => `${operation} ${status}`);
  expect(asked.slice(0, 2)).toEqual(['getManifest 503', 'getManifest 200']);
  expect(asked.filter((each) => each === 'getBlob 200').length).toBeGreaterThanOrEqual(2);
  expect((await run('--fail', 'operation=getBlob,truncate')).code).not.toBe(0);
});

test('each file there is run: here, or by a test runner', async () => {
  const runners = await readFile(join(import.meta.dirname, '../runners/runners.mjs'), 'utf8');
  const here = languages.map(({ file }) => file);
  const others = (await readdir(examples)).filter((name) => !here.includes(name) && !runners.includes(`recipe: '${name}'`));
  expect(others).toEqual(['client.cjs']);
});
