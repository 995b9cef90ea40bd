/** `stowage verify`, beside a registry that runs on the same directory. */
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FsDriver, fsDriver } from '../../../drivers/fs.ts';
import { contentKey } from '../../../drivers/tree/layout.ts';
import { pushBlob, readName, sample } from '../../../lib/testing/suite/samples.ts';
import { startProgram } from '../../support/command.ts';
import { type Images, imagesOn } from '../../support/upkeep-images.ts';

let root: string;
let driver: FsDriver;
let images: Images;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-verify-'));
  driver = fsDriver({ root });
  images = imagesOn(driver);
});
afterEach(async () => {
  await images.close();
  rmSync(root, { recursive: true, force: true });
});

/** Runs the command; gives its exit code, the lines that it printed, and what was wrong. */
async function run(...words: string[]) {
  const { code, stdout, stderr } = await startProgram(['verify', '--root', root, ...words]).ended;
  return { code, lines: stdout.split('\n').filter(Boolean), stderr };
}

it('says that nothing was found, or what is wrong, and withdraws it', async () => {
  const { document } = await images.push('team/app', sample(5_000), 'latest');
  const [{ digest }] = document.layers;
  const summary = (findings: string) =>
    expect.stringMatching(new RegExp(`^1 repositories, 2 blobs, 1 manifests, 1 tags: ${findings}; 0\\.0 MiB in [0-9.]+ s$`));
  expect(await run()).toEqual({ code: 0, lines: [summary('0 findings')], stderr: '' });
  truncateSync(join(root, contentKey(digest)), 4_000);
  const wrong = expect.stringMatching(`^team/app  blob ${digest}: its bytes have the digest sha256:[0-9a-f]{64}$`);
  expect(await run('team/app', '--rate', '10MiB')).toEqual({ code: 1, lines: [wrong, summary('1 findings')], stderr: '' });
  expect(await run('team/none')).toMatchObject({ code: 1, lines: ['team/none  repository: holds nothing', expect.anything()] });
  const { code, lines } = await run('--withdraw', '--json');
  expect([code, ...lines.map((line) => JSON.parse(line))]).toMatchObject([
    1,
    { kind: 'blob', repository: 'team/app', digest, bytes: 4_000, withdrawn: true },
    { kind: 'report', findings: 1, withdrawn: 1 },
  ]);
  expect(await driver.blobs.get(readName('team/app'), digest)).toBeUndefined();
  await images.push('team/app', sample(5_000), 'latest');
  expect(await run()).toMatchObject({ code: 0 });
});

it('ends with the exit code of a signal', async () => {
  await pushBlob(driver, readName('team/app'), sample(100_000));
  const { child, ended } = startProgram(['verify', '--root', root, '--rate', '1']);
  await sleep(1_500);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130, signal: null, stdout: '', stderr: '' });
});

it('says what is wrong with its words, and that there is no such directory', async () => {
  expect(await run('UPPER')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'UPPER' is not the name of a repository"),
  });
  expect(await run('--rate', 'fast')).toMatchObject({ code: 2, stderr: expect.stringContaining('--rate is a number of bytes') });
  const { code, stderr } = await startProgram(['verify', '--root', join(root, 'none')]).ended;
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^stowage: cannot read the root .*none: /)]);
});
