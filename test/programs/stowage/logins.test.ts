/** Logins by flags of `stowage serve`, and the commands that make what they need. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword, tokenKey } from '../../../lib/auth/index.ts';
import { send } from '../../support/client.ts';
import { type Served, startProgram, startServer } from '../../support/command.ts';

let folder: string;
let people: string;
let key: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-logins-'));
  [people, key] = [join(folder, 'htpasswd'), join(folder, 'key.json')];
  await writeFile(people, `ann:${await hashPassword('secret')}\nbob:${bcrypt.hashSync('other', 4)}\n`);
  await writeFile(key, JSON.stringify(await tokenKey()));
});
afterAll(() => rm(folder, { recursive: true }));

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

/** Runs `body` against a server in memory and stops it, whatever happened. */
async function serving(flags: readonly string[], body: (served: Served) => Promise<void>): Promise<string> {
  const served = await startServer(['--driver', 'memory', ...flags]);
  try {
    await body(served);
  } finally {
    expect(await served.end()).toMatchObject({ code: 0, signal: null });
  }
  return served.written.stderr;
}

/** Flags with which it cannot start. */
interface Wrong {
  readonly flags: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly code?: number;
  readonly complaint: RegExp;
}

type Sent = { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly authorization?: string };

/** Sends a request; gives status and challenge. */
async function ask(url: string, { method = 'GET', headers = {}, authorization }: Sent = {}) {
  const { origin, pathname, search } = new URL(url);
  const sent = { ...headers, ...(authorization !== undefined && { authorization }) };
  const reply = await send(origin, { method, path: pathname + search, headers: sent });
  return { status: reply.status, challenge: String(reply.headers['www-authenticate'] ?? '') };
}

const begin = (url: string, authorization?: string) =>
  ask(`${url}/v2/team/app/blobs/uploads/`, { method: 'POST', ...(authorization !== undefined && { authorization }) });
const tags = (url: string, authorization?: string) =>
  ask(`${url}/v2/team/app/tags/list`, authorization === undefined ? {} : { authorization });

const partOf = (challenge: string, name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';

/** Fetches the token that a challenge asks for, with a login or without; gives what it is sent with. */
async function tokenFor(challenge: string, login?: string): Promise<string> {
  const url = new URL(partOf(challenge, 'realm'));
  for (const name of ['service', 'scope']) url.searchParams.set(name, partOf(challenge, name));
  const reply = await fetch(url, { headers: login === undefined ? {} : { authorization: basic(login) } });
  const { token } = (await reply.json()) as { readonly token?: string };
  return reply.status === 200 ? `Bearer ${token}` : expect.fail(`${reply.status}`);
}

describe('stowage serve --htpasswd', () => {
  test('lets those do everything who have a login, and others nothing', async () => {
    const stderr = await serving(['--htpasswd', people], async ({ url, written }) => {
      expect(written.stdout).toContain(`docker login ${new URL(url).host}\n`);
      for (const [login, status] of [
        [undefined, 401],
        ['ann:wrong', 401],
        ['eve:secret', 401],
        [':', 401],
        ['ann:secret', 200],
        ['bob:other', 200],
      ] as const) {
        const authorization = login === undefined ? undefined : basic(login);
        const base = await ask(`${url}/v2/`, authorization === undefined ? {} : { authorization });
        expect([login, base.status]).toEqual([login, status]);
        if (status === 401) expect(base.challenge).toMatch(/^Basic realm=/);
        expect([login, (await begin(url, authorization)).status]).toEqual([login, status === 200 ? 202 : 401]);
      }
      expect((await ask(`${url}/v2/_catalog`, { authorization: basic('ann:secret') })).status).toBe(200);
      const deletion = { method: 'DELETE', authorization: basic('ann:secret') };
      expect((await ask(`${url}/v2/team/app/manifests/none`, deletion)).status).toBe(404);
      expect((await ask(`${url}/token`)).status, 'no tokens are given').toBe(404);
    });
    expect(stderr).toBe('');
  });

  test('asks for no login at the probes and for the documents', async () => {
    for (const flags of [[], ['--anonymous-pull']])
      await serving(['--htpasswd', people, '--docs', ...flags], async ({ url }) => {
        for (const path of ['/livez', '/readyz', '/', '/openapi.json'])
          expect([path, (await ask(url + path)).status]).toEqual([path, 200]);
        expect((await ask(`${url}/v2/`)).status).toBe(401);
      });
  });

  test.each([
    ['with passwords', []],
    ['with tokens', ['--anonymous-pull']],
  ])(
    'reads the file again while it serves, and lets nobody in as long as it is malformed, which it says once: %s',
    async (_, flags) => {
      const file = await mkdtemp(join(folder, 'changing-')).then((made) => join(made, 'htpasswd'));
      const lines = { ann: `ann:${await hashPassword('secret')}\n`, eve: `eve:${await hashPassword('secret')}\n` };
      await writeFile(file, lines.ann);
      const stderr = await serving(['--htpasswd', file, ...flags], async ({ url }) => {
        const path = flags.length === 0 ? '/v2/' : '/token';
        const statusOf = async (login: string) => (await ask(url + path, { authorization: basic(login) })).status;
        expect([await statusOf('ann:secret'), await statusOf('eve:secret')]).toEqual([200, 401]);
        await writeFile(file, lines.eve);
        await expect.poll(() => statusOf('eve:secret'), { timeout: 10_000 }).toBe(200);
        expect(await statusOf('ann:secret')).toBe(401);
        await writeFile(file, 'no line of such a file');
        await expect.poll(() => statusOf('eve:secret'), { timeout: 10_000 }).toBe(503);
        for (const login of ['ann:secret', 'eve:secret', 'mallory:guess', 'eve:secret']) expect(await statusOf(login)).toBe(503);
        await rm(file);
        for (let turn = 0; turn < 3; turn++) expect(await statusOf('eve:secret')).toBe(503);
        await writeFile(file, lines.ann);
        await expect.poll(() => statusOf('ann:secret'), { timeout: 10_000 }).toBe(200);
      });
      const complaints = stderr.split('\n').filter((line) => line.includes('nobody can log in'));
      expect(complaints.map((line) => /nobody can log in: (.*)$/.exec(line)?.[1])).toEqual([
        `${file}, line 1: it must be a name, a colon and a hash`,
        expect.stringContaining('ENOENT'),
      ]);
      expect(stderr, 'neither a password nor a hash').not.toMatch(/secret|scrypt/);
    },
  );

  test('counts requests for tokens with the throttle of its options, by the client that a trusted proxy names', async () => {
    const config = join(await mkdtemp(join(folder, 'throttle-')), 'config.mjs');
    const module = new URL('../../../dist/throttle.js', import.meta.url);
    await writeFile(
      config,
      `import { throttle } from '${module}';
       const limits = throttle({ perAddress: { perSecond: 0.001, burst: 2 } });
       export default { options: { throttle: limits, trustProxy: 'loopback' } };`,
    );
    await serving(['--htpasswd', people, '--token-key', key, '--config', config], async ({ url }) => {
      const guess = async (address: string) => {
        const headers = { 'x-forwarded-for': address };
        return (await ask(`${url}/token`, { headers, authorization: basic('ann:wrong') })).status;
      };
      expect([await guess('192.0.2.1'), await guess('192.0.2.1'), await guess('192.0.2.1')]).toEqual([401, 401, 429]);
      expect(await guess('192.0.2.2')).toBe(401);
    });
  });

  test('is taken from the environment and from a configuration, too', async () => {
    const cwd = await mkdtemp(join(folder, 'config-'));
    await writeFile(join(cwd, 'stowage.config.json'), JSON.stringify({ htpasswd: people, anonymousPull: true, tokenKey: key }));
    for (const [flags, env] of [
      [['--config', join(cwd, 'stowage.config.json')], {}],
      [[], { STOWAGE_HTPASSWD: people, STOWAGE_ANONYMOUS_PULL: 'true', STOWAGE_TOKEN_KEY: key }],
    ] as const) {
      const served = await startServer(['--driver', 'memory', ...flags], { ...process.env, ...env });
      expect((await ask(`${served.url}/v2/`)).challenge).toMatch(/^Bearer /);
      expect(await served.end()).toMatchObject({ code: 0, stderr: '' });
    }
  });

  const withKey = '--htpasswd people --token-key key';
  const wrong: Readonly<Record<string, Wrong>> = {
    'everybody pulls, and nobody is named': {
      flags: '--anonymous-pull',
      code: 2,
      complaint: /--anonymous-pull needs an --htpasswd/,
    },
    'a key, and nobody is named': { flags: '--token-key key', code: 2, complaint: /--token-key needs an --htpasswd/ },
    'there is no file': { flags: '--htpasswd nowhere', complaint: /cannot use the file of --htpasswd: ENOENT/ },
    'there is no file, for workers': { flags: '--htpasswd nowhere --workers 2 --driver fs', complaint: /of --htpasswd: ENOENT/ },
    'a line is malformed': {
      flags: '--htpasswd people',
      files: { people: '# those who may\nann:secret\n' },
      complaint: /cannot use the file of --htpasswd: people, line 2: /,
    },
    'there is no key': {
      flags: '--htpasswd people --token-key nowhere',
      complaint: /cannot read the file of --token-key: ENOENT/,
    },
    'the key is not JSON': {
      flags: withKey,
      files: { key: 'secret' },
      complaint: /cannot read the file of --token-key: it is not JSON/,
    },
    'the key is none': {
      flags: withKey,
      files: { key: '{}' },
      complaint: /with the key of --token-key: .*must be a private key/,
    },
    'the key signs nothing': {
      flags: withKey,
      files: { key: '{"kty":"EC","crv":"P-256","alg":"ES256","x":"AA","y":"AA","d":"secret"}' },
      complaint: /cannot give tokens with the key of --token-key: /,
    },
    'the configuration is wrong about clients': {
      flags: '--htpasswd people --anonymous-pull --config c.json',
      files: { 'c.json': '{ "options": { "trustProxy": "nobody" } }' },
      complaint: /c\.json, options: trustProxy must be true, false, /,
    },
    'the configuration decides already': {
      flags: '--htpasswd people --config c.cjs',
      files: { 'c.cjs': 'module.exports = { options: { authorize: () => ({ may: () => true }) } }' },
      code: 2,
      complaint: /--htpasswd and the authorize of c\.cjs both say who may do what/,
    },
  };
  test.each(Object.entries(wrong))('ends in one line where %s', async (_, { flags, files, code = 1, complaint }) => {
    const cwd = await mkdtemp(join(folder, 'wrong-'));
    for (const [name, content] of Object.entries({ people: `ann:${await hashPassword('x')}`, ...files }))
      await writeFile(join(cwd, name), content);
    const ended = await startProgram(['serve', '--port', '0', '--driver', 'memory', ...flags.split(' ')], process.env, cwd).ended;
    expect(ended.stderr).toMatch(complaint);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(/^stowage: [^\n]+\n$/);
    expect(ended.stderr, 'what is secret').not.toContain('secret');
  });

  test.each([
    ['where they come without TLS from other machines', [], true],
    ['where the server speaks TLS', ['--tls-cert', 'certificate.pem', '--tls-key', 'key.pem'], false],
    ['where a proxy speaks it', ['--config', 'proxy.json'], false],
    ['where its URL does', ['--config', 'public.json'], false],
    ['where its URL does not', ['--config', 'plain.json'], true],
    ['on the loopback address', ['--host', '127.0.0.1'], false],
  ] as const)('warns of passwords that can be read on their way: %s', async (_, flags, isWarned) => {
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
    const [certificate, secret] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
    if (!existsSync(certificate))
      execFileSync('openssl', [...words, '-keyout', secret, '-out', certificate], { stdio: 'ignore' });
    await writeFile(join(folder, 'proxy.json'), '{ "options": { "trustProxy": "10.0.0.0/8" } }');
    await writeFile(join(folder, 'public.json'), '{ "options": { "publicUrl": "https://registry.example.com" } }');
    await writeFile(join(folder, 'plain.json'), '{ "options": { "publicUrl": "http://registry.example.com" } }');
    const given = flags.map((word) => (/\./.test(word) && existsSync(join(folder, word)) ? join(folder, word) : word));
    const served = await startServer(['--driver', 'memory', '--host', '0.0.0.0', '--htpasswd', people, ...given]);
    const warning = /^stowage: warning: passwords and tokens come to \S+ without TLS, [^\n]+--tls-cert[^\n]+\n$/;
    expect((await served.end()).stderr).toMatch(isWarned ? warning : /^$/);
  });
});

describe('stowage serve --htpasswd --anonymous-pull', () => {
  const flags = () => ['--htpasswd', people, '--anonymous-pull'];

  test('lets everybody pull and those push who have a login', async () => {
    await serving(flags(), async ({ url }) => {
      const pull = await tags(url);
      expect([pull.status, partOf(pull.challenge, 'scope')]).toEqual([401, 'repository:team/app:pull']);
      const anonymous = await tokenFor(pull.challenge);
      expect((await tags(url, anonymous)).status, 'there is no such repository').toBe(404);
      expect((await ask(`${url}/v2/`, { authorization: anonymous })).status).toBe(200);
      const catalog = await ask(`${url}/v2/_catalog`);
      expect((await ask(`${url}/v2/_catalog`, { authorization: await tokenFor(catalog.challenge) })).status).toBe(200);

      const refused = await begin(url, anonymous);
      expect([refused.status, partOf(refused.challenge, 'error')]).toEqual([401, 'insufficient_scope']);
      expect((await begin(url, await tokenFor(refused.challenge))).status, 'with a token of nobody').toBe(401);
      expect((await begin(url, await tokenFor(refused.challenge, 'ann:secret'))).status).toBe(202);
      const deletion = { method: 'DELETE', authorization: await tokenFor(pull.challenge, 'ann:secret') };
      const denied = await ask(`${url}/v2/team/app/manifests/none`, deletion);
      expect(denied.status, 'with a token for a pull').toBe(401);
      const again = { method: 'DELETE', authorization: await tokenFor(denied.challenge, 'ann:secret') };
      expect((await ask(`${url}/v2/team/app/manifests/none`, again)).status).toBe(404);

      for (const login of ['ann:wrong', 'eve:secret'])
        expect((await ask(`${url}/token`, { authorization: basic(login) })).status, login).toBe(401);
      expect((await begin(url, basic('ann:secret'))).status, 'a password in the place of a token').toBe(401);
    });
  });

  test('says what it means that it has made the key itself, and nothing where it was given one', async () => {
    const said = /^stowage: tokens are signed with a key that was made now: [^\n]+ 'stowage token-key' [^\n]+\n$/;
    expect(await serving(flags(), async () => {})).toMatch(said);
    expect(await serving([...flags(), '--token-key', key], async () => {})).toBe('');
  });

  test('has tokens end with the process, unless it was given a key', async () => {
    for (const [more, status] of [
      [[], 401],
      [['--token-key', key], 404],
    ] as const) {
      let token = '';
      await serving([...flags(), ...more], async ({ url }) => {
        token = await tokenFor((await tags(url)).challenge);
      });
      await serving([...flags(), ...more], async ({ url }) => expect((await tags(url, token)).status).toBe(status));
    }
  });

  test.each([
    ['that it makes', []],
    ['that it is given', ['--token-key']],
  ])('has one key for all workers, also for one that takes the place of another: the one %s', async (_, more) => {
    const root = await mkdtemp(join(folder, 'workers-'));
    const words = ['--workers', '2', '--root', root, ...flags(), ...more.flatMap((flag) => [flag, key])];
    const served = await startServer(words);
    const { challenge } = await begin(served.url);
    const token = await tokenFor(challenge, 'ann:secret');
    // Each request has a connection of its own, and the two workers take them in turn.
    const statuses = async () => {
      const all = await Promise.all(
        Array.from({ length: 8 }, () => begin(served.url, token).then(({ status }) => status, String)),
      );
      return [...new Set(all)];
    };
    expect(await statuses()).toEqual([202]);
    const records = await readdir(join(root, 'instances'));
    for (const name of records) {
      const { pid } = JSON.parse(await readFile(join(root, 'instances', name), 'utf8')) as { readonly pid: number };
      process.kill(pid, 'SIGKILL');
      const told = `stowage: worker ${pid} ended (SIGKILL); starting another\n`;
      await expect.poll(() => served.written.stderr, { timeout: 10_000 }).toContain(told);
    }
    await expect.poll(statuses, { timeout: 10_000 }).toEqual([202]);
    expect(await served.end()).toMatchObject({ code: 0, signal: null });
  });

  const realms: readonly (readonly [string, object, Readonly<Record<string, string>>, string])[] = [
    ['by its Host', {}, { host: 'registry.test:5000' }, 'http://registry.test:5000/token'],
    ['by an address of IPv6', {}, { host: '[::1]:5000' }, 'http://[::1]:5000/token'],
    ['by the address of the connection, where the Host is none', {}, { host: 'a"b/c?' }, 'http://127.0.0.1:PORT/token'],
    ['by its public URL', { publicUrl: 'https://r.example.com/x' }, { host: 'h' }, 'https://r.example.com/x/token'],
    ['below its mount', { mountPath: '/registry' }, { host: 'h' }, 'http://h/registry/token'],
    [
      'by what a trusted proxy says',
      { trustProxy: 'loopback' },
      {
        host: 'h',
        'x-forwarded-for': '10.1.1.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'r.example.com',
        'x-forwarded-prefix': '/x',
      },
      'https://r.example.com/x/token',
    ],
    [
      'and by nothing that anybody else says',
      {},
      { host: 'h', 'x-forwarded-for': '10.1.1.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example.com' },
      'http://h/token',
    ],
  ];
  test.each(realms)('leads clients to the tokens under the URL by which they know it: %s', async (_, options, headers, realm) => {
    const { mountPath = '' } = options as { readonly mountPath?: string };
    const config = join(await mkdtemp(join(folder, 'realm-')), 'config.json');
    await writeFile(config, JSON.stringify({ options }));
    await serving([...flags(), '--config', config], async ({ url }) => {
      const { challenge } = await ask(`${url}${mountPath}/v2/`, { headers });
      expect(partOf(challenge, 'realm').replace(new URL(url).port, 'PORT')).toBe(realm);
      expect((await ask(`${url}${mountPath}/token`)).status).toBe(200);
      if (mountPath !== '') expect((await ask(`${url}/token`)).status).toBe(404);
    });
  });
});

describe('stowage hash-password', () => {
  const program = join(import.meta.dirname, '../../../dist/cli.js');
  const run = (words: readonly string[], input: string) =>
    spawnSync(process.execPath, [program, ...words], { input, encoding: 'utf8' });

  test.each([
    ['with the end of a line', 'correct horse: ä\n'],
    ['with that of Windows', 'correct horse: ä\r\n'],
    ['without one', 'correct horse: ä'],
  ])('prints a line that lets somebody in, of a password that is piped %s', async (_, input) => {
    const { stdout, stderr, status } = run(['hash-password', 'ann'], input);
    expect([status, stderr]).toEqual([0, '']);
    const file = join(folder, 'made');
    await writeFile(file, stdout);
    await serving(['--htpasswd', file], async ({ url }) => {
      expect((await ask(`${url}/v2/`, { authorization: basic('ann:correct horse: ä') })).status).toBe(200);
    });
  });

  test.each([
    [['hash-password'], 'x', 2, /needs a name/],
    [['hash-password', 'a:b'], 'x', 2, /a name has no colon/],
    [['hash-password', '#ann'], 'x', 2, /a name has no colon .* begin with #/],
    [['hash-password', 'ann', 'secret'], 'x', 2, /takes one NAME, not 'secret' as well/],
    [['hash-password', 'ann'], '\n', 1, /the password is empty/],
    [['hash-password', 'ann'], 'one\ntwo\n', 1, /a password is one line/],
  ] as const)('refuses what no login can have: %j', (words, input, status, complaint) => {
    const ended = run(words, input);
    expect([ended.status, ended.stdout]).toEqual([status, '']);
    expect(ended.stderr).toMatch(complaint);
  });

  test.skipIf(!existsSync('/usr/bin/script'))('does not show a password that is typed at a terminal', async () => {
    const line = `'${process.execPath}' '${program}' hash-password ann`;
    const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let shown = '';
    child.stdout.on('data', (data: Buffer) => {
      if (!shown.includes('Password: ') && `${shown}${data}`.includes('Password: '))
        setTimeout(() => child.stdin.write('sesame\r'), 200);
      shown += data;
    });
    await text(child.stdout).catch(() => '');
    expect(shown).toMatch(/^Password: \r\nann:\$scrypt\$[^\r]+\r\n$/);
  });
});

describe('stowage token-key', () => {
  test('prints a key, another one each time', async () => {
    const keys = await Promise.all([1, 2].map(() => startProgram(['token-key']).ended));
    for (const { stdout } of keys) expect(JSON.parse(stdout)).toMatchObject({ kty: 'EC', alg: 'ES256', d: expect.any(String) });
    expect(keys[0]?.stdout).not.toBe(keys[1]?.stdout);
  });
});
