/** `stowage du`, in a directory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fsDriver } from '../../../drivers/fs.ts';
import { bytes, pushBlob, readName } from '../../../lib/testing/suite/samples.ts';
import { startProgram } from '../../support/command.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stowage-du-'));
  const driver = fsDriver({ root });
  for (const [name, own] of [
    ['a/small', 1],
    ['a/large', 2048],
    ['b', 10],
  ] as const) {
    await pushBlob(driver, readName(name), bytes('shared'.repeat(100)));
    await pushBlob(driver, readName(name), bytes('x'.repeat(own)));
  }
  const [first] = (await driver.inventory?.held(readName('b'), 'blob', { limit: 1 })) ?? [];
  if (first) await driver.inventory?.discard(readName('b'), 'blob', first.digest, new Date());
  await driver.close();
});
afterAll(() => rm(root, { recursive: true }));

async function du(...words: string[]) {
  const { code, stdout, stderr } = await startProgram(['du', ...words, '--root', root]).ended;
  return { code, stdout, stderr };
}

it('lists repositories, the largest first, and what they are together', async () => {
  const { code, stdout, stderr } = await du('a/*');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')).toEqual([
    '   size  blobs  manifests  trash  repository',
    '2.6 KiB      2          0    0 B  a/large',
    '  601 B      2          0    0 B  a/small',
    '2.6 KiB      3          0    0 B  in all: 2 repositories; what several hold counts once',
    '',
  ]);
});

it('prints JSON', async () => {
  const { code, stdout } = await du('--json');
  const { repositories, total } = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(repositories.map(({ repository }: { repository: string }) => repository)).toEqual(['a/large', 'a/small', 'b']);
  expect(repositories[2]).toMatchObject({ blobs: 1, trash: { blobs: 1 } });
  expect(total.blobs + total.trash.blobs).toBe(4);
});

it('says in one line what is not there', async () => {
  expect(await du('none/**')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'stowage: there is no repository none/**\n',
  });
  expect(await du('Team')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("as in 'team/app' and 'team/**', not 'Team'"),
  });
});
