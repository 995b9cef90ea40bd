/** Who may read what the file system driver writes. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystem, fsDriver } from '../../drivers/fs.ts';
import { contentKey } from '../../drivers/tree/layout.ts';
import {
  digestOf,
  emptyCheckpoint,
  manifestOf,
  newId,
  pushBlob,
  readTag,
  repo,
  sample,
  uploadBytes,
} from '../../lib/testing/suite/samples.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'stowage-'));
});
afterEach(() => rmSync(base, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

/** The modes below and at a path: those of files, and those of directories. */
function modesBelow(path: string, found = { files: new Set<number>(), directories: new Set<number>() }) {
  found.directories.add(modeOf(path));
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) modesBelow(join(path, entry.name), found);
    else found.files.add(modeOf(join(path, entry.name)));
  }
  return found;
}

/** Everything that makes files and directories: blobs, manifests, tags and uploads under way. */
async function useAll(options: Parameters<typeof fsDriver>[0]): Promise<void> {
  const driver = fsDriver(options);
  await driver.prepare();
  const manifest = manifestOf('{}');
  await pushBlob(driver, repo, sample(100));
  await driver.manifests.put(repo, manifest);
  assert.ok(await driver.manifests.tag(repo, readTag('latest'), manifest.digest));
  await driver.uploads.create(repo, newId(), emptyCheckpoint);
  await uploadBytes(driver, repo, newId(), sample(50));
  await driver.uploads.expire?.(new Date(0));
}

describe.skipIf(process.platform === 'win32')('what fsDriver writes', () => {
  it('is for its own user alone', async () => {
    const root = join(base, 'deep', 'root');
    await useAll({ root });
    expect(modesBelow(join(base, 'deep'))).toEqual({ files: new Set([0o600]), directories: new Set([0o700]) });
  });

  it('has the modes that the options say, whatever the umask takes away', async () => {
    // Any usual umask takes the right to write from others.
    await useAll({ root: join(base, 'deep', 'root'), fileMode: 0o666, directoryMode: 0o777 });
    expect(modesBelow(join(base, 'deep'))).toEqual({ files: new Set([0o666]), directories: new Set([0o777]) });
  });

  it.each(['277', '177', '777'])('has them where the umask is %s and takes rights of the owner', async (taken) => {
    const umask = Number.parseInt(taken, 8);
    const masked = (mode = 0o777) => mode & ~umask;
    const fs: FileSystem = {
      ...nodeFileSystem,
      open: (path, flags, mode) => nodeFileSystem.open(path, flags, masked(mode)),
      async mkdir(path, options) {
        const missing = options?.recursive && !existsSync(dirname(path));
        // Others than the superuser cannot make anything in what they have just made.
        if (missing) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        return nodeFileSystem.mkdir(path, { recursive: false, ...options, mode: masked(options?.mode) });
      },
    };
    const root = join(base, 'deep', 'root');
    await useAll({ root, fs });
    // The next begins with a file.
    await useAll({ root, fs, fileMode: 0o640 });
    expect(modesBelow(join(base, 'deep'))).toEqual({ files: new Set([0o600, 0o640]), directories: new Set([0o700]) });
  });

  it('costs one look where the umask leaves the rights of the owner, and no change', async () => {
    let changes = 0;
    const fs: FileSystem = { ...nodeFileSystem, chmod: async () => void changes++ };
    await useAll({ root: join(base, 'deep', 'root'), fs });
    expect(changes).toBe(0);
  });

  it('leaves the modes of what is there as they are', async () => {
    const root = join(base, 'root');
    const content = join(root, contentKey(digestOf(sample(100))));
    mkdirSync(dirname(content), { recursive: true });
    for (const path of [root, join(root, 'content')]) chmodSync(path, 0o755);
    await useAll({ root, directoryMode: 0o711 });
    expect([root, join(root, 'content')].map(modeOf)).toEqual([0o755, 0o755]);
    expect(modeOf(join(root, 'repositories'))).toBe(0o711);
  });

  it('leaves no file open whose mode could not be set', async () => {
    let open = 0;
    const fs: FileSystem = {
      ...nodeFileSystem,
      async open(path, flags, mode) {
        const file = await nodeFileSystem.open(path, flags, mode);
        open++;
        const close = async () => {
          open--;
          await file.close();
        };
        return Object.assign(Object.create(file), {
          stat: () => file.stat(),
          sync: () => file.sync(),
          datasync: () => file.datasync(),
          chmod: () => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' })),
          close,
        });
      },
    };
    await expect(fsDriver({ root: base, fs, fileMode: 0o640 }).prepare()).rejects.toThrow(/EPERM/);
    expect(open).toBe(0);
  });

  it.each([0o777 + 1, 0o400, -1, 0.5, '640'])('is not written with the mode %s', (fileMode) => {
    expect(() => fsDriver({ root: base, fileMode: fileMode as number })).toThrow(/fileMode must be a mode/);
  });
});
