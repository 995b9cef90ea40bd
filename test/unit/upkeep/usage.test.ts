/** How much lies where. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fsDriver } from '../../../drivers/fs.ts';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Driver } from '../../../lib/driver.ts';
import { bytes, manifestOf, pushBlob, readName } from '../../../lib/testing/suite/samples.ts';
import { usage } from '../../../lib/upkeep/index.ts';

/** Two repositories that share a blob of 6 bytes, and have one of their own. */
async function fill(driver: Driver): Promise<void> {
  for (const [name, own] of [
    ['a/one', 'x'.repeat(10)],
    ['a/two', 'y'.repeat(20)],
  ] as const) {
    await pushBlob(driver, readName(name), bytes('shared'));
    await pushBlob(driver, readName(name), bytes(own));
  }
  await driver.manifests.put(readName('a/one'), manifestOf('{"schemaVersion":2}'));
  await pushBlob(driver, readName('b'), bytes('z'));
}

it('counts a blob once within a repository, and once in all', async () => {
  const driver = memoryDriver();
  await fill(driver);
  const { repositories, total } = await usage(driver);
  const manifest = repositories.map(({ bytes: size }) => size)[0] ?? 0;
  expect(manifest).toBeGreaterThan(26);
  const trash = { blobs: 0, manifests: 0, bytes: 0 };
  expect(repositories).toEqual([
    { repository: 'a/one', blobs: 2, manifests: 1, bytes: manifest, trash },
    { repository: 'a/two', blobs: 2, manifests: 0, bytes: 26, trash },
    { repository: 'b', blobs: 1, manifests: 0, bytes: 1, trash },
  ]);
  expect(total).toEqual({ blobs: 4, manifests: 1, bytes: manifest + 20 + 1, trash });
});

it('counts the repositories that match, each by itself and together', async () => {
  const driver = memoryDriver();
  await fill(driver);
  const of = async (repositories: string) => {
    const found = await usage(driver, { repositories });
    return [found.repositories.map(({ repository }) => repository), found.total.blobs];
  };
  expect(await of('a/*')).toEqual([['a/one', 'a/two'], 3]);
  expect(await of('a/two')).toEqual([['a/two'], 2]);
  expect(await of('c')).toEqual([[], 0]);
  await expect(usage(driver, { repositories: 'A' })).rejects.toThrow('repositories must be a pattern of repositories');
});

it('counts what lies in the trash apart, and in all only what no repository holds', async () => {
  const driver = memoryDriver();
  await fill(driver);
  const [one, two] = [readName('a/one'), readName('a/two')];
  for (const { digest } of await driver.inventory.held(one, 'blob', { limit: 10 }))
    await driver.inventory.discard(one, 'blob', digest, new Date());
  for (const { digest } of await driver.inventory.held(one, 'manifest', { limit: 10 }))
    await driver.inventory.discard(one, 'manifest', digest, new Date());
  const { repositories, total } = await usage(driver, { repositories: 'a/**' });
  expect(repositories.map(({ repository, blobs, trash }) => [repository, blobs, trash.blobs, trash.manifests])).toEqual([
    [two, 2, 0, 0],
    [one, 0, 2, 1],
  ]);
  expect(total).toMatchObject({ blobs: 2, manifests: 0, bytes: 26, trash: { blobs: 1, manifests: 1 } });
  // To be counted is not to be looked for.
  expect((await usage(driver, { repositories: 'a/one' })).repositories[0]?.trash.blobs).toBe(2);
});

it('ends when it is told to, and says what a driver lacks', async () => {
  const driver = memoryDriver();
  await fill(driver);
  await expect(usage(driver, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  await expect(usage({ ...driver, inventory: undefined })).rejects.toThrow('the driver memory has no inventory');
});

it('is of a directory what it is of memory', async ({ onTestFinished }) => {
  const root = mkdtempSync(join(tmpdir(), 'stowage-usage-'));
  const [kept, forgotten] = [fsDriver({ root, durability: 'none' }), memoryDriver()];
  onTestFinished(async () => {
    await kept.close();
    rmSync(root, { recursive: true });
  });
  for (const driver of [kept, forgotten]) await fill(driver);
  const withoutManifests = async (driver: Driver) =>
    (await usage(driver)).repositories.filter(({ manifests }) => manifests === 0);
  expect(await withoutManifests(kept)).toEqual(await withoutManifests(forgotten));
  expect((await usage(kept)).total).toMatchObject({ blobs: 4, manifests: 1 });
});
