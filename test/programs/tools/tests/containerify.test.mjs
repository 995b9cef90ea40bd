/** containerify: pulls a base, adds the layers of an application, and pushes the image. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { filesIn, image, startRegistry } from 'stowage/testing';

const require = createRequire(import.meta.url);
const manifestOf = require.resolve('containerify/package.json');
const program = join(dirname(manifestOf), require(manifestOf).bin.containerify);
const base = image({ layers: [{ 'etc/motd': 'hello' }], config: { Env: ['FROM=base'] } });
let registry;
let folder;

before(async () => {
  registry = await startRegistry({ auth: { scheme: 'basic', users: { ann: 'secret' } } });
  folder = await mkdtemp(join(tmpdir(), 'app-'));
  await writeFile(join(folder, 'package.json'), '{ "name": "app", "version": "1.0.0" }');
  await writeFile(join(folder, 'index.js'), 'console.log(1);\n');
});
afterEach(async () => {
  registry.heal();
  registry.requests.clear();
});
after(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

/** Builds the application onto the base, and pushes it under a tag; gives the exit code. */
function build(tag, ...more) {
  const api = `http://${registry.host}/v2/`;
  const token = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
  const from = ['--fromRegistry', api, '--fromImage', 'base/node:20', '--toRegistry', api, '--toImage', `team/app:${tag}`];
  const words = [program, ...from, '--token', token, '--folder', folder, '--setTimeStamp', '2026-01-01T00:00:00Z', ...more];
  return new Promise((resolve) => execFile(process.execPath, words, (error) => resolve(error?.code ?? 0)));
}

test('without a base, nothing is pushed', async () => {
  assert.notEqual(await build('1'), 0);
  registry.assertRequests([{ operation: 'getManifest', status: 404 }]);
});

test('a base whose layer breaks off is not built upon', async () => {
  await registry.seed('base/node:20', base);
  registry.fail({ digest: base.blobs[1].digest, cutAfter: 100 });
  assert.notEqual(await build('1'), 0);
  assert.deepEqual(await registry.tags('team/app'), []);
});

test('an image has the layers of its base, and those of the application', async () => {
  assert.equal(await build('1'), 0);
  const { json } = await registry.manifest('team/app:1');
  assert.equal(json.layers[0].digest, base.blobs[1].digest);
  const layers = await Promise.all(json.layers.map(({ digest }) => registry.blob(`team/app@${digest}`)));
  const names = layers.flatMap((bytes) => Object.keys(filesIn(bytes)));
  assert.ok(
    ['etc/motd', '/app/index.js'].every((name) => names.includes(name)),
    names.join(),
  );
  const config = JSON.parse(Buffer.from(await registry.blob(`team/app@${json.config.digest}`)));
  assert.ok(config.config.Env.includes('FROM=base'));
});

test('layers that are there are not pushed again', async () => {
  assert.equal(await build('2'), 0);
  registry.assertNoRequests(({ method, operation }) => method === 'PATCH' || operation === 'pushBlob');
});

test('a registry that is slow and refuses once in a while is told of', async () => {
  registry.fail({ delay: 20 });
  registry.fail({ operation: 'putManifest', status: 429, retryAfter: 1 });
  assert.notEqual(await build('3'), 0);
  assert.deepEqual(await registry.tags('team/app'), ['1', '2']);
});
