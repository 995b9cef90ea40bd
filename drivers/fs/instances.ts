/**
 * The instances: the drivers that use a directory. Each writes a record of its process before it writes anything else, and
 * rewrites it as a heartbeat, so that others can tell what a dead instance left from what a living one is using.
 */
import { randomUUID } from 'node:crypto';
import { isStorageFault } from '../../lib/driver.ts';
import { clearInterval, setInterval } from '../../lib/timers.ts';
import { instanceKey, instancesDirectory } from '../tree/layout.ts';
import { decodeInstance, encodeInstance } from '../tree/records.ts';
import type { DirectoryCache } from './directories.ts';
import { openFile, readExactly } from './file.ts';
import { type Liveness, thisProcess } from './liveness.ts';
import { codeOf, type FileSystem, isMissing, orFault, undefinedIfMissing } from './system.ts';

const heartbeatMs = 10_000;

/** This driver among those that use the directory. */
export interface Instances {
  /** The id of this instance. */
  readonly id: string;
  /**
   * Work that failed, by what it is about: each heartbeat runs it again until it succeeds. Delete the entry to cancel the
   * retry.
   */
  readonly retries: Map<string, () => Promise<unknown>>;
  /** The id of this instance. Writes its record and starts the heartbeat, unless that was done before. */
  register(): Promise<string>;
  /** Whether that instance may still write; undefined if there is no record of it. */
  isAlive(id: string): Promise<boolean | undefined>;
  /** Removes the record of a dead instance. */
  removeRecord(id: string): Promise<void>;
  /** Stops the heartbeat and removes the record of this instance. */
  close(): Promise<void>;
}

/** The instances that use the directory, this one among them. `alive` decides whether another one is alive. */
export function createInstances(
  fs: FileSystem,
  directories: DirectoryCache,
  pathOf: (key: string) => string,
  alive: Liveness,
): Instances {
  const id = randomUUID();
  const path = pathOf(instanceKey(id));
  const retries: Instances['retries'] = new Map();
  let registered: Promise<void> | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  /** Writes the record; a rewrite changes nothing but its time. Unsynced: it is of no use after this process. */
  async function writeRecord(mode: 'create' | 'update'): Promise<void> {
    const file = await openFile(fs, path, instanceKey(id), mode, false);
    try {
      await file.write([encodeInstance(thisProcess())], 0).catch(async (error) => {
        // A full disk takes the file and not its bytes. Deletions need no more than the file: without a process in it, an instance
        // is judged by its heartbeat alone. Truncation to the same size takes no room, and is a heartbeat all the same.
        if (!isStorageFault(error) || error.kind !== 'full') throw error;
        await file.truncate(await file.size());
      });
    } finally {
      await file.close();
    }
  }

  async function start(): Promise<void> {
    const write = () =>
      writeRecord('create').catch((error) => {
        if (codeOf(error) !== 'EEXIST') throw error;
        // An earlier attempt failed after it had created the file.
        return writeRecord('update');
      });
    await orFault(`writing ${path}`, directories.within(instancesDirectory, write));
    timer = setInterval(() => void heartbeat().then(runRetries), heartbeatMs).unref();
  }

  async function heartbeat(): Promise<void> {
    try {
      await writeRecord('update').catch(async (error) => {
        if (!isMissing(error)) throw error;
        await writeRecord('create');
      });
    } catch (error) {
      // If the directory of the records is missing too, the next change registers again. Any other failure waits for the next
      // heartbeat: on this host the process counts as alive while it runs, elsewhere until the heartbeat timeout.
      if (!isMissing(error)) return;
      clearInterval(timer);
      registered = undefined;
    }
  }

  async function runRetries(): Promise<void> {
    for (const [about, work] of [...retries]) {
      retries.delete(about);
      await work().catch(() => retries.set(about, work));
    }
  }

  return {
    id,
    retries,

    async register() {
      registered ??= start();
      try {
        await registered;
      } catch (error) {
        registered = undefined;
        throw error;
      }
      return id;
    },

    async isAlive(other) {
      if (other === id) return true;
      const key = instanceKey(other);
      const file = await undefinedIfMissing(`opening ${key}`, openFile(fs, pathOf(key), key, 'read', false));
      try {
        const seen = file && (await file.modified());
        const found = file && decodeInstance(await readExactly(file, 0, await file.size()));
        return seen && alive({ id: other, seen, ...(found && { process: found }) });
      } finally {
        await file?.close();
      }
    },

    async removeRecord(other) {
      await undefinedIfMissing(`removing ${instanceKey(other)}`, fs.unlink(pathOf(instanceKey(other))));
    },

    async close() {
      clearInterval(timer);
      if (registered === undefined) return;
      registered = undefined;
      await undefinedIfMissing(`removing ${instanceKey(id)}`, fs.unlink(path));
    },
  };
}
