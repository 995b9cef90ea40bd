/** What the command makes of a root that it cannot write to. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StartError } from '../../../lib/cli/start-error.ts';
import { prepare } from '../../../lib/cli/storage.ts';
import { StorageFault } from '../../../lib/driver.ts';

const root = tmpdir();
const refusing = (code: string) => ({
  prepare: () => {
    const cause = Object.assign(new Error(`${code}: mkdir`), { code });
    return Promise.reject(new StorageFault('broken', `writing: ${code}`, { cause }));
  },
});

describe('a root that can be read and not be written', () => {
  it.each([
    ['EACCES', 'the root ROOT may not be written by this process: what it may read can be pulled'],
    ['EPERM', 'the root ROOT may not be written by this process: what it may read can be pulled'],
    ['EROFS', 'the disk of ROOT is read-only: what is there can be pulled'],
    ['ENOSPC', 'the disk of ROOT is full: pushes are refused until there is room'],
    ['EDQUOT', 'the disk of ROOT is over its quota: pushes are refused until there is room'],
  ])('is served with a warning: %s', async (code, warning) => {
    expect(await prepare(refusing(code), root)).toContain(warning.replace('ROOT', root));
  });

  it('is told, where it is full, that deletion makes no room', async () => {
    expect(await prepare(refusing('ENOSPC'), root)).toMatch(/stays on the disk .* deletion makes no room$/);
  });

  it('is served without one where it can be written', async () => {
    expect(await prepare({ prepare: async () => {} }, root)).toBeUndefined();
  });
});

describe('a command does not start', () => {
  it.each(['EACCES', 'EROFS', 'ENOSPC'])('where there is nothing to read, either: %s', async (code) => {
    await expect(prepare(refusing(code), join(root, 'not-there-at-all'))).rejects.toThrow(StartError);
  });

  it.each(['EIO', 'ENOTDIR', 'constructor'])('where a write fails otherwise: %s', async (code) => {
    await expect(prepare(refusing(code), root)).rejects.toThrow(`cannot write to the root ${root}: ${code}`);
  });
});
