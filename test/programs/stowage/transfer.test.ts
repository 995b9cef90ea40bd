/** `stowage import` and `stowage export`, as they are started. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { randomImage } from '../../../lib/testing/fixture/index.ts';
import { startProgram } from '../../support/command.ts';
import { startForTest } from '../../support/fixture.ts';
import { writeContents } from '../../support/layout.ts';

const content = randomImage({ layers: 4, size: 500_000 });

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-transfer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const begin = (...words: string[]) => startProgram(words, { PATH: process.env.PATH, HOME: folder }, folder);
  return { folder, begin, run: (...words: string[]) => begin(...words).ended };
}

describe('stowage import and export', { timeout: 60_000 }, () => {
  test('tell of each blob, and then of all; with --json in one document', async () => {
    const { folder, run } = await start();
    await writeContents(join(folder, 'layout'), { one: content });
    const imported = await run('import', 'oci:layout:one', 'app:1.0');
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    expect(imported.stdout).toMatch(/^(?:blob sha256:\S+ \S+ [kM]B\n){5}manifest \S+ 0\.9 kB, as 1\.0\n1\.0 is /);
    expect(imported.stdout).toMatch(/\ncopied 1 manifest and 5 blobs, 2\.0 MB\n$/);
    const again = await run('import', 'oci:layout:one', 'app:1.0', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ manifests: 0, present: { manifests: 1, blobs: 5 } });
    expect(again.stderr.trimEnd().split('\n')).toHaveLength(6);
  });

  test('log in with what docker login has written', async () => {
    const remote = await startForTest({ auth: { scheme: 'bearer', users: { ann: 'secret' } } });
    await remote.seed('team/app:1.0', content);
    const { folder } = await start();
    const words = ['import', `docker://${remote.host}/team/app:1.0`];
    const refused = await startProgram(words, { PATH: process.env.PATH, HOME: folder }, folder).ended;
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^stowage: [^\n]+ 401[^\n]*\n$/) });
    expect(await startProgram(words, { ...remote.env(), PATH: process.env.PATH, HOME: folder }, folder).ended).toMatchObject({
      code: 0,
    });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'end at %s, leave nothing half-written, and go on when they are repeated',
    async (signal) => {
      const remote = await startForTest();
      await remote.seed('app:1.0', content);
      remote.fail({ operation: 'getBlob', throttle: 200_000 });
      const { folder, begin, run } = await start();
      const source = `http://${new URL(remote.url).host}/app:1.0`;
      const program = begin('import', source);
      await expect.poll(() => remote.requests.filter(({ operation }) => operation === 'getBlob').length).toBeGreaterThan(1);
      program.child.kill(signal);
      const ended = await program.ended;
      expect(ended).toMatchObject({
        code: signal === 'SIGINT' ? 130 : 143,
        stderr: 'stowage: import was interrupted; the same command goes on with what is missing\n',
      });
      remote.heal();
      expect(await run('import', source)).toMatchObject({ code: 0 });
      expect(await run('export', 'app:1.0', 'oci-archive:app.tar')).toMatchObject({ code: 0 });
      expect((await readdir(folder)).sort()).toEqual(['app.tar', 'data']);
    },
  );

  test.each([
    [['import'], /needs a source/],
    [['import', 'oci:layout'], /needs the name of the repository/],
    [['import', 'layout', 'app'], /'layout' is no place; there are oci:/],
    [['import', 'docker://busybox', 'app'], /names no host and repository/],
    [['import', 'oci:layout:one', 'app', 'more'], /takes SOURCE \[NAME\[:TAG\]\], not 'more' as well/],
    [['import', 'oci:layout:one', 'app', '--all-tags'], /--all-tags copies every tag, and one is named/],
    [['import', 'oci:layout', 'App'], /'App' is no name of a repository/],
    [['import', 'oci:layout', 'app', '--driver', 'memory'], /needs the fs or the s3 driver/],
    [['export', 'app'], /needs a name and a destination/],
    [['export', 'app:1.0', `docker://a.example.com/app@sha256:${'0'.repeat(64)}`], /ends in no tag/],
    [['export', 'app', 'oci:x', '--platform', 'arm64'], /--platform is as in 'linux\/arm64'/],
  ])('refuse %j', async (words, sentence) => {
    const { folder, run } = await start();
    expect(await run(...words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(sentence) });
    expect(await readdir(folder)).toEqual([]);
  });

  test('say in one line what is wrong with a place, and end with 1', async () => {
    const { folder, run } = await start();
    const { code, stderr } = await run('export', 'app:1.0', 'oci-archive:app.tar');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^stowage: [^\n]*app has no manifest 1\.0\n$/)]);
    expect(await readdir(folder)).toEqual(['data']);
    expect(await readFile(join(folder, 'app.tar')).catch(({ code: missing }) => missing)).toBe('ENOENT');
  });
});
