/** The file system driver on a disk in memory that fails, as the suite is told about it. */
import assert from 'node:assert/strict';
import { fsDriver } from '../../../drivers/fs.ts';
import { instanceKey } from '../../../drivers/tree/layout.ts';
import type { Driver } from '../../../lib/driver.ts';
import type { DriverUnderTest, Faults } from '../../../lib/testing/suite/index.ts';
import { type ModelDisk, modelDisk } from './model-disk.ts';
import type { Flaw } from './sync-flaws.ts';

/** The root of every driver. */
export const root = '/registry';
const far = new Date(Date.now() + 1e9);

/** How the drivers are made. */
export interface Making {
  /** What is wrong with the calls of all drivers on one disk. */
  readonly flawed?: () => Flaw;
}

/** A disk, and how the drivers on it are. */
interface Place {
  readonly disk: ModelDisk;
  readonly flaw: Flaw;
}

/** Opens a driver in a process of its own. Like the process, it cannot do anything once that is dead. */
function openOn({ disk, flaw }: Place): Driver {
  const own = disk.process();
  const alive = ({ id }: { readonly id: string }) => !disk.orphaned(`${root}/${instanceKey(id)}`);
  const driver = fsDriver({ root, fs: flaw.on(own), alive });
  const close = async (): Promise<void> => {
    try {
      await driver.close();
    } catch (error) {
      if (!disk.died(own)) throw error;
    }
  };
  return { ...driver, close };
}

/** What is told to the suite: each driver that it makes is on a disk of its own. */
export function onModelDisk(name: string, making: Making = {}): DriverUnderTest {
  const { flawed = () => ({ on: (fs) => fs }) } = making;
  const places = new WeakMap<Driver, Place>();
  const under = (driver: Driver): Place => {
    const found = places.get(driver);
    assert.ok(found, 'the driver has no disk');
    return found;
  };
  const again = (driver: Driver): Driver => openOn(under(driver));
  return {
    name,
    lacks: ['blob.url'],
    create() {
      const place = { disk: modelDisk(), flaw: flawed() };
      const driver = openOn(place);
      places.set(driver, place);
      return driver;
    },
    reopen: again,
    peer: again,
    faults(driver) {
      const { disk, flaw } = under(driver);
      const fail: Faults['fail'] = (call, how) => {
        flaw.begin?.();
        disk.faults.fail(call, how);
      };
      return { ...disk.faults, fail };
    },
    losePower: (driver, survives) => under(driver).disk.losePower(survives),
    staged: (driver) => leftOn(under(driver).disk),
  };
}

/** What uploads have left on a disk. */
async function leftOn(disk: ModelDisk): Promise<string[]> {
  // What could not be removed when the disk failed is removed by a sweep, which takes all others for dead.
  if (disk.harmed()) await swept(disk);
  assert.equal(disk.open(), 0, 'files were left open');
  const shards = disk.names(`${root}/uploads`).map((shard) => `uploads/${shard}`);
  return ['staging', ...shards].flatMap((directory) => disk.names(`${root}/${directory}`));
}

async function swept(disk: ModelDisk): Promise<void> {
  const driver = fsDriver({ root, fs: disk.process(), alive: () => false });
  await driver.uploads.expire?.(far);
  await driver.close();
}
