/** The drivers that every exchange is played on. */
import assert from 'node:assert/strict';
import * as nodeFileSystem from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { memfs } from 'memfs';
import { isMissing } from '../../drivers/fs/system.ts';
import { type FileSystem, fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../../lib/driver.ts';
import type { DriverUnderTest } from '../../lib/testing/suite/index.ts';

/** Runs something with a fresh driver, and clears up after it. */
export type WithDriver = <T>(use: (driver: Driver) => Promise<T>) => Promise<T>;

/** Where the files of a driver are. */
interface Place {
  readonly root: string;
  readonly base: FileSystem;
  remove(): Promise<void>;
}

async function onDisk(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'stowage-'));
  return { root, base: nodeFileSystem, remove: () => rm(root, { recursive: true, force: true }) };
}

async function onMemfs(): Promise<Place> {
  const root = '/registry';
  const { promises } = memfs().fs;
  await promises.mkdir(root);
  return { root, base: promises, remove: async () => {} };
}

/** An fs driver on a place of its own, fenced in: no call leaves the root. */
function fsOn(name: string, find: () => Promise<Place>): DriverUnderTest {
  const places = new WeakMap<Driver, Place & { readonly outside: readonly string[] }>();
  const placeOf = (driver: Driver) => {
    const place = places.get(driver);
    assert.ok(place, 'create() gave the driver');
    return place;
  };
  return {
    name,
    lacks: ['blob.url'],
    async create() {
      const place = await find();
      const { fs, outside } = fenced(place.root, place.base);
      const driver: Driver = fsDriver({ root: place.root, durability: 'none', fs });
      places.set(driver, { ...place, outside });
      return driver;
    },
    async staged(driver) {
      const { root, base } = placeOf(driver);
      const shards = await entriesOf(base, join(root, 'uploads'));
      const entries = await Promise.all([join(root, 'staging'), ...shards].map((directory) => entriesOf(base, directory)));
      return entries.flat();
    },
    async dispose(driver) {
      const { outside, remove } = placeOf(driver);
      await remove();
      assert.deepEqual(outside, [], 'no call leaves the root');
    },
  };
}

async function entriesOf(fs: FileSystem, directory: string): Promise<string[]> {
  try {
    return (await fs.readdir(directory, { withFileTypes: true })).map((entry) => join(directory, nameOf(entry)));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const nameOf = (entry: Awaited<ReturnType<FileSystem['readdir']>>[number]): string =>
  String(typeof entry === 'object' && 'name' in entry ? entry.name : entry);

/** Calls that take a second path. */
const fromTo = new Set(['rename', 'link', 'symlink', 'copyFile', 'cp']);

/** A file system, and the paths outside the root that it was asked for, whatever the call. */
function fenced(root: string, base: FileSystem): { readonly fs: FileSystem; readonly outside: string[] } {
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

/** The drivers, and how to make them. */
export const drivers: readonly DriverUnderTest[] = [
  { name: 'memory', create: memoryDriver, lacks: ['blob.url'] },
  fsOn('fs', onDisk),
  fsOn('fs on memfs', onMemfs),
];

function withFresh({ create, dispose }: DriverUnderTest): WithDriver {
  return async (use) => {
    const driver = await create();
    try {
      return await use(driver);
    } finally {
      await driver.close?.();
      await dispose?.(driver);
    }
  };
}

/** The drivers by name, one at a time. */
export const stores: Readonly<Record<string, WithDriver>> = Object.fromEntries(
  drivers.map((driver) => [driver.name, withFresh(driver)]),
);
