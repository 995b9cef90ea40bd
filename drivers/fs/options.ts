/** What the driver for directories can be told: the type, and a row for each option. */
import { type Check, callable, isObject, isWhole, must, oneOf } from '../../lib/checks/check.ts';
import type { OptionTable } from '../../lib/checks/options.ts';
import { isAlive, type Liveness } from './liveness.ts';
import { nodeCalls } from './node-calls.ts';
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
  readonly durability?: 'full' | 'none' | undefined;
  /**
   * The mode of new files, whatever the umask is; what exists keeps its own. Give more where another user reads the
   * directory, such as a web server in front or a backup: `0o640`. Default: 0o600.
   */
  readonly fileMode?: number | undefined;
  /**
   * The mode of new directories, whatever the umask is; `0o750` goes with the files' `0o640`, and `0o2750` hands the group of a
   * directory on to what is made in it. Default: 0o700.
   */
  readonly directoryMode?: number | undefined;
  /**
   * How many bytes of tags, manifests and small blobs are kept in memory, so that they are read once; before each use a look at the disk
   * tells whether they are still the same. 0 keeps nothing: where other machines write to a network file system that lets this one see
   * old times of files. Default: 16 MiB.
   */
  readonly cacheBytes?: number | undefined;
  /** The file system, such as one in memory; `node:fs/promises` fits. Default: Node's, by calls with callbacks. */
  readonly fs?: FileSystem | undefined;
  /**
   * Whether another driver that uses the directory is alive, and so may still write to it. Default: while its process runs; on another machine,
   * until it was silent for a minute.
   */
  readonly alive?: Liveness | undefined;
}

/** A mode that has these bits and no others than `most`; `that` says what they let. */
function modeWith(bits: number, most: number, that: string): Check {
  const accepts = (value: unknown) => isWhole(value) && value >= 0 && value <= most && (value & bits) === bits;
  return must(`be a mode that lets the owner ${that}, from 0o${bits.toString(8)} to 0o${most.toString(8)}`, accepts);
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
  fileMode: {
    check: modeWith(0o600, 0o777, 'read and write'),
    default: 0o600,
    defaultWords: '`0o600`',
    sentence: 'the mode of new files',
  },
  directoryMode: {
    check: modeWith(0o700, 0o7777, 'read, write and enter'),
    default: 0o700,
    defaultWords: '`0o700`',
    sentence: 'the mode of new directories',
  },
  cacheBytes: {
    check: must('be a number of bytes, or 0', (value) => isWhole(value) && value >= 0),
    default: 16 * 1024 * 1024,
    defaultWords: '16 MiB',
    sentence: 'how many bytes of tags, manifests and small blobs are kept in memory, and looked at before each use; 0 keeps none',
  },
  fs: {
    check: (value) => {
      const missing = systemCalls.filter((call) => !isObject(value) || typeof value[call] !== 'function');
      return missing.length > 0 ? `must be like node:fs/promises; it has no ${missing.join(', ')}` : undefined;
    },
    default: nodeCalls,
    defaultWords: "Node's",
    sentence: 'another file system of the shape of `node:fs/promises`, such as one in memory',
  },
  alive: {
    check: callable,
    default: isAlive,
    defaultWords: 'while its process runs; on another machine, until it was silent for a minute',
    sentence: '`(instance) => boolean`: whether a driver that used the directory may still write to it',
  },
} as const satisfies OptionTable<FsDriverOptions>;
