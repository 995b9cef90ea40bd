// @ts-check
/**
 * Builds the image of the Containerfile over a Debian with the Node of this machine, and runs it as its configuration says.
 *
 *     npm run container
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hostOf } from '../../support/command.ts';
import { startCounting } from '../../support/counting.ts';
import { installPrograms } from '../../support/debian.ts';
import { freePort } from '../../support/free-port.ts';
import { pushAndPull } from '../../support/images.ts';
import { project } from '../../support/install-beside.ts';
import { makeBase } from './base.mjs';

const programs = installPrograms({ buildah: 'buildah', mmdebstrap: 'mmdebstrap' });
const folder = join(project, '.cache/container');
const [base, context] = ['base', 'context'].map((name) => join(folder, name));
rmSync(context, { recursive: true, force: true });
mkdirSync(context, { recursive: true });

/** Without what containers within containers may not do. */
const storage = ['--storage-driver', 'vfs', '--root', join(folder, 'images'), '--runroot', join(folder, 'run')];
const rootless = ['--isolation', 'chroot', '--network', 'host'];
/** @param {readonly string[]} words */
const buildah = (...words) =>
  execFileSync(programs.buildah, [...storage, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

makeBase(programs.mmdebstrap, base);
const empty = buildah('from', 'scratch');
buildah('add', '--quiet', empty, base, '/');
buildah('commit', '--quiet', '--rm', empty, 'node-here');
execFileSync('npm', ['pack', project, '--ignore-scripts', '--silent'], { cwd: context, stdio: ['ignore', 'ignore', 'inherit'] });
const given = [
  '--quiet',
  '--format',
  'docker',
  '--build-arg',
  'NODE=localhost/node-here',
  '--ignorefile',
  join(project, '.dockerignore'),
];
buildah('bud', ...rootless, ...given, '--file', join(project, 'Containerfile'), '--tag', 'stowage', context);
const container = buildah('from', 'stowage');
const { config } = JSON.parse(buildah('inspect', container)).Docker;

const { attempt, finish } = startCounting();
const port = String(await freePort());
const inside = [...storage, 'run', ...rootless, '--env', `STOWAGE_PORT=${port}`, container, '--'];
const server = spawn(programs.buildah, [...inside, ...config.Entrypoint, ...config.Cmd], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const host = await hostOf(server);

await attempt('it listens where other machines reach it, and takes and gives an image', async () => {
  assert.equal(host, `0.0.0.0:${port}`);
  await pushAndPull(`http://127.0.0.1:${port}/v2`, 'library/busybox');
});
await attempt('it runs as a user without rights', () => {
  assert.equal(
    execFileSync(programs.buildah, [...inside, 'node', '-p', 'process.getuid()'], { encoding: 'utf8' }).trim(),
    '1000',
  );
});
await attempt('the probe of its health passes while it serves', () => {
  const [, ...probe] = config.Healthcheck.Test;
  execFileSync(programs.buildah, [...inside, ...probe], { stdio: 'ignore' });
});
await attempt('it ends with its signal, and the probe fails then', async () => {
  assert.equal(config.StopSignal, 'SIGTERM');
  const closed = once(server, 'close');
  server.kill(config.StopSignal);
  await closed;
  const [, ...probe] = config.Healthcheck.Test;
  assert.throws(() => execFileSync(programs.buildah, [...inside, ...probe], { stdio: 'ignore' }));
});
buildah('rm', container);
finish();
