/** The command of dev containers: publishes features as artifacts, and reads them back. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRegistry } from 'stowage/testing';

const program = fileURLToPath(import.meta.resolve('@devcontainers/cli/devcontainer.js'));
let registry;
let folder;

before(async () => {
  registry = await startRegistry({ auth: { scheme: 'basic', users: { ann: 'secret' } } });
  folder = await mkdtemp(join(tmpdir(), 'feature-'));
  await mkdir(join(folder, 'hello'));
  const feature = { id: 'hello', version: '1.2.0', name: 'Hello' };
  await writeFile(join(folder, 'hello/devcontainer-feature.json'), JSON.stringify(feature));
  await writeFile(join(folder, 'hello/install.sh'), '#!/bin/sh\necho hello\n');
});
afterEach(() => {
  registry.heal();
  registry.requests.clear();
});
after(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

/** Runs the command; gives how it ended. */
const devcontainer = (words, env = registry.env()) =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
const publish = (env) => devcontainer(['features', 'publish', '-r', registry.host, '-n', 'team', folder], env);

test('without a login, nothing is published', async () => {
  const { code } = await publish({ DOCKER_CONFIG: folder });
  assert.notEqual(code, 0);
  assert.deepEqual(await registry.repositories(), []);
  assert.ok(registry.requests.every(({ status }) => status === 401));
});

test('a registry that fails at the manifest leaves no tag', async () => {
  registry.fail({ operation: 'putManifest', status: 500 });
  const { code } = await publish();
  assert.notEqual(code, 0);
  assert.deepEqual(await registry.tags('team/hello'), []);
});

test('a feature is published under its version and what leads to it', async () => {
  const { code, stderr } = await publish();
  assert.equal(code, 0, stderr);
  assert.deepEqual(await registry.tags('team/hello'), ['1', '1.2', '1.2.0', 'latest']);
  const { json } = await registry.manifest('team/hello:1.2.0');
  assert.equal(json.layers[0].mediaType, 'application/vnd.devcontainers.layer.v1+tar');
  assert.equal((await registry.blob(`team/hello@${json.layers[0].digest}`)).length, json.layers[0].size);
  assert.deepEqual(await registry.uploads(), []);
});

test('what is published is listed', async () => {
  const name = `${registry.host}/team/hello`;
  const { stdout } = await devcontainer(['features', 'info', 'tags', name, '--output-format', 'json']);
  assert.deepEqual(JSON.parse(stdout).publishedTags, ['1', '1.2', '1.2.0', 'latest']);
  registry.assertRequests([
    { operation: 'getManifest', status: 401 },
    { operation: 'getManifest', status: 200 },
    { operation: 'listTags', status: 200 },
  ]);
});
