/** What the driver for directories can be told: the type, and a row for each option. */
import * as nodeFileSystem from 'node:fs/promises';
import { callable, isObject, must, oneOf } from '../../lib/checks/check.ts';
import type { OptionTable } from '../../lib/checks/options.ts';
import { isAlive, type Liveness } from './liveness.ts';
import { type FileSystem, systemCalls } from './system.ts';

/** Where and how `fsDriver` keeps a registry. */
export interface FsDriverOptions {
  /** The directory; made by the first write. A relative path is resolved against the current directory. */
  readonly root: string;
  /**
   * `full`: changes are synced, and survive a loss of power. `none`: no fsync; changes survive only the death of the
   * process. Faster, for tests.
   * Default: 'full'.
   */
  readonly durability?: 'full' | 'none';
  /** The file system, such as one in memory. Default: `node:fs/promises`. */
  readonly fs?: FileSystem;
  /**
   * Whether another driver that uses the directory is alive, and so may still write to it. Default: while its process runs; on another machine,
   * until it was silent for a minute.
   */
  readonly alive?: Liveness;
}

/** The options of `fsDriver`. */
export const fsOptions = {
  root: {
    required: true,
    check: must('be the path of a directory', (value) => typeof value === 'string' && value !== '' && !value.includes('\0')),
    sentence: 'the directory, made when it is needed',
  },
  durability: {
    check: oneOf('full', 'none'),
    default: 'full',
    sentence:
      "`'full'`: content is synced to the disk before its push is acknowledged; `'none'` leaves that to the operating system: faster, and good enough for tests",
  },
  fs: {
    check: (value) => {
      const missing = systemCalls.filter((call) => !isObject(value) || typeof value[call] !== 'function');
      return missing.length > 0 ? `must be like node:fs/promises; it has no ${missing.join(', ')}` : undefined;
    },
    default: nodeFileSystem,
    defaultWords: '`node:fs/promises`',
    sentence: 'another file system, such as one in memory',
  },
  alive: {
    check: callable,
    default: isAlive,
    defaultWords: 'while its process runs; on another machine, until it was silent for a minute',
    sentence: '`(instance) => boolean`: whether a driver that used the directory may still write to it',
  },
} as const satisfies OptionTable<FsDriverOptions>;
