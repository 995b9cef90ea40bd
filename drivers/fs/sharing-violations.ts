/**
 * Sharing violations. Windows refuses to rename or remove a file, or a directory with a file in it, that is open anywhere: in a
 * reader of this registry, a backup, a virus scanner. It is mostly closed soon, so the call is repeated for a while.
 */
import { sleep } from '../../lib/timers.ts';
import { callsOf, codeOf, type FileSystem } from './system.ts';

/** How long to wait before each repetition, in milliseconds: 1.3 seconds in all. */
const pausesMs = [10, 20, 40, 80, 160, 320, 640] as const;
/** What the refusal is called; on other systems these have lasting causes. */
const violations: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/**
 * The file system, whose `rename` and `unlink` are repeated after a sharing violation. An empty directory that cannot be removed is
 * left to a sweep, and `rm` repeats by itself.
 */
export function withRepeats(fs: FileSystem): FileSystem {
  return {
    ...callsOf(fs),
    rename: (from, to) => repeated(() => fs.rename(from, to)),
    unlink: (path) => repeated(() => fs.unlink(path)),
  };
}

/** Does the work, and again as long as it meets sharing violations and there are pauses left. */
async function repeated(work: () => Promise<void>): Promise<void> {
  for (const pause of pausesMs) {
    try {
      return await work();
    } catch (error) {
      if (!violations.has(codeOf(error))) throw error;
    }
    await sleep(pause);
  }
  return work();
}
