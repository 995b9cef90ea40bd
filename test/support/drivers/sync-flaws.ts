/** What can be wrong with how a driver syncs, arranged between the driver and its file system. */
import type { FileSystem, SystemFile } from '../../../drivers/fs.ts';

/** What is wrong with the calls of all drivers on one disk. */
export interface Flaw {
  /** The calls of a process as its driver makes them. */
  on(fs: FileSystem): FileSystem;
  /** Told when the work begins at one of whose calls the disk will fail. */
  begin?(): void;
}

const nothing = async (): Promise<void> => undefined;

/** A file system whose open files have other methods. */
function withFiles(fs: FileSystem, change: (file: SystemFile, path: string) => Partial<SystemFile>): FileSystem {
  const open: FileSystem['open'] = async (path, flags) => {
    const file = await fs.open(path, flags);
    return { ...file, ...change(file, path) };
  };
  return { ...fs, open };
}

/** No file is ever synced. */
export const unsyncedFiles = (): Flaw => ({ on: (fs) => withFiles(fs, () => ({ datasync: nothing })) });

/** No directory is ever synced. */
export const unsyncedDirectories = (): Flaw => ({ on: (fs) => withFiles(fs, () => ({ sync: nothing })) });

/** Some syncs of the work are left out, counted from 1. What a process does that comes later is in order. */
export function without(...left: readonly number[]): () => Flaw {
  return () => {
    let count = Number.NEGATIVE_INFINITY;
    const unless = (sync: () => Promise<void>) => async () => (left.includes(++count) ? undefined : sync());
    return {
      begin() {
        count = 0;
      },
      on(fs) {
        count = Number.NEGATIVE_INFINITY;
        return withFiles(fs, (file) => ({ datasync: unless(file.datasync), sync: unless(file.sync ?? file.datasync) }));
      },
    };
  };
}

/** Only the process that begins the work syncs. */
export function negligentSuccessor(): Flaw {
  let successors = 0;
  return {
    on: (fs) => (successors++ === 0 ? fs : withFiles(fs, () => ({ datasync: nothing, sync: nothing }))),
  };
}

/** Small files are given their names, and only then, or once a directory was synced as well, are synced themselves. */
export const lateSyncs = (after: 'rename' | 'sync') => (): Flaw => {
  const staged = new Map<string, SystemFile>();
  const due: SystemFile[] = [];
  const settle = async (): Promise<void> => {
    for (const file of due.splice(0)) {
      await file.datasync();
      await file.close();
    }
  };
  const late = (file: SystemFile, path: string): Partial<SystemFile> => ({
    datasync: async () => void staged.set(path, file),
    close: async () => (staged.has(path) ? undefined : file.close()),
  });
  const last = (file: SystemFile): Partial<SystemFile> => ({
    async sync() {
      await file.sync?.();
      await settle();
    },
  });
  return {
    on(fs) {
      // What another process has left to be synced is not synced any more.
      staged.clear();
      due.length = 0;
      const rename: FileSystem['rename'] = async (from, to) => {
        await fs.rename(from, to);
        const file = staged.get(from);
        if (file) due.push(file);
        staged.delete(from);
        if (after === 'rename') await settle();
      };
      return { ...withFiles(fs, (file, path) => (path.includes('/staging/') ? late(file, path) : last(file))), rename };
    },
  };
};
