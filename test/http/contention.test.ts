/** Uploads under contention: one winner for each place, a refusal that says where to go on for everybody else, and never a wrong byte. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { s3Driver } from '../../drivers/s3.ts';
import type { Driver } from '../../lib/index.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { contend } from '../support/contention-by-chance.ts';
import { contended } from '../support/contention-cases.ts';
import { drawFrom, seed, times } from '../support/random.ts';
import { withS3Double } from '../support/s3/double.ts';
import { stores } from '../support/stores.ts';

/** Does something with registries that share one store. */
type WithOrigins = (use: (origins: readonly string[]) => Promise<void>) => Promise<void>;

const over =
  (withDrivers: (use: (drivers: readonly Driver[]) => Promise<void>) => Promise<void>): WithOrigins =>
  (use) =>
    withDrivers(async (drivers) => {
      const registries = await Promise.all(drivers.map((driver) => startRegistry({ driver })));
      try {
        await use(registries.map(({ url }) => url));
        expect(registries.flatMap(({ logged }) => logged)).toEqual([]);
      } finally {
        for (const registry of registries) await registry[Symbol.asyncDispose]();
      }
    });

const alone = (name: string): WithOrigins =>
  over((use) => (stores[name] ?? expect.fail(`no store ${name}`))((driver) => use([driver])));

const shared: WithOrigins = over(async (use) => {
  const root = await mkdtemp(join(tmpdir(), 'stowage-'));
  const drivers: Driver[] = [0, 1].map(() => fsDriver({ root, durability: 'none' }));
  try {
    await use(drivers);
  } finally {
    for (const driver of drivers) await driver.close?.();
    await rm(root, { recursive: true, force: true });
  }
});

/** So many s3 drivers on one bucket of the double. */
const inBucket = (count: number): WithOrigins =>
  over((use) =>
    withS3Double({}, async ({ bucket, clientConfig }) => {
      const instances: Driver[] = Array.from({ length: count }, () => s3Driver({ bucket, clientConfig }));
      try {
        await use(instances);
      } finally {
        for (const driver of instances) await driver.close?.();
      }
    }),
  );

/** `STOWAGE_ORIGINS` names registries that run elsewhere and share a store; then only these are tried. */
const elsewhere = process.env.STOWAGE_ORIGINS?.split(',');
const places: readonly (readonly [string, WithOrigins])[] = elsewhere
  ? [['registries elsewhere', (use) => use(elsewhere)]]
  : [
      ['memory', alone('memory')],
      ['fs', alone('fs')],
      ['two fs drivers on one directory', shared],
      ['s3', inBucket(1)],
      ['two s3 drivers on one bucket', inBucket(2)],
    ];

const trials = Math.ceil((300 * times) / places.length);

describe.each(places)('on %s', (place, withOrigins) => {
  for (const { name, ofOneProcess, run } of contended) {
    // A server of several workers is several processes behind one address.
    it.skipIf(ofOneProcess && elsewhere?.length === 1)(name, () => withOrigins(run));
  }

  it(
    `${trials} schedules by chance with STOWAGE_SEED=${seed} leave no wrong byte and nothing stuck`,
    { timeout: 30_000 * times },
    () =>
      withOrigins(async (origins) => {
        const found: string[] = [];
        const lanes = Array.from({ length: 4 }, async (_, lane) => {
          for (let trial = lane; trial < trials; trial += 4) {
            const name = `${seed} ${place} trial ${trial}`;
            for (const complaint of await contend(origins, name, drawFrom(name))) found.push(`trial ${trial}: ${complaint}`);
          }
        });
        await Promise.all(lanes);
        expect(found.join('\n')).toBe('');
      }),
  );
});
