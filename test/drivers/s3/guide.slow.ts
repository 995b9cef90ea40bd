/** The programs and commands of docs/s3.md, on a real server; and its nginx before three instances. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Authorize } from '../../../lib/index.ts';
import { startRegistry } from '../../../lib/testing/fixture/index.ts';
import { digestOf, send, withDigest } from '../../support/client.ts';
import { hostOf } from '../../support/command.ts';
import { installPrograms } from '../../support/debian.ts';
import { pushAndPull } from '../../support/images.ts';
import { contentOf } from '../../support/random.ts';
import { environmentOf } from '../../support/s3/environment.ts';
import { type Gateway, startGateway } from '../../support/s3/gateway.ts';
import { blocksIn } from '../../support/s3/guide.ts';
import { unused } from '../../support/s3/mishaps.ts';
import { ask } from '../../support/uploads.ts';

const project = join(import.meta.dirname, '../../..');
let gateway: Gateway;
let folder: string;
let nginx: string;
beforeAll(async () => {
  ({ nginx } = installPrograms({ nginx: 'nginx-light' }));
  gateway = await startGateway();
  const client = new S3Client(gateway.clientConfig);
  await client.send(new CreateBucketCommand({ Bucket: 'my-registry' }));
  client.destroy();
  folder = await mkdtemp(join(tmpdir(), 'stowage-guide-'));
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});

/** Starts a program of Node that finds the server where the SDK looks for a store. */
function start(words: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const found = { AWS_ENDPOINT_URL_S3: gateway.origin, ...environmentOf(gateway.clientConfig) };
  return spawn(process.execPath, words, {
    cwd: project,
    env: { ...process.env, ...found, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill();
  await closed;
}

/** Pushes to what a program serves, and pulls from it. */
async function tried(child: ReturnType<typeof start>): Promise<void> {
  await pushAndPull(`http://${await hostOf(child)}/v2`, 'library/busybox');
  await end(child);
}

const commands = blocksIn('sh').flatMap((block) => block.trim().split('\n'));

describe('docs/s3.md', () => {
  it.each(blocksIn('js').map((program, index) => [index + 1, program] as const))(
    'has a program %i that works',
    async (n, program) => {
      const print = "function () { console.log('listening on 127.0.0.1:' + this.address().port) }";
      const here = program
        .replace(".listen(5000, '127.0.0.1')", `.listen(0, '127.0.0.1', ${print})`)
        .replace('http://127.0.0.1:9000', gateway.origin);
      // Within the project, so that it finds the package by its name.
      const place = join(project, '.cache', 'readme');
      await mkdir(place, { recursive: true });
      await writeFile(join(place, `s3-${n}.mjs`), here);
      await tried(start([join(place, `s3-${n}.mjs`)]));
    },
  );

  it('has commands that work, and print what it shows', async () => {
    const [check = '', serve = '', three = '', ...others] = commands;
    expect(others).toEqual([]);
    const cli = (command: string) => ['dist/cli.js', ...command.replace(/^npx stowage /, '').split(' ')];
    expect(await text(start(cli(check)).stdout)).toBe(blocksIn('text')[0]);
    await tried(start([...cli(serve), '--port', '0']));
    const [, BUCKET = '', program = ''] = /^BUCKET=(\S+) node (\S+)$/.exec(three) ?? [];
    await tried(start([program], { BUCKET, PORT: '0' }));
  });

  /** Starts the nginx of the guide at an origin, before these instances; it logs which of them each request went to. */
  async function startNginx(origin: string, instances: readonly string[]) {
    const place = await mkdtemp(join(folder, 'nginx-'));
    const log = join(place, 'log');
    const hosts = [new URL(origin).host, ...instances];
    const server = hosts.reduce((text, host, n) => text.replace(`127.0.0.1:500${n}`, host), blocksIn('nginx')[0] ?? '');
    const http = `log_format instance $upstream_addr; access_log ${log} instance; ${server}`;
    await writeFile(join(place, 'nginx.conf'), `daemon off; pid ${place}/pid; events {} http { ${http} }`);
    const proxy = spawn(nginx, ['-p', place, '-c', join(place, 'nginx.conf'), '-e', join(place, 'errors')], {
      stdio: 'inherit',
    });
    const up = () => fetch(`${origin}/v2/`).then(({ status }) => status, String);
    await expect.poll(up, { timeout: 10_000 }).toBe(200);
    return { proxy, log };
  }

  it('has settings of nginx that leave nothing of the headers with which a client lies about itself', async () => {
    const told: unknown[] = [];
    const authorize: Authorize = ({ remoteAddress }) => {
      told.push(remoteAddress);
      return { may: () => true };
    };
    await using server = await startRegistry({ options: { trustProxy: 'loopback', authorize } });
    const origin = await unused();
    const { host } = new URL(server.url);
    const { proxy } = await startNginx(origin, [host, host, host]);
    told.length = 0;
    const locations: unknown[] = [];
    for (const lies of [
      { Forwarded: 'for=10.1.2.3;host=evil.example;proto=https' },
      { 'X-Forwarded-For': '10.1.2.3', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
      { 'X-Forwarded-Prefix': '/evil' },
    ]) {
      const { status, headers } = await send(origin, { method: 'POST', path: '/v2/a/blobs/uploads/', headers: lies });
      locations.push([status, headers.location?.replace(/uploads\/.*/, '')]);
    }
    await end(proxy);
    expect(told).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
    expect(locations).toEqual(Array.from({ length: 3 }, () => [202, `${origin}/v2/a/blobs/`]));
  });

  it('has settings of nginx before three instances, through which a large layer goes in two chunks', async () => {
    const serve = ['dist/cli.js', 'serve', '--driver', 's3', '--bucket', 'my-registry', '--port', '0'];
    const servers = [start(serve), start(serve), start(serve)];
    const origin = await unused();
    const instances = await Promise.all(servers.map(hostOf));
    const { proxy, log } = await startNginx(origin, instances);
    await pushAndPull(`${origin}/v2`, 'library/busybox');
    const layer = contentOf('through nginx', 20 * 1024 * 1024);
    const begun = await ask(origin, 'POST', '/v2/library/large/blobs/uploads/');
    const first = await ask(origin, 'PATCH', begun.location, layer.subarray(0, layer.length / 2), { pieces: 40, pause: 1 });
    const second = await ask(origin, 'PATCH', first.location, layer.subarray(layer.length / 2));
    expect([first.status, second.status, second.offset]).toEqual([202, 202, layer.length]);
    expect((await ask(origin, 'PUT', withDigest(second.location, digestOf(layer)))).status).toBe(201);
    for (let instance = 0; instance < 3; instance++) {
      const { body } = await ask(origin, 'GET', `/v2/library/large/blobs/${digestOf(layer)}`);
      expect(digestOf(body)).toBe(digestOf(layer));
    }
    await Promise.all([proxy, ...servers].map(end));
    const asked = (await readFile(log, 'utf8')).trim().split('\n');
    expect(new Set(asked)).toEqual(new Set(instances));
    expect(
      asked.every((host, n) => host !== asked[n - 1]),
      'no two requests in a row go to one instance',
    ).toBe(true);
  });
});
