/** `stowage fixture`: a registry for as long as a command runs. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { image } from '../../../lib/testing/fixture/content/index.ts';
import { startProgram } from '../../support/command.ts';
import { writeContents } from '../../support/layout.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-fixture-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs `stowage fixture` with these flags, and this program of Node behind them. */
const run = (flags: readonly string[], code: string, env = process.env) =>
  startProgram(['fixture', ...flags, '--', process.execPath, '--input-type=module', '-e', code], env, folder).ended;

const app = image();

describe('stowage fixture', () => {
  test('gives its command a registry, and ends with it', async () => {
    const code = `
      const { TEST_REGISTRY_URL: url, TEST_REGISTRY: host, ...others } = process.env;
      const { status } = await fetch(url + '/v2/');
      console.log(JSON.stringify({ status, url, host, folder: others.DOCKER_CONFIG, kept: others.MINE }));
    `;
    const { code: exit, stdout, stderr } = await run([], code, { ...process.env, MINE: 'mine' });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ status: 200, url: `http://127.0.0.1:${told.host.split(':')[1]}`, kept: 'mine' });
    expect(existsSync(told.folder)).toBe(false);
    await expect(fetch(`${told.url}/v2/`)).rejects.toThrow('fetch failed');
  });

  test.each([
    ['its exit code', 'process.exit(3)', 3],
    ['128 and the number of the signal that ended it', "process.kill(process.pid, 'SIGKILL')", 137],
  ])('ends with what its command ended with: %s', async (_, code, exit) => {
    expect(await run([], code)).toMatchObject({ code: exit, stdout: '', stderr: '' });
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
    'passes %s on, and cleans up when its command has ended',
    async (signal) => {
      const waiting = `
      process.once('${signal}', () => { console.log('heard it'); process.exit(5); });
      console.log(process.env.DOCKER_CONFIG);
      setInterval(() => {}, 1_000);
    `;
      const program = startProgram(['fixture', '--', process.execPath, '-e', waiting]);
      const started = new Promise<string>((resolve) => program.child.stdout.once('data', (line) => resolve(String(line).trim())));
      const files = await started;
      expect(existsSync(files)).toBe(true);
      program.child.kill(signal);
      expect(await program.ended).toMatchObject({ code: 5, signal: null, stdout: `${files}\nheard it\n`, stderr: '' });
      expect(existsSync(files)).toBe(false);
    },
  );

  test('gives its standard input to its command', async () => {
    const words = ['fixture', '--', 'cat'];
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../../dist/cli.js'), ...words]);
    child.stdin.end('hello');
    expect(await text(child.stdout)).toBe('hello');
  });

  test('has content of a layout, of one of its entries, and of an archive', async () => {
    const other = image({ config: { Cmd: ['/other'] } });
    await writeContents(join(folder, 'one'), { latest: app });
    await writeContents(join(folder, 'two:layouts'), { latest: app, 'v1:other': other });
    expect(spawnSync('tar', ['-cf', '../one.tar', '.'], { cwd: join(folder, 'one') }).status).toBe(0);
    await cp(join(folder, 'one'), join(folder, 'copy'), { recursive: true });
    const code = `
      for (const reference of ['a/manifests/1', 'a/manifests/2', 'b/c/manifests/latest', 'd/tags/list']) {
        const reply = await fetch(process.env.TEST_REGISTRY_URL + '/v2/' + reference);
        console.log(reply.headers.get('docker-content-digest') ?? (await reply.text()));
      }`;
    const seeds = ['a:1=one', 'a:2=./two:layouts:v1:other', 'b/c:latest=one.tar', 'd:copied=copy'].flatMap((seed) => [
      '--seed',
      seed,
    ]);
    const { stdout, stderr } = await run(seeds, code);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([app.digest, other.digest, app.digest, '{"name":"d","tags":["copied"]}', '']);
  });

  test('has faults', async () => {
    const code = `
      const ask = (path, init) => fetch(process.env.TEST_REGISTRY_URL + path, init).then(({ status }) => status, () => 'broken');
      console.log([await ask('/v2/'), await ask('/v2/'), await ask('/v2/'), await ask('/v2/a/tags/list')].join());`;
    const flags = ['--fail', 'operation=checkBase,times=2,status=503', '--fail', 'operation=listTags,drop'];
    expect(await run(flags, code)).toMatchObject({ code: 0, stdout: '503,503,200,broken\n', stderr: '' });
  });

  test.each(['basic', 'bearer'])('asks for logins, by %s, and gives its command one', async (scheme) => {
    const code = `
      import { readFileSync } from 'node:fs';
      const { auths } = JSON.parse(readFileSync(process.env.REGISTRY_AUTH_FILE));
      const { headers } = await fetch(process.env.TEST_REGISTRY_URL + '/v2/');
      console.log(headers.get('www-authenticate').split(' ')[0], atob(auths[process.env.TEST_REGISTRY].auth));`;
    const words = scheme === 'basic' ? 'Basic ann:sec:ret\n' : 'Bearer ann:sec:ret\n';
    const ended = await run(['--auth', scheme, '--user', 'ann:sec:ret', '--user', '42:word'], code);
    expect(ended).toMatchObject({ code: 0, stdout: words, stderr: '' });
  });

  test('writes the traffic into a file, for replay and for people', async () => {
    const file = join(folder, 'traffic.json');
    const { code } = await run(['--record', file], "await fetch(process.env.TEST_REGISTRY_URL + '/v2/')");
    expect(code).toBe(0);
    const { exchanges } = JSON.parse(readFileSync(file, 'utf8'));
    expect(exchanges.map(({ request, reply }: { request: object; reply: object }) => ({ ...request, ...reply }))).toMatchObject([
      { method: 'GET', target: '/v2/', status: 200 },
    ]);
  });

  test('ends with the exit code of its command, and writes the file, though a request hangs', async () => {
    const file = join(folder, 'hanging.json');
    const code = `
      import { spawn } from 'node:child_process';
      const ask = "fetch(process.env.TEST_REGISTRY_URL + '/v2/').catch(() => {})";
      spawn(process.execPath, ['-e', ask], { stdio: 'ignore', detached: true }).unref();
      setTimeout(() => process.exit(5), 500);`;
    const ended = await run(['--fail', 'delay=600000', '--record', file], code);
    expect(ended.code).toBe(5);
    expect(JSON.parse(readFileSync(file, 'utf8')).exchanges).toMatchObject([{ reply: { status: 499, broken: true } }]);
  });

  test('says that the file cannot be written before it runs the command', async () => {
    const { code, stdout, stderr } = await run(['--record', join(folder, 'nowhere/traffic.json')], "console.log('ran')");
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^stowage: cannot write the recording to .*traffic\.json: ENOENT[^\n]*\n$/);
  });

  test('says in one line that there is no folder for its logins', async () => {
    const { code, stderr } = await run([], '', { ...process.env, TMPDIR: join(folder, 'nowhere') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^stowage: cannot write the logins of the registry: ENOENT[^\n]*\n$/);
  });

  test('lists the requests at the end, however its command ended', async () => {
    const { code, stderr } = await run(['--requests'], "await fetch(process.env.TEST_REGISTRY_URL + '/v2/'); process.exit(1)");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^1 request:\n {2}1\. GET \/v2\/ \(checkBase\) → 200, [^\n]+\n$/);
  });

  test.each([
    ['no-such-program', [], 127, /^stowage: cannot run no-such-program: there is no such program\n$/],
    ['/', [], 126, /^stowage: cannot run \/: [^\n]*EACCES\n$/],
    ['true', ['--seed', 'a:1=nowhere'], 1, /^stowage: cannot seed a:1 from nowhere: ENOENT[^\n]+\n$/],
    ['true', ['--seed', 'A:1=one'], 1, /^stowage: cannot seed A:1 from one: "A:1" is no reference like [^\n]+\n$/],
  ])('says in one line why it cannot run %s with %j', async (program, flags, code, line) => {
    const ended = await startProgram(['fixture', ...flags, '--', program], process.env, folder).ended;
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(line);
  });
});
