/** The drivers that every exchange is played on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fsDriver } from '../drivers/fs.ts';
import { memoryDriver } from '../drivers/memory.ts';
import type { Driver } from '../lib/driver.ts';

/** Runs something with a fresh driver, and clears up after it. */
export type WithDriver = <T>(use: (driver: Driver) => Promise<T>) => Promise<T>;

const withMemory: WithDriver = (use) => use(memoryDriver());

const withFs: WithDriver = async (use) => {
  const root = await mkdtemp(join(tmpdir(), 'stowage-'));
  try {
    return await use(fsDriver({ root, durability: 'none' }));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

export const stores: Readonly<Record<string, WithDriver>> = { memory: withMemory, fs: withFs };
