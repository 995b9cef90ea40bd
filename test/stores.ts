/** The drivers that every exchange is played on. */
import assert from 'node:assert/strict';
import * as nodeFileSystem from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type FileSystem, fsDriver } from '../drivers/fs.ts';
import { memoryDriver } from '../drivers/memory.ts';
import type { Driver } from '../lib/driver.ts';

/** Runs something with a fresh driver, and clears up after it. */
export type WithDriver = <T>(use: (driver: Driver) => Promise<T>) => Promise<T>;

const withMemory: WithDriver = (use) => use(memoryDriver());

const withFs: WithDriver = async (use) => {
  const root = await mkdtemp(join(tmpdir(), 'stowage-'));
  const { fs, outside } = fenced(root);
  try {
    const result = await use(fsDriver({ root, durability: 'none', fs }));
    assert.deepEqual(outside, [], 'no call leaves the root');
    return result;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

/** The file system, and the paths outside the root that it was asked for. */
function fenced(root: string): { fs: FileSystem; outside: string[] } {
  const outside: string[] = [];
  const inside = (path: string): string => {
    if (path !== root && !resolve(path).startsWith(`${root}/`)) outside.push(path);
    return path;
  };
  const fs: FileSystem = {
    open: (path, flags) => nodeFileSystem.open(inside(path), flags),
    mkdir: (path, options) => nodeFileSystem.mkdir(inside(path), options),
    readdir: (path, options) => nodeFileSystem.readdir(inside(path), options),
    stat: (path) => nodeFileSystem.stat(inside(path)),
    rename: (from, to) => nodeFileSystem.rename(inside(from), inside(to)),
    unlink: (path) => nodeFileSystem.unlink(inside(path)),
    rm: (path, options) => nodeFileSystem.rm(inside(path), options),
  };
  return { fs, outside };
}

export const stores: Readonly<Record<string, WithDriver>> = { memory: withMemory, fs: withFs };
