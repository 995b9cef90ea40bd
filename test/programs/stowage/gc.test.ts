/** `stowage gc`, in a directory that is served or not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fsDriver } from '../../../drivers/fs.ts';
import { bytes, manifestOf, pushBlob, readName, readTag } from '../../../lib/testing/suite/samples.ts';
import { startProgram, startServer } from '../../support/command.ts';
import { assertHeld, makeImage, push, pushBlob as pushBlobTo } from '../../support/images.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stowage-gc-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Runs the command; gives its exit code, the lines that it printed, and what was wrong. */
async function gc(...words: string[]) {
  const { code, stdout, stderr } = await startProgram(['gc', '--root', root, ...words]).ended;
  return { code, lines: stdout.split('\n').filter(Boolean), stderr };
}
const atOnce = ['--grace', '0s', '--min-age', '0s'];

/** Fills the directory: a blob that nothing needs, and tags of manifests. */
async function fill(tags: readonly string[] = []): Promise<void> {
  const driver = fsDriver({ root });
  const repo = readName('team/app');
  const layer = await pushBlob(driver, repo, bytes('layer'));
  await pushBlob(driver, repo, bytes('garbage'));
  for (const tag of tags) {
    const manifest = manifestOf(JSON.stringify({ layer, tag }));
    await driver.manifests.put(repo, manifest);
    await driver.manifests.tag(repo, readTag(tag), manifest.digest);
  }
  await driver.close();
}

describe('stowage gc', () => {
  it('discards, removes and frees, one after the other, and says how much', async () => {
    await fill(['v1']);
    expect(await gc('--grace', '0s')).toMatchObject({ code: 0, lines: ['there is nothing to be done', expect.any(String)] });
    const looked = expect.stringMatching(/^looked through 1 repository in \d+\.\d s$/);
    expect(await gc(...atOnce)).toEqual({ code: 0, lines: ['put into the trash: 1 blob, 7 B', looked], stderr: '' });
    expect(await gc(...atOnce)).toEqual({ code: 0, lines: ['removed from the trash: 1 blob, 7 B', looked], stderr: '' });
    expect(await gc(...atOnce)).toEqual({ code: 0, lines: ['freed: 1 blob, 7 B', looked], stderr: '' });
    expect((await gc(...atOnce)).lines).toEqual(['there is nothing to be done', looked]);
  });

  it('does nothing in a dry run, and prints each step', async () => {
    await fill();
    for (let run = 0; run < 2; run++) {
      expect((await gc(...atOnce, '--dry-run')).lines).toEqual([
        expect.stringMatching(/^discard {5}team\/app {2}blob sha256:[0-9a-f]{64} {2}\d B$/),
        expect.stringMatching(/^discard {5}team\/app {2}blob sha256:[0-9a-f]{64} {2}\d B$/),
        'nothing was done; this would be:',
        'put into the trash: 2 blobs, 12 B',
        expect.stringContaining('looked through 1 repository'),
      ]);
    }
  });

  it('says why what stays does so', async () => {
    await fill(['v1']);
    await gc('--min-age', '0s');
    const { lines } = await gc('--explain');
    expect(
      lines
        .map((line) => line.split(': ')[1])
        .slice(0, 3)
        .sort(),
    ).toEqual(['it is needed', 'it is needed', 'it lies in the trash, and not long enough']);
  });

  it('prints JSON: a line for each step where it is to be told, and the report', async () => {
    await fill();
    const { code, lines } = await gc(...atOnce, '--json', '--explain');
    const [first, second, report, ...others] = lines.map((line) => JSON.parse(line));
    expect([code, others]).toEqual([0, []]);
    for (const step of [first, second])
      expect(step).toMatchObject({ action: 'discard', repository: 'team/app', kind: 'blob', reason: 'unneeded' });
    expect(report).toMatchObject({ outcome: 'done', discarded: { blobs: 2, manifests: 0, bytes: 12 }, skipped: [] });
    expect((await gc('--json')).lines).toHaveLength(1);
  });

  it('goes by rules for tags, and takes what they alone have led to', async () => {
    await fill(['v1.0', 'v1.1', 'v1.10', 'latest']);
    const { lines } = await gc(...atOnce, '--keep', 'team/**@v*:highest=1');
    expect(lines).toContain('removed: 2 tags');
    const driver = fsDriver({ root });
    expect(await driver.manifests.tags(readName('team/app'), { limit: 10 })).toEqual(['latest', 'v1.10']);
    await driver.close();
  });

  it('takes manifests without a tag after a time', async () => {
    await fill(['v1']);
    const driver = fsDriver({ root });
    await driver.manifests.untag(readName('team/app'), readTag('v1'));
    await driver.close();
    expect((await gc(...atOnce)).lines).not.toContain('put into the trash: 1 manifest');
    const { code, lines, stderr } = await gc(...atOnce, '--untagged', '0s');
    expect([code, lines[0], stderr]).toEqual([0, expect.stringMatching(/^put into the trash: 1 blob, 1 manifest, /), '']);
  });

  it('runs beside a registry that serves, and leaves what that has', { timeout: 60_000 }, async () => {
    const served = await startServer(['--root', root]);
    try {
      const api = `${served.url}/v2`;
      const image = makeImage();
      await push(api, 'team/app', image, 'v1');
      const lonely = await pushBlobTo(api, 'team/app', bytes('lonely'));
      for (let run = 0; run < 3; run++) expect(await gc(...atOnce)).toMatchObject({ code: 0, stderr: '' });
      await assertHeld(api, 'team/app', image, 'v1');
      expect((await fetch(lonely)).status).toBe(404);
    } finally {
      await served.end();
    }
  });

  it('does nothing while another process collects, and says so', async () => {
    await fill();
    const driver = fsDriver({ root });
    await driver.outbox?.lease('collection', 'another', 60_000);
    expect(await gc(...atOnce)).toEqual({
      code: 1,
      lines: [],
      stderr: 'stowage: another process collects already; nothing was done here\n',
    });
    await driver.close();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at %s with %i, and the next one goes on', { timeout: 60_000 }, async (signal, code) => {
    const driver = fsDriver({ root, durability: 'none' });
    for (let repo = 0; repo < 40; repo++)
      for (let blob = 0; blob < 10; blob++) await pushBlob(driver, readName(`r${repo}`), bytes(`${repo} ${blob}`));
    await driver.close();
    const program = startProgram(['gc', '--root', root, ...atOnce, '--explain']);
    await expect.poll(() => program.written.stdout, { interval: 1, timeout: 20_000 }).toContain('discard');
    program.child.kill(signal);
    const ended = await program.ended;
    expect(ended).toMatchObject({ code, stderr: 'stowage: stopped by a signal; what was done until then is done\n' });
    expect(await gc('--min-age', '0s')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('stowage gc says in one line', () => {
  it.each([
    ['that there is no such directory', ['--root', join(tmpdir(), 'stowage-none')], 1, /cannot read the root .*: ENOENT/],
    ['that memory is of no use', ['--driver', 'memory'], 1, /--driver memory keeps what its own process has/],
    ['what a time is', ['--grace', '1 day'], 2, /--grace is a time such as 30s, 10m, 24h or 7d, not '1 day'/],
    ['what a rule is', ['--keep', 'team/app:newest=1'], 2, /repositories stand before an @, as in 'team\/\*\*@v\*'/],
  ] as const)('%s', async (_, words, code, message) => {
    const ended = await startProgram(['gc', ...words]).ended;
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trimEnd()).not.toContain('\n');
  });
});
