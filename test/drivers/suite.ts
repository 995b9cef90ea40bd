/** The driver suite: what `lib/driver.ts` promises, as cases that are data, and their registration with vitest. */
import { describe, it } from 'vitest';
import type { Driver } from '../../lib/driver.ts';
import { blobCases } from './cases/blobs.ts';
import { listCases } from './cases/lists.ts';
import { manifestCases } from './cases/manifests.ts';
import { reopenCases } from './cases/reopen.ts';
import { uploadCases } from './cases/uploads.ts';

/** One promise of the contract. */
export interface DriverCase {
  /** A sentence. */
  readonly name: string;
  /** Whether the driver makes the promise at all; without it, every driver does. */
  when?(driver: Driver): boolean;
  /** Fails if the promise is broken. The driver holds nothing yet. */
  run(driver: Driver): Promise<void>;
}

/** One promise of what outlives a driver. */
export interface ReopenCase {
  readonly name: string;
  /** `reopen` lets go of the driver and gives another one over the same storage. */
  run(driver: Driver, reopen: () => Promise<Driver>): Promise<void>;
}

/** How the suite gets at a driver. */
export interface DriverUnderTest {
  readonly name: string;
  /** A driver that holds nothing. */
  create(): Driver | Promise<Driver>;
  /** Another driver over the storage of this one. Left out where a driver keeps nothing. */
  reopen?(driver: Driver): Driver | Promise<Driver>;
  /** Removes what the driver kept. */
  dispose?(driver: Driver): void | Promise<void>;
}

/** Every promise of the contract. */
export const driverCases: readonly DriverCase[] = [...blobCases, ...uploadCases, ...manifestCases, ...listCases];

/** Registers the suite for a driver. */
export function testDriver({ name, create, reopen, dispose }: DriverUnderTest): void {
  describe(name, () => {
    for (const each of driverCases) {
      it(each.name, async (context) => {
        const driver = await create();
        try {
          if (each.when && !each.when(driver)) context.skip();
          await each.run(driver);
        } finally {
          await close(driver);
        }
      });
    }
    for (const each of reopen ? reopenCases : []) {
      it(each.name, async () => {
        let driver = await create();
        const again = async () => {
          await driver.close?.();
          driver = (await reopen?.(driver)) ?? driver;
          return driver;
        };
        try {
          await each.run(driver, again);
        } finally {
          await close(driver);
        }
      });
    }
  });

  async function close(driver: Driver): Promise<void> {
    await driver.close?.();
    await dispose?.(driver);
  }
}
