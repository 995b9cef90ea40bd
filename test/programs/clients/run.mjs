// @ts-check
/**
 * A real client against `stowage serve`: skopeo pushes and pulls a real image, on every driver. It also does so through the load
 * balancer of examples/three-instances.mjs, and on the driver of examples/drivers/sqlite/driver.ts. Content of registry fixtures is
 * pulled and unpacked by it and by others, and over TLS. Many clients log in. Trees that distribution wrote are served and moved.
 *
 *     npm run clients [-- auth|distribution] [--workers N]
 *
 * `auth` is the logins alone, `distribution` those trees. Workers are for fs and s3, which is on a real S3 server; the memory driver is always of one process.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRegistry } from 'stowage/testing';
import { sqliteDriver } from '../../../examples/drivers/sqlite/driver.ts';
import { hostOf, startServer } from '../../support/command.ts';
import { startCounting } from '../../support/counting.ts';
import { installPrograms } from '../../support/debian.ts';
import { startGateway } from '../../support/s3/gateway.ts';
import { tryLogins } from './auth/try-logins.mjs';
import { contentCases } from './content.mjs';
import { tryDistribution } from './distribution.mjs';
import { writeLayout } from './layout.mjs';
import { tryPage } from './page.mjs';
import { scenarios } from './scenarios.mjs';
import { createSkopeo } from './skopeo.mjs';
import { tryTls } from './tls.mjs';

const {
  values: { workers },
  positionals: [part],
} = parseArgs({ allowPositionals: true, options: { workers: { type: 'string', default: '1' } } });
assert.ok(part === undefined || part === 'auth' || part === 'distribution', `there is no part '${part}': auth or distribution`);
const programs = installPrograms({
  skopeo: 'skopeo',
  podman: 'podman',
  buildah: 'buildah',
  busybox: 'busybox-static',
  umoci: 'umoci',
  tar: 'tar',
  gzip: 'gzip',
  zstd: 'zstd',
});
const folder = await mkdtemp(join(tmpdir(), 'stowage-clients-'));
const source = join(folder, 'source');
await writeLayout(source, await readFile(programs.busybox), ['amd64', 'arm64']);
const skopeo = await createSkopeo(programs.skopeo, join(folder, 'home'));
const { attempt, finish } = startCounting();
if (part === undefined) await playScenarios();
if (part !== 'auth') await tryDistribution({ folder: join(folder, 'distribution'), source, skopeo, attempt });
if (part !== 'distribution') await tryLogins({ folder, attempt, workers });
await rm(folder, { recursive: true });
finish();

/** Plays the scenarios on every driver, through a load balancer and on a driver of an example, and tries content. */
async function playScenarios() {
  const gateway = await startGateway();
  const { accessKeyId, secretAccessKey } = gateway.clientConfig.credentials;
  // The SDK warns on stderr of the end of old versions of Node.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, NODE_NO_WARNINGS: '1' });
  const flags = {
    memory: [],
    fs: ['--root', join(folder, 'root'), '--workers', workers],
    s3: ['--bucket', gateway.bucket, '--endpoint', gateway.origin, '--workers', workers],
  };
  for (const driver of /** @type {const} */ (['memory', 'fs', 's3'])) {
    const server = await startServer(['--driver', driver, ...flags[driver]]);
    for (const title of Object.keys(scenarios)) await attempt(`${driver}: ${title}`, () => play(title, server.host));
    const { code, stderr } = await server.end();
    await attempt(`${driver}: the server complains of nothing`, () => assert.deepEqual([code, stderr], [0, '']));
  }
  await playThroughBalancer(gateway);
  await playOnCustomDriver('an OCI image comes back as it went in');
  await tryContent();
  await tryTls({ folder, source, skopeo, attempt });
  await tryPage({ folder, attempt });
  await gateway.close();
}

/**
 * Plays all scenarios through examples/three-instances.mjs, each request of them at the next instance.
 * @param {Awaited<ReturnType<typeof startGateway>>} gateway
 */
async function playThroughBalancer(gateway) {
  const program = fileURLToPath(new URL('../../../examples/three-instances.mjs', import.meta.url));
  const { region: AWS_REGION, endpoint: ENDPOINT } = gateway.clientConfig;
  const env = { ...process.env, AWS_REGION, ENDPOINT, BUCKET: gateway.bucket, PORT: '0' };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const complaints = text(child.stderr);
  const host = await hostOf(child);
  for (const title of Object.keys(scenarios)) await attempt(`three instances: ${title}`, () => play(title, host));
  child.kill();
  await closed;
  await attempt('three instances: they complain of nothing', async () => assert.equal(await complaints, ''));
}

/**
 * Plays a scenario against a server on the driver of examples/drivers/sqlite/driver.ts.
 * @param {string} title
 */
async function playOnCustomDriver(title) {
  const { host, logged, close } = await startRegistry({ driver: await sqliteDriver(join(folder, 'registry.db')) });
  await attempt(`sqlite: ${title}`, () => play(title, host));
  await close();
  await attempt('sqlite: the server complains of nothing', () => assert.deepEqual(logged, []));
}

/** Has programs pull and unpack the content of registry fixtures, each from a registry of its own. */
async function tryContent() {
  for (const [title, check] of Object.entries(contentCases)) {
    const registry = await startRegistry();
    const work = await mkdtemp(join(folder, 'content-'));
    await attempt(`content: ${title}`, () => check({ registry, work, skopeo, programs }));
    await registry.close();
  }
}

/**
 * Plays a scenario against the server at a host.
 * @param {string} title
 * @param {string} host
 */
async function play(title, host) {
  const work = await mkdtemp(join(folder, 'work-'));
  await scenarios[title]?.({ registry: `docker://${host}`, source, work, skopeo });
}
