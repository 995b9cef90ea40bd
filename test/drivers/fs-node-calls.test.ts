/** The file system that the driver uses by itself: the calls of `node:fs`, in the shape of `node:fs/promises`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { createNodeCalls } from '../../drivers/fs/node-calls.ts';
import { createPace, type Pace } from '../../drivers/fs/pace.ts';
import { codeOf, type FileSystem } from '../../drivers/fs/system.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const { O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_RDONLY } = constants;

const slow: Pace = { isFast: () => false, timed: () => assert.fail() };

describe.each([
  { at: 'looks at once', pace: createPace() },
  { at: 'looks in threads', pace: slow },
])('the calls of node:fs, with $at', ({ pace }) => {
  const nodeCalls = createNodeCalls(pace);

  it('do what their names say to a file', async () => {
    const path = join(root, 'file');
    const file = await nodeCalls.open(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
    assert.deepEqual(await file.writev([Buffer.from('ab'), Buffer.from('cd')], 1), { bytesWritten: 4 });
    const buffer = Buffer.alloc(4);
    assert.deepEqual(await file.read(buffer, 1, 3, 2), { bytesRead: 3 });
    assert.equal(buffer.toString(), '\0bcd');
    await file.truncate(3);
    assert.equal(Number((await file.stat()).size), 3);
    await file.datasync();
    await file.sync?.();
    await file.chmod?.(0o640);
    await file.close();
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.equal(readFileSync(path, 'latin1'), '\0ab');
  });

  it.skipIf(process.platform === 'win32')('do not wait for the other end of a pipe in the place of a file', async () => {
    const path = join(root, 'pipe');
    execFileSync('mkfifo', [path]);
    await assert.rejects(nodeCalls.open(path, O_WRONLY | O_CREAT), (error) => codeOf(error) === 'ENXIO');
    const file = await nodeCalls.open(path, O_RDONLY);
    assert.equal(Number((await file.stat()).size), 0);
    await file.close();
  });

  it('do what their names say to directories and names', async () => {
    const [deep, path] = [join(root, 'a', 'b'), join(root, 'file')];
    assert.equal(await nodeCalls.mkdir(deep, { recursive: true }), join(root, 'a'));
    await nodeCalls.chmod?.(deep, 0o750);
    assert.equal(Number((await nodeCalls.stat(deep)).mode) & 0o777, 0o750);
    writeFileSync(path, '');
    await nodeCalls.rename(path, join(deep, 'moved'));
    const seen: string[] = [];
    for await (const { name } of await nodeCalls.opendir(deep, { bufferSize: 10 })) seen.push(String(name));
    assert.deepEqual(seen, ['moved']);
    assert.equal((await nodeCalls.readdir(root, { withFileTypes: true })).length, 1);
    await nodeCalls.unlink(join(deep, 'moved'));
    await nodeCalls.rmdir(deep);
    await nodeCalls.rm(join(root, 'a'), { recursive: true });
    assert.deepEqual(await nodeCalls.readdir(root, { withFileTypes: true }), []);
  });

  const failures: readonly (readonly [string, (fs: FileSystem, missing: string) => Promise<unknown>])[] = [
    ['open', (fs, missing) => fs.open(missing, O_RDONLY)],
    ['mkdir', (fs, missing) => fs.mkdir(join(missing, 'below'))],
    ['readdir', (fs, missing) => fs.readdir(missing, { withFileTypes: true })],
    ['opendir', (fs, missing) => fs.opendir(missing, { bufferSize: 10 })],
    ['stat', (fs, missing) => fs.stat(missing)],
    ['rename', (fs, missing) => fs.rename(missing, `${missing} too`)],
    ['unlink', (fs, missing) => fs.unlink(missing)],
    ['rmdir', (fs, missing) => fs.rmdir(missing)],
    ['rm', (fs, missing) => fs.rm(missing, { recursive: true })],
  ];
  it.each(failures)('%s fails with the code of the system', async (_, call) => {
    await assert.rejects(call(nodeCalls, join(root, 'missing')), (error) => codeOf(error) === 'ENOENT');
  });

  it('on a file that was closed fail, and reach no other that has its descriptor since', async () => {
    const path = join(root, 'file');
    writeFileSync(path, 'kept');
    const first = await nodeCalls.open(path, O_RDWR);
    await first.close();
    const second = await nodeCalls.open(path, O_RDWR);
    for (const call of [() => first.truncate(0), () => first.writev([Buffer.from('x')], 0), () => first.close()]) {
      await assert.rejects(call);
    }
    await second.close();
    assert.equal(readFileSync(path, 'latin1'), 'kept');
  });
});

describe('the calls of node:fs', () => {
  const paced: string[] = [];
  const noting: Pace = {
    isFast: () => true,
    timed: (call) => {
      paced.push(String(call));
      return call();
    },
  };
  const nodeCalls = createNodeCalls(noting);
  const pacedIn = async (work: () => Promise<unknown>): Promise<number> => {
    paced.length = 0;
    await work();
    return paced.length;
  };

  it('close at once what was synced and is small, and nothing else', async () => {
    const path = join(root, 'file');
    const written = async (bytes: number, synced: boolean): Promise<number> => {
      const file = await nodeCalls.open(path, O_RDWR | O_CREAT);
      for (let position = 0; position < bytes; position += 32_768) await file.writev([Buffer.alloc(32_768)], position);
      if (synced) await file.datasync();
      return pacedIn(() => file.close());
    };
    assert.equal(await written(65_536, true), 1);
    assert.equal(await written(65_536, false), 0);
    assert.equal(await written(1_048_576, true), 0);
    const file = await nodeCalls.open(path, O_RDONLY);
    await file.read(Buffer.alloc(1), 0, 1, 0);
    assert.equal(await pacedIn(() => file.close()), 0);
  });

  it('make no change at once', async () => {
    const path = join(root, 'file');
    const changes = async (): Promise<void> => {
      const file = await nodeCalls.open(path, O_RDWR | O_CREAT | O_EXCL);
      await file.writev([Buffer.from('ab')], 0);
      await file.close();
      await nodeCalls.rename(path, `${path} too`);
      await nodeCalls.unlink(`${path} too`);
      await nodeCalls.mkdir(path);
      await nodeCalls.rmdir(path);
    };
    assert.equal(await pacedIn(changes), 0);
  });
});
