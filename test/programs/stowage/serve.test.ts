/** The command `stowage` and `stowage serve`, from the first word to the last signal. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageType } from '../../../lib/testing/exchanges/given.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { digestOf, open, type Sent, send } from '../../support/client.ts';
import { hostOf, type Served, startProgram, startServer } from '../../support/command.ts';
import { assertHeld, beginUpload, makeImage, push, pushAndPull } from '../../support/images.ts';

/** Only root may mount disks. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs `body` against a server and stops it, whatever happened. */
async function serving(flags: readonly string[], body: (served: Served) => Promise<void>): Promise<void> {
  const served = await startServer(flags);
  try {
    await body(served);
  } finally {
    expect(await served.end()).toMatchObject({ code: 0, signal: null });
  }
}

/** Resolves when nobody listens there any longer. */
async function refused(host: string): Promise<void> {
  const [name, port] = host.split(':');
  for (;;) {
    const socket = connect(Number(port), name);
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (!open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('stowage serve --log', () => {
  test.each([
    ['in one process', ['--driver', 'memory']],
    ['with workers', ['--workers', '2']],
  ] as const)('writes a line of JSON for each request to the standard output, and nothing else, %s', async (_, flags) => {
    const root = await mkdtemp(join(folder, 'logged-'));
    const served = await startServer(['--log', ...flags, ...(flags[0] === '--workers' ? ['--root', root] : [])]);
    const replies = [
      await fetch(`${served.url}/v2/`),
      await fetch(`${served.url}/v2/team/app/manifests/latest?secret=1`, { headers: { Authorization: 'Basic c2VjcmV0' } }),
    ];
    const [first, second] = replies.map(({ headers }) => headers.get('x-request-id'));
    const { code, stdout, stderr } = await served.end();
    expect({ code, greeting: stderr.split('\n')[0] }).toEqual({ code: 0, greeting: `listening on ${served.host}` });
    expect(stdout).toMatch(/\n$/);
    const lines = stdout.trimEnd().split('\n');
    const common = { method: 'GET', remoteAddress: '127.0.0.1', bytesIn: 0, complete: true };
    expect(lines.map((line) => JSON.parse(line)).sort((a, b) => a.status - b.status)).toEqual([
      {
        ...common,
        requestId: first,
        time: stamp,
        path: '/v2/',
        operation: 'checkBase',
        status: 200,
        bytesOut: 2,
        milliseconds: positive,
      },
      {
        ...common,
        requestId: second,
        time: stamp,
        path: '/v2/team/app/manifests/latest',
        operation: 'getManifest',
        use: 'by tag',
        repository: 'team/app',
        reference: 'latest',
        status: 404,
        code: 'MANIFEST_UNKNOWN',
        bytesOut: positive,
        milliseconds: positive,
      },
    ]);
    expect(stdout).not.toContain('secret');
  });

  test.each([
    ['of the log', ['stdout']],
    ['of faults', ['stderr']],
    ['of both', ['stdout', 'stderr']],
  ] as const)('serves on when the reader %s has gone', async (_, outputs) => {
    const served = await startServer(['--log', '--driver', 'memory']);
    for (const output of outputs) await served.stopReading(output);
    for (let turn = 0; turn < 5; turn++) expect((await fetch(`${served.url}/v2/`)).status).toBe(200);
    const { code, signal, stderr } = await served.end();
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    const told = stderr.split('\n').filter((line) => line.startsWith('stowage:'));
    expect(told).toEqual(outputs.length === 1 && outputs[0] === 'stdout' ? [expect.stringContaining('EPIPE')] : []);
  });
});

describe('stowage serve, its probes', () => {
  test('say that the process answers, and that its storage does', async () => {
    await serving(['--driver', 'memory'], async ({ url }) => {
      for (const path of ['/livez', '/readyz', '/readyz?verbose']) {
        const reply = await fetch(url + path);
        expect([path, reply.status, await reply.text()]).toEqual([path, 200, 'ok\n']);
      }
      expect((await fetch(`${url}/readyz`, { method: 'HEAD' })).status).toBe(200);
      const refused = await fetch(`${url}/readyz`, { method: 'POST' });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      expect((await fetch(`${url}/healthz`)).status).toBe(404);
    });
  });

  test('say that the storage does not answer, and nothing of why but to the log', async () => {
    const endpoint = 'http://127.0.0.1:9';
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
      AWS_REGION: 'us-east-1',
      NODE_NO_WARNINGS: '1',
    };
    const served = await startServer(['--driver', 's3', '--bucket', 'b', '--endpoint', endpoint], env);
    expect((await fetch(`${served.url}/livez`)).status).toBe(200);
    const reply = await fetch(`${served.url}/readyz`);
    expect([reply.status, await reply.text()]).toEqual([503, 'the storage does not answer\n']);
    expect((await served.end()).stderr).toContain('the storage does not answer');
  });
});

describe('stowage serve, its configuration', () => {
  const config = `export default {
    port: 0,
    driver: 'memory',
    options: { limits: { manifestBytes: 10 }, onResponse: ({ status }) => console.error('heard', status) },
  };`;

  test.each([
    ['that is named', ['--config', 'other.mjs'], 'other.mjs', config],
    ['that has the usual name', [], 'stowage.config.mjs', config],
    [
      'in JSON',
      ['--log'],
      'stowage.config.json',
      '{ "driver": "memory", "port": 0, "options": { "limits": { "manifestBytes": 10 } } }',
    ],
  ])('is read from a file %s', async (_, words, file, text) => {
    const cwd = await mkdtemp(join(folder, 'config-'));
    await writeFile(join(cwd, file), text);
    const program = startProgram(['serve', ...words], process.env, cwd);
    const url = `http://${await hostOf(program.child)}`;
    const reply = await fetch(`${url}/v2/a/manifests/b`, { method: 'PUT', body: 'more than ten bytes' });
    expect(reply.status).toBe(413);
    program.child.kill();
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    if (text === config) expect(stderr).toContain('heard 413');
  });

  test.each([
    ['has a mistake', 'export default { prot: 1 }', 2, /^stowage: wrong\.mjs: there is no 'prot'; did you mean port\?/],
    [
      'has a wrong option',
      "export default { driver: 'memory', options: { limit: 1 } }",
      1,
      /^stowage: wrong\.mjs, options: there is no option 'limit'/,
    ],
    ['does not compile', 'export default {', 1, /^stowage: cannot import .*wrong\.mjs: SyntaxError/],
    ['exports nothing', 'export const port = 1', 1, /^stowage: wrong\.mjs has no configuration: it is missing, not an object/],
  ])('ends the command in one line where it %s', async (_, text, code, complaint) => {
    const cwd = await mkdtemp(join(folder, 'config-'));
    await writeFile(join(cwd, 'wrong.mjs'), text);
    const ended = await startProgram(['serve', '--port', '0', '--config', 'wrong.mjs'], process.env, cwd).ended;
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(complaint);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('in TypeScript is read where Node reads it, and never overlooked', async () => {
    const cwd = await mkdtemp(join(folder, 'config-'));
    await writeFile(join(cwd, 'stowage.config.ts'), "export default { driver: 'memory', port: 0 } satisfies object;");
    const program = startProgram(['serve'], process.env, cwd);
    const readsTypes = 'typescript' in process.features && process.features.typescript !== false;
    if (readsTypes) {
      await hostOf(program.child);
      program.child.kill();
    }
    const { code, stderr } = await program.ended;
    expect(code).toBe(readsTypes ? 0 : 1);
    if (!readsTypes)
      expect(stderr).toMatch(/^stowage: cannot import .*stowage\.config\.ts: this version of Node reads no \.ts files\n$/);
  });

  test('that is not there ends the command', async () => {
    const ended = await startProgram(['serve', '--config', 'nowhere.json']).ended;
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^stowage: there is no file .*nowhere\.json/) });
  });
});

describe('stowage serve --tls-cert --tls-key', () => {
  const files = () => [join(folder, 'certificate.pem'), join(folder, 'key.pem')] as const;
  beforeAll(() => {
    const [certificate, key] = files();
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
    execFileSync('openssl', [...words, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  });

  test.each([
    ['in one process', ['--driver', 'memory']],
    ['with workers', ['--workers', '2']],
  ] as const)('speaks TLS, and ends as without, %s', async (_, flags) => {
    const [certificate, key] = files();
    const root = await mkdtemp(join(folder, 'tls-'));
    const more = flags[0] === '--workers' ? ['--root', root] : [];
    await serving(['--tls-cert', certificate, '--tls-key', key, ...flags, ...more], async ({ host, written }) => {
      for (let turn = 0; turn < 3; turn++)
        expect((await send(`https://${host}`, { method: 'GET', path: '/v2/' })).status).toBe(200);
      expect(written.stdout).toContain(`https://${host}/v2/`);
    });
  });

  test.each(['before its handshake', 'in its handshake', 'after its handshake'])(
    'ends at once although a client does nothing %s',
    async (when) => {
      const [certificate, key] = files();
      const served = await startServer(['--driver', 'memory', '--tls-cert', certificate, '--tls-key', key]);
      const port = Number(served.host.split(':')[1]);
      const socket =
        when === 'after its handshake'
          ? connectSecurely(port, '127.0.0.1', { rejectUnauthorized: false })
          : connect(port, '127.0.0.1');
      await once(socket, when === 'after its handshake' ? 'secureConnect' : 'connect');
      socket.on('error', () => {});
      if (when === 'in its handshake') socket.write(Buffer.from('160301020001', 'hex'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const asked = performance.now();
      expect(await served.end()).toMatchObject({ code: 0 });
      expect(performance.now() - asked).toBeLessThan(3_000);
      socket.destroy();
    },
  );

  test.each([
    ['that is not there', () => ['/nowhere.pem', files()[1]], /cannot read the file of --tls-cert: .*nowhere/],
    ['that is no certificate', () => [files()[1], files()[0]], /are no certificate with its key/],
  ] as const)('does not start with a file %s', async (_, paths, complaint) => {
    const [certificate = '', key = ''] = paths();
    for (const more of [[], ['--workers', '2']]) {
      const driver = more.length > 0 ? ['--root', join(folder, 'never')] : ['--driver', 'memory'];
      const ended = await startProgram(['serve', '--port', '0', '--tls-cert', certificate, '--tls-key', key, ...driver, ...more])
        .ended;
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(complaint);
      expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});

const stamp: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const positive: unknown = expect.any(Number);

describe('stowage', () => {
  test('prints its help, alone and when asked', async () => {
    const alone = await startProgram([]).ended;
    expect(alone).toMatchObject({ code: 0, stderr: '' });
    expect(alone.stdout).toContain('stowage serve [flags]');
    for (const words of [['--help'], ['-h'], ['serve', '--help']]) {
      expect(await startProgram(words).ended, words.join(' ')).toEqual(alone);
    }
  });

  test('prints its version', async () => {
    expect(await startProgram(['--version']).ended).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  const wrong: [string, RegExp][] = [
    ['push', /no command 'push'/],
    ['serve twice', /not 'twice'/],
    ['--port 5001', /need a command/],
    ['serve --colour red', /'--colour'/],
    ['serve --port', /--port needs a value/],
    ['serve --metrics --log', /--metrics needs a value/],
    ['serve --port http', /--port is a number from 0 to 65535, not 'http'/],
    ['serve --port 65536', /not '65536'/],
    ['serve --port=-1', /not '-1'/],
    ['serve --workers 0', /--workers is a number from 1 to 256, not '0'/],
    ['serve --workers some', /not 'some'/],
    ['serve --driver memory --workers 2', /--workers needs the fs or the s3 driver/],
    ['serve --driver tape', /--driver is 'memory', 'fs' or 's3', not 'tape'/],
    ['serve --driver s3', /--driver s3 needs a --bucket/],
    ['check-s3', /check-s3 needs a --bucket/],
    ['check-s3 --bucket b --endpoint here', /--endpoint is a URL/],
    ['serve --root=', /--root is empty/],
    ['serve --host=', /--host is empty/],
    ['serve --no-delete=yes', /'--no-delete'/],
  ];
  test.each(wrong)('says what is wrong with "%s" in one line, with exit code 2', async (line, message) => {
    const { code, stdout, stderr } = await startProgram(line.split(' ')).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^stowage: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
});

describe('stowage serve', () => {
  test.each(['memory', 'fs'])('takes a push and gives it back (%s)', async (driver) => {
    const flags = driver === 'fs' ? ['--root', join(folder, 'pushed')] : [];
    await serving(['--driver', driver, ...flags], async ({ url }) => {
      await pushAndPull(`${url}/v2`, 'library/alpine', makeImage(100_000));
    });
  });

  test('keeps its content over a restart (fs)', async () => {
    const flags = ['--root', join(folder, 'kept', 'below')];
    const image = makeImage();
    await serving(flags, async ({ url }) => void (await push(`${url}/v2`, 'kept', image, 'latest')));
    await serving(flags, ({ url }) => assertHeld(`${url}/v2`, 'kept', image, 'latest'));
  });

  test('says where it listens and how to push to it, IPv6 addresses in brackets', async () => {
    const served = await startServer(['--driver', 'memory', '--host', '::1']);
    const { stdout } = await served.end();
    expect(served.host).toMatch(/^\[::1\]:[0-9]+$/);
    expect(stdout.split('\n')[0]).toBe(`listening on ${served.host}`);
    expect(stdout).toContain(`docker push ${served.host}/`);
    expect(stdout).toContain(`docker://${served.host}/`);
  });

  test('keeps idle connections for longer than the 60 seconds of usual proxies', async () => {
    await serving(['--driver', 'memory'], async ({ url }) => {
      const agent = new Agent({ keepAlive: true });
      const { headers } = await send(url, { method: 'GET', path: '/v2/', agent });
      agent.destroy();
      const [, seconds = '0'] = /^timeout=(\d+)$/.exec(String(headers['keep-alive'])) ?? [];
      expect(Number(seconds)).toBeGreaterThan(60);
    });
  });

  test('refuses deletions and takes sparse manifests only where it is told to', async () => {
    const sparse = makeImage().manifest.bytes;
    const path = '/v2/sparse/manifests/latest';
    const put = { method: 'PUT', path, headers: { 'content-type': imageType }, body: sparse };
    const statusOf = async (url: string, sent: Sent) => (await send(url, sent)).status;
    await serving(['--driver', 'memory'], async ({ url }) => {
      expect(await statusOf(url, put)).toBe(400);
      expect(await statusOf(url, { method: 'DELETE', path })).toBe(404);
    });
    await serving(['--driver', 'memory', '--allow-missing-references', '--no-delete'], async ({ url }) => {
      expect(await statusOf(url, put)).toBe(201);
      expect(await statusOf(url, { method: 'DELETE', path })).toBe(405);
    });
  });

  test('says so when the port is in use', async () => {
    await serving(['--driver', 'memory'], async ({ host }) => {
      const port = host.split(':')[1] ?? '';
      const second = await startProgram(['serve', '--driver', 'memory', '--port', port]).ended;
      expect(second).toMatchObject({ code: 1, stdout: '' });
      expect(second.stderr).toMatch(/^stowage: 127\.0\.0\.1 port [0-9]+ is in use; [^\n]+\n$/);
    });
  });

  test('says so when the root cannot be written', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { code, stdout, stderr } = await startProgram(['serve', '--port', '0', '--root', join(file, 'root')]).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^stowage: cannot write to the root [^\n]+ENOTDIR[^\n]+\n$/);
  });

  test.each([
    ['--root x', '--root'],
    ['--file-mode 640', '--file-mode'],
    ['--directory-mode 750 --root x --file-mode 640', '--root, --file-mode, --directory-mode'],
  ])('says that the memory driver has no use for %s', async (flags, useless) => {
    const { stderr } = await (await startServer(['--driver', 'memory', ...flags.split(' ')])).end();
    expect(stderr).toBe(`stowage: the memory driver has no use for ${useless}\n`);
  });

  test('warns where other machines can reach it, as there are no logins', async () => {
    const warning = /^stowage: warning: other machines may reach \S+, and there are no logins: [^\n]+\n$/;
    for (const host of ['0.0.0.0', '::']) {
      const { stderr } = await (await startServer(['--driver', 'memory', '--host', host])).end();
      expect(stderr, host).toMatch(warning);
    }
    expect(
      (await (await startServer(['--workers', '2', '--root', join(folder, 'open'), '--host', '0.0.0.0'])).end()).stderr,
    ).toMatch(warning);
    for (const host of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1', 'localhost'])
      expect((await (await startServer(['--driver', 'memory', '--host', host])).end()).stderr, host).toBe('');
    const config = join(folder, 'authorize.config.cjs');
    await writeFile(config, 'module.exports = { options: { authorize: () => ({ may: () => false }) } };');
    const flags = ['--driver', 'memory', '--host', '0.0.0.0', '--config', config];
    expect((await (await startServer(flags)).end()).stderr, 'of a configuration with logins').toBe('');
  });

  describe.skipIf(!canMount)('on a disk that takes no more', () => {
    const image = makeImage(100_000);
    const path = '/v2/kept/manifests/latest';
    const more = Buffer.alloc(50_000, 'more');
    /** A push of a blob in one request: an upload that has no bytes yet needs no room. */
    const again = { method: 'POST', path: `/v2/kept/blobs/uploads/?digest=${digestOf(more)}`, body: more };

    /** Runs `body` with a root of its own disk, on which an image was pushed. */
    async function onDisk(name: string, body: (root: string, place: string) => Promise<void>): Promise<void> {
      const place = await mkdtemp(join(folder, name));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', place]);
      try {
        const root = join(place, 'root');
        await serving(['--root', root], async ({ url }) => void (await push(`${url}/v2`, 'kept', image, 'latest')));
        await body(root, place);
      } finally {
        execFileSync('umount', [place]);
      }
    }

    test('serves and deletes what is there, with a warning, and takes pushes again where there is room', () =>
      onDisk('full-', async (root, place) => {
        const ballast = join(place, 'ballast');
        await writeFile(ballast, Buffer.alloc(4_000_000)).catch((error: { code: string }) => expect(error.code).toBe('ENOSPC'));
        for (const flags of [[], ['--workers', '2']]) {
          const served = await startServer(['--root', root, ...flags]);
          await assertHeld(`${served.url}/v2`, 'kept', image, 'latest');
          expect((await send(served.url, again)).status).toBe(507);
          expect((await served.end()).stderr).toMatch(/^stowage: warning: the disk of \S+ is full: [^\n]+\n/);
        }
        const served = await startServer(['--root', root]);
        expect((await send(served.url, { method: 'DELETE', path })).status).toBe(202);
        expect((await send(served.url, { method: 'GET', path })).status).toBe(404);
        const blob = `/v2/kept/blobs/${image.blobs[0]?.digest}`;
        expect((await send(served.url, { method: 'DELETE', path: blob })).status).toBe(202);
        await rm(ballast);
        expect((await send(served.url, again)).status).toBe(201);
        expect(await served.end()).toMatchObject({ code: 0 });
      }));

    test('serves what is there where it is read-only, with a warning', () =>
      onDisk('read-only-', async (root, place) => {
        execFileSync('mount', ['-o', 'remount,ro', place]);
        const served = await startServer(['--root', root]);
        await assertHeld(`${served.url}/v2`, 'kept', image, 'latest');
        expect((await send(served.url, again)).status).toBe(500);
        expect((await send(served.url, { method: 'DELETE', path })).status).toBe(500);
        const { stderr } = await served.end();
        expect(stderr).toMatch(/^stowage: warning: the disk of \S+ is read-only: [^\n]+\n/);
        expect(stderr.match(/request failed/g)).toHaveLength(2);
        expect(stderr).toMatch(/EROFS/);
        expect(stderr, 'a stack for each').not.toMatch(/\n +at /);
      }));

    test('does not start where there is nothing to serve from', () =>
      onDisk('nothing-', async (root, place) => {
        execFileSync('mount', ['-o', 'remount,ro', place]);
        const { code, stderr } = await startProgram(['serve', '--port', '0', '--root', `${root}-other`]).ended;
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringMatching(/^stowage: cannot write to the root [^\n]+\n$/),
        });
      }));
  });

  test('leaves no probe behind in its root', async () => {
    const root = join(folder, 'probed');
    await serving(['--root', root], async () => {});
    expect((await readdir(root)).filter((name) => name.includes('probe'))).toEqual([]);
  });
});

describe('stowage serve --workers', () => {
  const flags = (root: string): string[] => ['--workers', '3', '--root', join(folder, root)];

  /** The processes that have written below the root. */
  async function writersBelow(root: string): Promise<number[]> {
    const records = join(folder, root, 'instances');
    const texts = await Promise.all((await readdir(records)).map((name) => readFile(join(records, name), 'utf8')));
    return texts.map((text) => (JSON.parse(text) as { pid: number }).pid);
  }

  async function pushes(url: string, count: number, name = 'workers'): Promise<void> {
    for (let turn = 0; turn < count; turn++) await pushAndPull(`${url}/v2`, `${name}/${turn}`, makeImage(50_000));
  }

  test('spreads requests over processes that share one port, and ends with 0', async () => {
    const served = await startServer(flags('spread'));
    await Promise.all([pushes(served.url, 5), pushes(served.url, 5, 'others')]);
    expect((await writersBelow('spread')).length).toBeGreaterThan(1);
    expect(await writersBelow('spread')).not.toContain(served.pid);
    expect(await served.end()).toMatchObject({ code: 0, signal: null, stderr: '' });
    await refused(served.host);
  });

  test('puts another worker in the place of one that died, and goes on at the same port', async () => {
    const served = await startServer(flags('killed'));
    await pushes(served.url, 5);
    const dead = await writersBelow('killed');
    for (const pid of dead) process.kill(pid, 'SIGKILL');
    for (const pid of dead) {
      const told = `stowage: worker ${pid} ended (SIGKILL); starting another\n`;
      await expect.poll(() => served.written.stderr, { timeout: 10_000 }).toContain(told);
    }
    const status = () => send(served.url, { method: 'GET', path: '/v2/' }).then((reply) => reply.status, String);
    await expect.poll(status, { timeout: 10_000 }).toBe(200);
    await pushes(served.url, 5);
    expect(await served.end('SIGINT')).toMatchObject({ code: 0, signal: null });
  });

  test('says so when the port is in use', async () => {
    await serving(flags('first'), async ({ host }) => {
      const second = await startProgram(['serve', ...flags('second'), '--port', host.split(':')[1] ?? '']).ended;
      expect(second).toMatchObject({ code: 1, stdout: '' });
      expect(second.stderr).toMatch(/^stowage: [^\n]+ is in use;[^\n]+\n$/);
    });
  });
});

describe('a server that is told to stop', () => {
  /** Begins a PATCH of two bytes, which the server asks for, and sends one. */
  async function beginPatch(url: string): Promise<ClientRequest> {
    const upload = await beginUpload(`${url}/v2`, 'stopped');
    const headers = { 'content-type': 'application/octet-stream', 'content-length': 2, expect: '100-continue' };
    const patch = request(upload, { method: 'PATCH', headers });
    // The server must have read the head of the request before a signal comes.
    await once(patch, 'continue');
    patch.write('a');
    return patch;
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'answers the request in flight, takes no other, and ends with 0 (%s)',
    async (signal) => {
      const served = await startServer(['--root', join(folder, signal)]);
      const patch = await beginPatch(served.url);
      const ended = served.end(signal);
      await refused(served.host);
      patch.end('b');
      const [response] = (await once(patch, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(202);
      expect(response.headers.connection).toBe('close');
      response.resume();
      expect(await ended).toMatchObject({ code: 0, signal: null });
    },
  );

  test('gives all of a blob to a client that reads it slowly', async () => {
    const served = await startServer(['--driver', 'memory']);
    const [, layer] = await push(`${served.url}/v2`, 'slow', makeImage(16_000_000));
    const response = await open(served.url, { method: 'GET', path: layer?.href ?? '' });
    const ended = served.end();
    await refused(served.host);
    const parts = (await response.toArray()) as Buffer[];
    expect(layer?.pathname).toContain(digestOf(Buffer.concat(parts)));
    expect(await ended).toMatchObject({ code: 0, signal: null });
  });

  test('does not wait for connections that are idle', async () => {
    const served = await startServer(['--driver', 'memory']);
    const agent = new Agent({ keepAlive: true });
    expect((await send(served.url, { method: 'GET', path: '/v2/', agent })).status).toBe(200);
    const started = performance.now();
    expect(await served.end()).toMatchObject({ code: 0 });
    expect(performance.now() - started).toBeLessThan(3000);
    agent.destroy();
  });

  test('stops at once at a second signal', async () => {
    const served = await startServer(['--driver', 'memory']);
    const patch = await beginPatch(served.url);
    const broken = once(patch, 'error');
    const ended = served.end();
    // A signal that comes sooner is taken for the same one: a terminal and a parent may both pass it on.
    await new Promise((resolve) => setTimeout(resolve, 400));
    const started = performance.now();
    process.kill(served.pid, 'SIGTERM');
    expect(await ended).toMatchObject({
      code: 0,
      signal: null,
      stderr: expect.stringContaining('broke off requests in flight (1)'),
    });
    expect(performance.now() - started).toBeLessThan(3000);
    await broken;
  });

  test('stops, too, when the signal goes to the npm that started it', async () => {
    const words = ['start', '--silent', '--', '--port', '0', '--driver', 'memory'];
    const npm = spawn('npm', words, { cwd: join(import.meta.dirname, '../../..'), stdio: ['ignore', 'pipe', 'inherit'] });
    const host = await hostOf(npm);
    expect((await send(`http://${host}`, { method: 'GET', path: '/v2/' })).status).toBe(200);
    npm.kill('SIGTERM');
    await refused(host);
  });
});
