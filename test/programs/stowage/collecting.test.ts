/** `stowage serve --gc-interval`: collections beside the traffic. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArguments } from '../../../lib/cli/parse-arguments.ts';
import { startProgram, startServer } from '../../support/command.ts';
import { makeImage, push, pushBlob } from '../../support/images.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stowage-collecting-'));
});
afterEach(() => rm(root, { recursive: true }));

/** The lines of the log that tell of collections. */
const reports = (text: string): string[] => text.split('\n').filter((line) => line.includes(' info garbage collected '));

describe('stowage serve --gc-interval', { timeout: 60_000 }, () => {
  it.each([
    ['in one process', []],
    ['once, beside workers', ['--workers', '2']],
  ])('collects again and again %s, and stops at SIGTERM', async (_, flags) => {
    const served = await startServer(['--root', root, '--gc-interval', '1s', '--gc-grace', '0s', ...flags]);
    const api = `${served.url}/v2`;
    await push(api, 'team/app', makeImage(), 'v1');
    await pushBlob(api, 'team/app', Buffer.from('lonely'));
    await expect.poll(() => reports(served.written.stderr).length, { timeout: 20_000 }).toBeGreaterThan(2);
    // What was pushed within the hour stays.
    expect(reports(served.written.stderr)[0]).toMatch(/outcome: 'done', repositories: [01], discarded: \{ blobs: 0,/);
    const [first = '', second = ''] = reports(served.written.stderr).map((line) => line.split(' ')[0] ?? '');
    expect(Date.parse(second) - Date.parse(first)).toBeGreaterThanOrEqual(900);
    const { code, stderr } = await served.end();
    expect([code, stderr.split('\n').filter((line) => line !== '' && !line.includes(' info '))]).toEqual([0, []]);
  });

  it('logs what a collection failed with, and goes on serving', async () => {
    const served = await startServer(['--root', root, '--gc-interval', '1s']);
    await rm(root, { recursive: true });
    await expect.poll(() => served.written.stderr, { timeout: 20_000 }).toMatch(/garbage (?:collected|not collected)/);
    expect((await fetch(`${served.url}/v2/`)).status).toBe(200);
    await served.end();
  });

  it('is refused where other flags of collections stand alone, or say nothing', async () => {
    expect(() => readArguments(['serve', '--gc-keep', 'v*'])).toThrow('--gc-keep needs a --gc-interval');
    expect(() => readArguments(['serve', '--gc-interval', '0s'])).toThrow(
      "--gc-interval is a time such as 30s, 10m, 24h or 7d, not '0s'",
    );
    const { code, stderr } = await startProgram(['serve', '--root', root, '--gc-grace', '1h']).ended;
    expect([code, stderr]).toEqual([2, "stowage: --gc-grace needs a --gc-interval (see 'stowage --help')\n"]);
  });

  it('has rules of a variable and of a configuration in one text', () => {
    const collections = { every: 3_600_000, untagged: 7 * 86_400_000, keep: [{ tags: 'v*' }, { tags: '*', newest: 1 }] };
    const variables = { STOWAGE_GC_INTERVAL: '1h', STOWAGE_GC_UNTAGGED: '7d', STOWAGE_GC_KEEP: 'v* *:newest=1' };
    expect(readArguments(['serve'], variables)).toMatchObject({ serve: { collections } });
    const members = { gcInterval: '1h', gcUntagged: '7d', gcKeep: 'v* *:newest=1' };
    expect(readArguments(['serve'], {}, { file: 'stowage.config.js', members })).toMatchObject({ serve: { collections } });
  });
});
