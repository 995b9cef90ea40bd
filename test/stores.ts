/** The drivers that every exchange is played on. */
import assert from 'node:assert/strict';
import * as nodeFileSystem from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { memfs } from 'memfs';
import { type FileSystem, fsDriver } from '../drivers/fs.ts';
import { memoryDriver } from '../drivers/memory.ts';
import type { Driver } from '../lib/driver.ts';

/** Runs something with a fresh driver, and clears up after it. */
export type WithDriver = <T>(use: (driver: Driver) => Promise<T>) => Promise<T>;

const withMemory: WithDriver = (use) => use(memoryDriver());

const withFs: WithDriver = async (use) => {
  const root = await mkdtemp(join(tmpdir(), 'stowage-'));
  try {
    return await withFenced(root, nodeFileSystem, use);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

const withFsOnMemfs: WithDriver = async (use) => {
  const root = '/registry';
  const { promises } = memfs().fs;
  await promises.mkdir(root);
  return withFenced(root, promises, use);
};

async function withFenced<T>(root: string, base: FileSystem, use: (driver: Driver) => Promise<T>): Promise<T> {
  const { fs, outside } = fenced(root, base);
  const driver: Driver = fsDriver({ root, durability: 'none', fs });
  try {
    const result = await use(driver);
    assert.deepEqual(outside, [], 'no call leaves the root');
    return result;
  } finally {
    await driver.close?.();
  }
}

/** Calls that take a second path. */
const fromTo = new Set(['rename', 'link', 'symlink', 'copyFile', 'cp']);

/** A file system, and the paths outside the root that it was asked for, whatever the call. */
export function fenced(root: string, base: FileSystem): { readonly fs: FileSystem; readonly outside: string[] } {
  const outside: string[] = [];
  const check = (path: unknown): void => {
    const named = String(path);
    if (named !== root && !resolve(named).startsWith(`${root}/`)) outside.push(named);
  };
  const fs = new Proxy(base, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return (...about: unknown[]): unknown => {
        for (const path of about.slice(0, fromTo.has(String(name)) ? 2 : 1)) check(path);
        return Reflect.apply(call, target, about);
      };
    },
  });
  return { fs, outside };
}

export const stores: Readonly<Record<string, WithDriver>> = {
  memory: withMemory,
  fs: withFs,
  'fs on memfs': withFsOnMemfs,
};
