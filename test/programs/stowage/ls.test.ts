/** `stowage ls`, of a directory that a registry has served. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fsDriver } from '../../../drivers/fs.ts';
import { createRegistryHandler } from '../../../lib/index.ts';
import { index, indexType } from '../../../lib/testing/exchanges/given.ts';
import { startProgram } from '../../support/command.ts';
import { makeImage, push } from '../../support/images.ts';
import { listen } from '../../support/server.ts';

let root: string;
const image = makeImage();
const other = makeImage();
const sizeOf = ({ manifest, blobs }: typeof image): number =>
  blobs.reduce((sum, { bytes }) => sum + bytes.length, manifest.bytes.length);
const entry = { mediaType: image.mediaType, digest: image.digest, size: image.manifest.bytes.length };
const both = index([entry, { ...entry }]);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stowage-ls-'));
  const handler = createRegistryHandler(fsDriver({ root }));
  const server = await listen(handler);
  const api = `${server.origin}/v2`;
  await push(api, 'team/app', image, 'v1');
  await push(api, 'team/app', image, 'v1.0');
  await push(api, 'team/app', other);
  await push(api, 'team/web', image);
  const put = { method: 'PUT', headers: { 'content-type': indexType }, body: both };
  expect((await fetch(`${api}/team/app/manifests/multi`, put)).status).toBe(201);
  await server.close();
  await handler.close();
});
afterAll(() => rm(root, { recursive: true }));

async function ls(...words: string[]) {
  const { code, stdout, stderr } = await startProgram(['ls', ...words, '--root', root]).ended;
  return { code, lines: stdout.split('\n').filter(Boolean), stderr };
}

it('lists repositories', async () => {
  expect(await ls()).toEqual({ code: 0, lines: ['team/app', 'team/web'], stderr: '' });
  expect((await ls('--json')).lines).toEqual(['{"repository":"team/app"}', '{"repository":"team/web"}']);
});

it('lists the tags of a repository, with what is known of them', async () => {
  const { code, lines } = await ls('team/app');
  expect(code).toBe(0);
  const time = /\d{4}-\d\d-\d\dT[\d:.]+Z$/;
  expect(lines.map((line) => line.replace(time, 'TIME').split(/ {2,}/))).toEqual([
    ['multi', expect.stringMatching(/^sha256:/), 'index', expect.any(String), 'TIME'],
    ['v1', image.digest, 'image', expect.stringMatching(/^\d\.\d KiB$/), 'TIME'],
    ['v1.0', image.digest, 'image', expect.any(String), 'TIME'],
  ]);
});

it('counts all that a manifest names, and what is named twice once', async () => {
  const { lines } = await ls('team/app', '--json', '--all');
  const listed = lines.map((line) => JSON.parse(line));
  expect(listed).toMatchObject([
    { repository: 'team/app', tag: 'multi', mediaType: indexType, bytes: both.length + sizeOf(image) },
    { tag: 'v1', digest: image.digest, bytes: sizeOf(image) },
    { tag: 'v1.0', digest: image.digest, bytes: sizeOf(image) },
    { digest: other.digest, bytes: sizeOf(other) },
  ]);
  expect(listed[3]).not.toHaveProperty('tag');
});

it('says in one line what is not there', async () => {
  expect(await ls('team/none')).toEqual({ code: 1, lines: [], stderr: 'stowage: there is no tag in team/none\n' });
  expect((await ls('team/none', '--all')).stderr).toBe('stowage: there is no manifest in team/none\n');
  expect((await ls('Team')).stderr).toContain("'Team' is no name of a repository, as in 'team/app'");
  expect((await ls('--all')).stderr).toContain('--all needs a repository');
});
