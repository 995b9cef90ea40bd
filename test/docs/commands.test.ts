/** The commands of the README, and the configuration that it shows, do what it says of them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { blockWith, documents } from '../support/code-blocks.ts';
import { hostOf, startProgram } from '../support/command.ts';
import { makeImage, push, pushAndPull } from '../support/images.ts';

const project = join(import.meta.dirname, '../..');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-commands-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The words behind `npx stowage` in the lines of a block, without their comments. */
function wordsIn(block: string): string[][] {
  const lines = block.trim().split('\n');
  return lines.map((line) => (/^npx stowage (.+?)(?: +#.*)?$/.exec(line)?.[1] ?? expect.fail(line)).split(' '));
}

/** Serves in the folder until `body` is done with the API; on a free port. */
async function serving(words: readonly string[], body: (api: string) => Promise<void>): Promise<void> {
  const program = startProgram([...words, '--port', '0'], process.env, folder);
  try {
    await body(`http://${await hostOf(program.child)}/v2`);
  } finally {
    program.child.kill();
    expect((await program.ended).code).toBe(0);
  }
}

test('npx stowage serve keeps in ./data what is pushed', async () => {
  const [serve = [], ...others] = wordsIn(blockWith('README.md', 'npx stowage serve'));
  expect(others).toEqual([]);
  await serving(serve, (api) => pushAndPull(api, 'library/busybox'));
  expect(existsSync(join(folder, 'data'))).toBe(true);
});

test('the configuration forbids deletions, and tags that move, but for latest', async () => {
  await writeFile(join(folder, 'stowage.config.js'), blockWith('README.md', 'ServeConfig'));
  await serving(['serve', '--root', 'elsewhere'], async (api) => {
    for (const tag of ['latest', '1.0']) await push(api, 'app', makeImage(), tag);
    const [latest, fixed] = ['latest', '1.0'].map((tag) => `${api}/app/manifests/${tag}`);
    const status = async (url = '', init: RequestInit = {}) => (await fetch(url, init)).status;
    const again = {
      method: 'PUT',
      body: '{"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2,"manifests":[]}',
    };
    expect([await status(latest, again), await status(fixed, again)]).toEqual([201, 403]);
    expect(await status(latest, { method: 'DELETE' })).toBe(405);
  });
  await rm(join(folder, 'stowage.config.js'));
});

test('the logins of docs/auth.md are made and served', async () => {
  const lines = ['hash-password', 'token-key'].flatMap((name) => blockWith('docs/auth.md', name).trim().split('\n'));
  const program = `'${process.execPath}' '${join(project, 'dist/cli.js')}'`;
  for (const line of lines.filter((each) => each.includes('>')))
    execFileSync('sh', ['-c', line.replace('npx stowage', program)], { cwd: folder, input: 'secret' });
  const served = lines.filter((line) => line.includes('stowage serve'));
  expect(served).toHaveLength(2);
  for (const [words, scheme] of [
    [wordsIn(served[0] ?? '')[0], 'Basic'],
    [wordsIn(served[1] ?? '')[0], 'Bearer'],
  ] as const)
    await serving(words ?? [], async (api) => {
      const challenge = (await fetch(`${api}/`)).headers.get('www-authenticate') ?? '';
      expect(challenge).toMatch(new RegExp(`^${scheme} `));
      const tokens = /realm="(http[^"]+)"/.exec(challenge)?.[1];
      const statusFor = async (pair: string) =>
        (await fetch(tokens ?? `${api}/`, { headers: { authorization: `Basic ${btoa(pair)}` } })).status;
      expect([await statusFor('ann:secret'), await statusFor('ann:wrong')]).toEqual([200, 401]);
    });
});

test('npx stowage init-driver writes a project, and test-driver runs the suite on a module', async () => {
  const [init = [], suite = [], ...others] = wordsIn(blockWith('README.md', 'npx stowage init-driver'));
  expect(others).toEqual([]);
  expect(await startProgram(init, process.env, folder).ended).toMatchObject({ code: 0 });
  expect(existsSync(join(folder, 'my-driver/suite.ts'))).toBe(true);
  const memory = pathToFileURL(join(project, 'dist/drivers/memory.js'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'my-driver.js'), `export { memoryDriver as default } from '${memory}';`);
  const { code, stdout } = await startProgram([...suite, '--only', 'contract, blobs'], process.env, folder).ended;
  expect([code, stdout]).toEqual([0, expect.stringMatching(/\n[1-9]\d* passed, 0 failed, \d+ skipped\n$/)]);
});

test('the scripts of npm that documents name are there', () => {
  const named = documents.flatMap((document) => [
    ...readFileSync(join(project, document), 'utf8').matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g),
  ]);
  const scripts = named.map(([, run, short]) => run ?? short);
  expect(scripts).toContain('bench');
  expect(scripts.filter((name = '') => !(name in manifest.scripts))).toEqual([]);
});
