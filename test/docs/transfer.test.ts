/** The program and the commands of docs/transfer.md run, between places that are there. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { artifact, fromArchive, fromLayout, randomImage } from '../../lib/testing/fixture/index.ts';
import { blockWith } from '../support/code-blocks.ts';
import { startProgram } from '../support/command.ts';
import { programsOf } from '../support/document-programs.ts';
import { startForTest } from '../support/fixture.ts';

const { programs, write, pathOf } = programsOf('docs/transfer.md');
const content = randomImage();

describe('docs/transfer.md', { timeout: 60_000 }, () => {
  it('has a program that copies from a registry, and out again', async () => {
    const remote = await startForTest({ auth: { scheme: 'bearer', users: { ann: 'secret' } } });
    await remote.seed('team/app:1.0', content);
    await remote.seed('team/app', artifact({ type: 'application/vnd.example.signature', subject: content }));
    const file = await write(0, (code) => code.replace('http://127.0.0.1:5000', remote.url).replaceAll("'./", `'${pathOf('')}/`));
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(stdout).toMatch(/^3 blobs and 2 manifests, \d+ bytes\n$/);
    expect((await fromLayout(pathOf('layout'), { ref: '1.0' })).digest).toBe(content.digest);
    expect((await fromArchive(pathOf('app.tar'), { ref: 'latest' })).digest).toBe(content.digest);
    expect(programs).toHaveLength(1);
  });

  it('has commands that do what they say', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-transfer-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const remote = await startForTest();
    await remote.seed('team/app:1.0', content);
    const words = blockWith('docs/transfer.md', 'npx stowage import')
      .trim()
      .split('\n')
      .map((line) => /^npx stowage (.+?) *#/.exec(line)?.[1] ?? expect.fail(line))
      .map((line) => line.replaceAll('registry.example.com', new URL(remote.url).host).split(' '));
    const run = async (line: readonly string[] = []) => startProgram(line, { ...process.env, HOME: folder }, folder).ended;
    const [fromRegistry, fromSaved, ...exports] = words;
    expect(exports).toHaveLength(4);
    expect(await run(fromRegistry)).toMatchObject({ code: 0, stderr: '' });
    for (const line of exports) expect(await run(line), line.join(' ')).toMatchObject({ code: 0, stderr: '' });
    expect((await fromLayout(join(folder, 'layout'), { ref: '1.0' })).digest).toBe(content.digest);
    expect((await fromArchive(join(folder, 'layout.tar'))).digest).toBe(content.digest);
    expect(await run(fromSaved?.map((word) => word.replace('saved.tar', 'app.tar')))).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(folder, 'data'))).toBe(true);
  });
});
