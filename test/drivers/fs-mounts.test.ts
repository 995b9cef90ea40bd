/** Mounts that name no source: any repository's blob is found, but not at any price. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { digestOf, pushBlob, readName } from '../../lib/testing/suite/samples.ts';

const root = mkdtempSync(join(tmpdir(), 'stowage-mounts-'));
afterAll(() => rmSync(root, { recursive: true }));

it('a blob is looked for in the first thousand repositories', async () => {
  const driver = fsDriver({ root, durability: 'none' });
  const [sought, other] = [Buffer.from('sought'), Buffer.from('other')];
  const [new1, new2, last] = [readName('new/1'), readName('new/2'), readName('z')];
  await pushBlob(driver, readName('p/998'), sought);
  expect(await driver.blobs.mount?.(new1, digestOf(sought)), 'in the first').toBe(true);
  await driver.blobs.delete(readName('p/998'), digestOf(sought));
  await driver.blobs.delete(new1, digestOf(sought));
  await pushBlob(driver, last, sought);
  for (let index = 0; index < 1_000; index++) await pushBlob(driver, readName(`p/${index}`), other);
  expect(await driver.blobs.mount?.(new2, digestOf(sought)), 'behind a thousand').toBe(false);
  expect(await driver.blobs.mount?.(new2, digestOf(sought), last), 'with its source').toBe(true);
  await driver.close?.();
});
