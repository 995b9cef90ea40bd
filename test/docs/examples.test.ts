/** The programs in examples/ and the snippets of the README, run as their readers would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { descriptors } from '../../lib/docs/index.ts';
import { databases } from '../programs/drivers/databases.ts';
import { send } from '../support/client.ts';
import { blocksOf } from '../support/code-blocks.ts';
import { hostOf } from '../support/command.ts';
import { beginUpload, pushAndPull } from '../support/images.ts';
import { startS3Double } from '../support/s3/double.ts';
import { environmentOf } from '../support/s3/environment.ts';

const project = join(import.meta.dirname, '../..');
const examples = join(project, 'examples');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-examples-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a program in an empty folder until `body` is done with what it serves. */
async function running(program: string, body: (origin: string) => Promise<void>, more: NodeJS.ProcessEnv = {}): Promise<void> {
  const env = { ...process.env, PORT: '0', ...more };
  const child = spawn(process.execPath, [program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  try {
    await body(`http://${await hostOf(child)}`);
  } finally {
    child.kill();
    await closed;
  }
}

/** What only the table may say, in lower case: words of paths, methods, headers. */
const ofTheTable = new Set(
  [
    ...descriptors.routes.flatMap(({ path, methods }) => [...path.split(/[/{}]+/), ...methods.map(({ method }) => method)]),
    ...Object.keys({ ...descriptors.requestHeaders, ...descriptors.responseHeaders }),
  ]
    .filter(Boolean)
    .map((word) => word.toLowerCase()),
);

const servers: [string, string[]][] = [
  ['http.mjs', ['/v2']],
  ['express.mjs', ['/v2']],
  ['express-prefix.mjs', ['/team-a/v2', '/team-b/v2']],
];
const others = ['authorize.mjs', 'in-a-test.mjs', 'server.mjs', 'three-instances.mjs', 'typed-client-image.ts'];
const programs = [...servers.map(([name]) => name), ...others];
/** What programs import; nothing happens in them by themselves. */
const imported = ['tracing.mjs', 'typed-client.ts'];

describe('examples', () => {
  test.each(servers)('%s is a registry', async (name, apis) => {
    await running(join(examples, name), async (origin) => {
      for (const api of apis) await pushAndPull(origin + api, 'library/busybox');
    });
  });

  test('express.mjs answers its own routes', async () => {
    await running(join(examples, 'express.mjs'), async (origin) => {
      expect(String((await send(origin, { method: 'GET', path: '/' })).body)).toBe('an app that is also a registry');
    });
  });

  test('authorize.mjs lets everybody pull and only its user push', async () => {
    await running(join(examples, 'authorize.mjs'), async (origin) => {
      const push = (headers: Record<string, string> = {}) =>
        send(origin, { method: 'POST', path: '/v2/library/busybox/blobs/uploads/', headers });
      const as = (words: string) => ({ authorization: `Basic ${Buffer.from(words).toString('base64')}` });
      const refused = await push();
      expect(refused.status).toBe(401);
      expect(refused.headers['www-authenticate']).toBe('Basic realm="registry"');
      expect((await push(as('ann:wrong'))).status).toBe(401);
      expect((await push(as('ann:secret'))).status).toBe(202);
      expect((await send(origin, { method: 'GET', path: '/v2/library/busybox/manifests/latest' })).status).toBe(404);
    });
  });

  test('server.mjs lets in who logs in, logs each request, and ends in peace', async () => {
    const env = { ...process.env, PORT: '0', USERS: 'ann:secret,bob:word' };
    const child = spawn(process.execPath, [join(examples, 'server.mjs')], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    const origin = `http://${await hostOf(child)}`;
    const statusAs = async (words?: string) => {
      const headers: Record<string, string> = words ? { authorization: `Basic ${Buffer.from(words).toString('base64')}` } : {};
      return (await send(origin, { method: 'GET', path: '/v2/', headers })).status;
    };
    expect([await statusAs(), await statusAs('ann:word'), await statusAs('ann:secret'), await statusAs('bob:word')]).toEqual([
      401, 401, 200, 200,
    ]);
    expect((await send(origin, { method: 'GET', path: '/livez' })).status).toBe(200);
    child.kill();
    expect(await closed).toEqual([0, null]);
  });

  test('three-instances.mjs has each request answered by the next instance', async () => {
    const double = await startS3Double();
    const env = { BUCKET: double.bucket, ENDPOINT: double.origin, ...environmentOf(double.clientConfig) };
    await running(
      join(examples, 'three-instances.mjs'),
      async (origin) => {
        const asked = async () => (await send(origin, { method: 'GET', path: '/v2/' })).headers['x-served-by'];
        expect(new Set([await asked(), await asked(), await asked()]).size).toBe(3);
        await pushAndPull(`${origin}/v2`, 'library/busybox');
        expect((await beginUpload(`${origin}/v2`, 'library/busybox')).origin).toBe(origin);
      },
      env,
    );
    await double.close();
  });

  test('in-a-test.mjs passes', async () => {
    const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined };
    const child = spawn(process.execPath, ['--test', join(examples, 'in-a-test.mjs')], { env, stdio: 'ignore' });
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  test('typed-client-image.ts pushes an image and pulls it back', async () => {
    const words = ['--import', join(project, 'test/support/typescript.mjs'), join(examples, 'typed-client-image.ts')];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed, closed] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(closed).toEqual([0, null]);
    expect(printed).toMatch(/^pushed and pulled library\/hello:latest, sha256:[0-9a-f]{64}\n$/);
  });

  test('typed-client.ts has no route, method, header or status of its own', async () => {
    const code = (await readFile(join(examples, 'typed-client.ts'), 'utf8')).replaceAll(/\/\*\*.*?\*\/|\/\/.*?$/gms, '');
    const texts = [...code.matchAll(/'.*?'|`.*?`/g)].map(([quoted]) => quoted.replaceAll(/\$\{.*?\}/g, ''));
    const written = texts.flatMap((quoted) => quoted.toLowerCase().split(/[^a-z0-9-]+/));
    expect(written).toContain('manual');
    expect(written.filter((word) => ofTheTable.has(word))).toEqual([]);
    expect(code).not.toMatch(/\b[1-5][0-9][0-9]\b/);
  });

  test('each program is under 40 lines', async () => {
    for (const name of programs.filter((file) => file.endsWith('.mjs')))
      expect((await readFile(join(examples, name), 'utf8')).split('\n').length, name).toBeLessThan(41);
  });

  test('each is run: here or, if it is a driver, on the driver suite', async () => {
    expect((await readdir(examples)).sort()).toEqual([...programs, ...imported, 'drivers', 'operations', 'testing'].sort());
    const drivers = ['empty', 'sqlite', ...Object.keys(databases)];
    expect((await readdir(join(examples, 'drivers'))).sort()).toEqual(['README.md', ...drivers].sort());
  });
});

describe('the README', () => {
  const snippets = blocksOf('README.md').flatMap(({ language, code }) => (language === 'js' ? [code] : []));

  test('has snippets that listen', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(4);
    for (const snippet of snippets) expect(snippet).toContain(".listen(5000, '127.0.0.1')");
  });

  test.each(snippets.map((snippet, index) => [index + 1, snippet] as const))(
    'has a snippet %i that works',
    async (index, snippet) => {
      // Within the project, so that it finds the package by its name.
      const place = join(project, '.cache', 'readme');
      await mkdir(place, { recursive: true });
      const program = join(place, `${index}.mjs`);
      const print = "function () { console.log('listening on 127.0.0.1:' + this.address().port) }";
      await writeFile(program, snippet.replace(".listen(5000, '127.0.0.1')", `.listen(0, '127.0.0.1', ${print})`));
      await running(program, (origin) =>
        pushAndPull(`${origin}${snippet.includes("'/registry'") ? '/registry' : ''}/v2`, 'library/busybox'),
      );
    },
  );
});
