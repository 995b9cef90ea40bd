/**
 * The drivers that use a directory. Each leaves a record of its process before it writes anything else, and says again
 * and again that it lives, so that another one can tell what it left from what it is at.
 */
import { randomUUID } from 'node:crypto';
import { instanceKey, instancesDirectory } from '../tree/layout.ts';
import { decodeInstance, encodeInstance } from '../tree/records.ts';
import type { Directories } from './directories.ts';
import { openFile, readWhole } from './file.ts';
import { type Liveness, thisProcess } from './liveness.ts';
import { codeOf, type FileSystem, ifThere, isMissing, orFault } from './system.ts';

/** How often an instance says that it lives, in milliseconds. */
const beat = 10_000;

/** This driver among those that use the directory. */
export interface Instances {
  /** What failed and is tried again at every beat until it succeeds, by what it is about. Whoever needs it no more takes it out. */
  readonly owed: Map<string, () => Promise<unknown>>;
  /** The name of this one. From then on there is a record of it. */
  own(): Promise<string>;
  /** Whether that one may still write; undefined if there is no record of it. */
  alive(id: string): Promise<boolean | undefined>;
  /** Removes the record of one that is dead. */
  forget(id: string): Promise<void>;
  /** Says no longer that this one lives. */
  close(): Promise<void>;
}

/** The instances that use the directory, this one among them. `alive` decides about the others. */
export function instancesIn(
  fs: FileSystem,
  directories: Directories,
  pathOf: (key: string) => string,
  alive: Liveness,
): Instances {
  const id = randomUUID();
  const path = pathOf(instanceKey(id));
  const owed: Instances['owed'] = new Map();
  let entered: Promise<void> | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  /** Writes the record, of which only the time ever changes. It need not survive this process. */
  async function record(mode: 'create' | 'update'): Promise<void> {
    const file = await openFile(fs, path, instanceKey(id), mode, false);
    try {
      await file.write([encodeInstance(thisProcess())], 0);
    } finally {
      await file.close();
    }
  }

  async function enter(): Promise<void> {
    const write = () =>
      record('create').catch((error) => {
        if (codeOf(error) !== 'EEXIST') throw error;
        // An attempt before this one has left it half done.
        return record('update');
      });
    await orFault(`writing ${path}`, directories.within(instancesDirectory, write));
    timer = setInterval(() => void touch().then(settleDebts), beat).unref();
  }

  async function touch(): Promise<void> {
    try {
      await record('update').catch(async (error) => {
        if (!isMissing(error)) throw error;
        // Somebody removed it. Where the directory was removed as well, the next thing that is stored makes it anew.
        await record('create');
      });
    } catch (error) {
      // The next beat tries again; meanwhile others still see that the process runs, or wait for longer silence.
      if (isMissing(error)) entered = leave();
    }
  }

  async function settleDebts(): Promise<void> {
    for (const [about, work] of [...owed]) {
      owed.delete(about);
      await work().catch(() => owed.set(about, work));
    }
  }

  /** Forgets that there is a record. */
  function leave(): undefined {
    clearInterval(timer);
    return undefined;
  }

  return {
    owed,

    async own() {
      entered ??= enter();
      try {
        await entered;
      } catch (error) {
        entered = undefined;
        throw error;
      }
      return id;
    },

    async alive(other) {
      if (other === id) return true;
      const key = instanceKey(other);
      const file = await ifThere(`opening ${key}`, openFile(fs, pathOf(key), key, 'read', false));
      try {
        const seen = file && (await file.changed());
        const found = file && decodeInstance(await readWhole(file, 0, await file.size()));
        return seen && alive({ id: other, seen, ...(found && { process: found }) });
      } finally {
        await file?.close();
      }
    },

    async forget(other) {
      await ifThere(`removing ${instanceKey(other)}`, fs.unlink(pathOf(instanceKey(other))));
    },

    async close() {
      leave();
      if (entered === undefined) return;
      entered = undefined;
      await ifThere(`removing ${instanceKey(id)}`, fs.unlink(path));
    },
  };
}
