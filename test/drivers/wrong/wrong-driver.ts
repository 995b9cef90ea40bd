/** What a wrong driver is, and how to make one of a right one. */
import assert from 'node:assert/strict';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { BlobStore, Driver, Inventory, ManifestStore, OutboxStore, UploadStore } from '../../../lib/driver.ts';
import { type DriverOverrides, overrideDriver } from '../../../lib/testing/override-driver.ts';
import type { DriverUnderTest } from '../../../lib/testing/suite/index.ts';
import { createRandom } from '../../../lib/testing/suite/model/random.ts';
import { nextTurn } from '../../../lib/timers.ts';

/** A driver that does one thing wrong. */
export interface WrongDriver {
  /** What it does wrong: `a commit keeps the upload`. */
  readonly fault: string;
  /** The name of the case that has to fail on it. */
  readonly caughtBy: string;
  make(): DriverUnderTest;
  /** How often the case is run, each time with another seed, where chance decides whether it fails; once if left out. */
  readonly runs?: number;
  /** Lets go of what its drivers left behind so far. */
  readonly clearUp?: () => void;
}

/** A store that has all its optional methods. */
type Complete<Store> = { readonly [Name in keyof Store]-?: NonNullable<Store[Name]> };

/** The right driver that the others are made of: no optional method that it has is missing from its type. */
export interface RightDriver {
  readonly blobs: Complete<BlobStore>;
  readonly uploads: Complete<UploadStore>;
  readonly manifests: Complete<ManifestStore>;
  readonly outbox: OutboxStore;
  readonly inventory: Complete<Inventory>;
}

/** What a driver does instead of the right thing, and what it then has left behind. */
export interface WrongMethods extends DriverOverrides {
  readonly staged?: () => readonly string[];
}

/** It is asked for anew by each driver that opens the storage. */
export type Instance = () => WrongMethods;

/** A step of the storage, which lasts for some turns of the event loop: how many is a matter of chance. */
export type Lag = () => Promise<void>;

/** A wrong driver over memory. What it keeps in `change`, all drivers on that storage share. */
export function wrong(fault: string, caughtBy: string, change: (right: RightDriver) => DriverOverrides): WrongDriver {
  return wrongInstance(fault, caughtBy, (right) => {
    const changes = change(right);
    return () => changes;
  });
}

/** A wrong driver over memory, where it matters which of several drivers on that storage knows what. */
export function wrongInstance(fault: string, caughtBy: string, change: (right: RightDriver) => Instance): WrongDriver {
  return { fault, caughtBy, make: () => onMemory(fault, change) };
}

/** A wrong driver over memory whose mistake shows by chance only: when calls meet between two steps of its storage. */
export function wrongByChance(
  fault: string,
  caughtBy: string,
  change: (right: RightDriver, lag: Lag) => WrongMethods,
): WrongDriver {
  return wrongInstanceByChance(fault, caughtBy, (right, lag) => {
    const changes = change(right, lag);
    return () => changes;
  });
}

/** The same, where it matters which of several drivers on that storage knows what. */
export function wrongInstanceByChance(
  fault: string,
  caughtBy: string,
  change: (right: RightDriver, lag: Lag) => Instance,
): WrongDriver {
  let drivers = 0;
  return { ...wrongInstance(fault, caughtBy, (right) => change(right, createLag(fault, drivers++))), runs: 10 };
}

function createLag(seed: string, number: number): Lag {
  const random = createRandom(seed, number);
  return async () => {
    for (let left = random.between(0, 3); left > 0; left--) await nextTurn();
  };
}

/** A driver over memory that can be opened again, and by several at once. */
export function onMemory(name: string, change: (right: RightDriver) => Instance): DriverUnderTest {
  const openers = new WeakMap<Driver, () => Driver>();
  const stagedOf = new WeakMap<Driver, () => readonly string[]>();
  const again = (driver: Driver): Driver => {
    const open = openers.get(driver);
    assert.ok(open);
    return open();
  };
  return {
    name,
    lacks: ['blob.url'],
    create() {
      const right = memoryDriver();
      const instance = change(complete(right));
      const open = (): Driver => overrideDriver(right, instance());
      const methods = instance();
      const driver = overrideDriver(right, methods);
      openers.set(driver, open);
      if (methods.staged) stagedOf.set(driver, methods.staged);
      return driver;
    },
    reopen: again,
    peer: again,
    staged: (driver) => stagedOf.get(driver)?.() ?? [],
  };
}

function complete({ blobs, uploads, manifests, outbox, inventory }: Driver): RightDriver {
  const { mount, put } = blobs;
  const { complete, expire } = uploads;
  const { describe, putTagged } = manifests;
  assert.ok(mount && put && complete && expire && describe && putTagged && outbox && inventory?.withdraw);
  return {
    blobs: { ...blobs, mount, put },
    uploads: { ...uploads, complete, expire },
    manifests: { ...manifests, describe, putTagged },
    outbox,
    inventory: { ...inventory, withdraw: inventory.withdraw },
  };
}
