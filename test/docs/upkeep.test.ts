/** The commands and programs of docs/upkeep.md run, and do what it says. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { readKeepRules } from '../../lib/cli/keep-rules.ts';
import { bytes, manifestOf, pushBlob, readName, readTag } from '../../lib/testing/suite/samples.ts';
import { blocksOf, blockWith } from '../support/code-blocks.ts';
import { hostOf, startProgram } from '../support/command.ts';
import { programsOf } from '../support/document-programs.ts';
import { freePort } from '../support/free-port.ts';

const { programs, write, start, pathOf } = programsOf('docs/upkeep.md');
const repo = readName('team/app');
let folder: string;

/** Fills a directory: an image under a tag, a blob that nothing needs, and a large one. */
async function fill(root: string): Promise<void> {
  const driver = fsDriver({ root });
  const layer = await pushBlob(driver, repo, bytes('layer'));
  const manifest = manifestOf(JSON.stringify({ layer }));
  await driver.manifests.put(repo, manifest);
  await driver.manifests.tag(repo, readTag('v1'), manifest.digest);
  await pushBlob(driver, repo, bytes('garbage'));
  await pushBlob(driver, repo, bytes('x'.repeat(1_000_001)));
  await driver.close();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-upkeep-'));
  await fill(join(folder, 'data'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The words behind `npx stowage` of each line, as a shell would split them. */
const commands = blocksOf('docs/upkeep.md')
  .filter(({ language }) => language === 'sh')
  .flatMap(({ code }) => code.trim().split('\n'))
  .map((line) => [...line.replace(/ +#.*/, '').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''))
  .map(([npx, stowage, ...words]) => {
    expect([npx, stowage]).toEqual(['npx', 'stowage']);
    return words;
  });

describe('docs/upkeep.md', { timeout: 60_000 }, () => {
  it.each(commands.filter(([name]) => name !== 'serve').map((words) => [words.join(' '), words] as const))(
    'has a command that does something: %s',
    async (_, words) => {
      const { code, stdout, stderr } = await startProgram(words, process.env, folder).ended;
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).not.toBe('');
    },
  );

  it('has a server that collects, by flags', async () => {
    const [serve, ...others] = commands.filter(([name]) => name === 'serve');
    expect(others).toEqual([]);
    const program = startProgram([...(serve ?? []), '--port', '0', '--gc-interval', '1s'], process.env, folder);
    await hostOf(program.child);
    await expect.poll(() => program.written.stderr, { timeout: 10_000 }).toContain('info garbage collected');
    program.child.kill();
    expect(await program.ended).toMatchObject({ code: 0 });
  });

  it('has a configuration that is served', async () => {
    const place = join(folder, 'configured');
    const code = blockWith('docs/upkeep.md', 'ServeConfig').replace('/var/lib/registry', place);
    await writeFile(join(folder, 'stowage.config.mjs'), code);
    const program = startProgram(['serve', '--port', '0', '--config', 'stowage.config.mjs'], process.env, folder);
    await hostOf(program.child);
    program.child.kill();
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('shows rules that are rules', () => {
    const section = readFileSync('docs/upkeep.md', 'utf8').split('\n## ')[3] ?? '';
    const rules = [...section.matchAll(/^\| `(\S+)` +\|/gm)].map(([, rule = '']) => rule);
    expect(rules).toHaveLength(5);
    for (const rule of rules) expect(readKeepRules(rule, 'keep')).toHaveLength(1);
  });

  it('has a server that collects, in code', async () => {
    await fill(pathOf('data'));
    const port = await freePort();
    const printed = await start(0, port, (code) =>
      code.replace('5000', String(port)).replace('./data', pathOf('data')).replace('every: 3_600_000', 'every: 200'),
    );
    await expect.poll(printed, { timeout: 10_000 }).toContain('removed 0 freed 0');
  });

  it('has a plan that is filtered, carried out, and counted', async () => {
    const root = pathOf('planned');
    await fill(root);
    const file = await write(1, (code) => code.replace('./data', root));
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^large team\/app sha256:/),
      'taken 1',
      'left done 0',
      expect.stringMatching(/^team\/app 1000\d\d\d 7$/),
      expect.stringMatching(/^in all 1000\d\d\d$/),
    ]);
    expect(programs).toHaveLength(3);
  });

  it('has a program that reads everything back', async () => {
    const root = pathOf('verified');
    await fill(root);
    const file = await write(2, (code) => code.replace('./data', root));
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(stdout).toMatch(/^3 blobs, 1 manifests: 0 findings; \d+ bytes in [\d.]+ s$/m);
  });
});
