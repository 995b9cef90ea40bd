/** What `npm run drivers -- mistakes` plants: still there in the driver on PostgreSQL, and looked for by a case of the suite. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { driverCases } from '../../lib/testing/suite/index.ts';
import { driverWith } from '../programs/drivers/find-mistakes.ts';
import { mistakes } from '../programs/drivers/mistakes.ts';

const cases = new Set(driverCases({ name: 'memoryDriver', create: memoryDriver }).map(({ name }) => name));
const parent = join(import.meta.dirname, '../../.cache');
let folder: string;
beforeAll(async () => {
  await mkdir(parent, { recursive: true });
  folder = await mkdtemp(join(parent, 'mistakes-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('mistakes in a driver for a database', () => {
  it.each(mistakes.map((mistake, index) => ({ ...mistake, index })))(
    'can be planted: $name',
    async ({ edits, index, foundBy }) => {
      assert.equal(typeof (await driverWith(edits, join(folder, `${index}`))), 'function');
      assert.ok(cases.has(foundBy), `the suite has no such case: ${foundBy}`);
    },
  );
});
