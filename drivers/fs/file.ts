/** One open file whose reads and writes are complete, and whose errors are storage faults. */
import { constants } from 'node:fs';
import { StorageFault } from '../../lib/driver.ts';
import { type FileSystem, orFault, type SystemFile, type SystemStats } from './system.ts';

/** O_NOFOLLOW where the platform has it: the driver makes no symbolic links, so one in its tree is not its own. */
const flags = {
  read: constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0),
  update: constants.O_RDWR | (constants.O_NOFOLLOW ?? 0),
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0),
  createIfMissing: constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
} as const;

/** `read` and `update` open a file that exists; `create` makes one and fails if it exists, `createIfMissing` makes one or opens it. */
export type OpenMode = keyof typeof flags;

/** An open file. Every method but `close` throws a StorageFault if the system fails. */
export interface OpenFile {
  /** In bytes. */
  size(): Promise<number>;
  stats(): Promise<SystemStats>;
  /** The time of the last modification. */
  modified(): Promise<Date>;
  /** Reads up to `length` bytes at `position` into a new buffer. Throws at the end of the file: callers know its size. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Reads up to `length` bytes at `position` into the buffer, and says how many. Throws at the end of the file. */
  readInto(buffer: Uint8Array, position: number, length: number): Promise<number>;
  /** Writes all the buffers at `position`, and gives the position after them. */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Syncs the file's content (fdatasync), on a disk that is durable. */
  sync(): Promise<void>;
  /** Never throws, and may be called again. */
  close(): Promise<void>;
}

/** Opens the file at `path`, which messages call `key`. Throws what the system throws. */
export async function openFile(fs: FileSystem, path: string, key: string, mode: OpenMode, durable: boolean): Promise<OpenFile> {
  const file = await fs.open(path, flags[mode]);
  let closed: Promise<void> | undefined;
  return {
    size: async () => Number((await orFault(`looking at ${key}`, file.stat())).size),
    stats: () => orFault(`looking at ${key}`, file.stat()),
    modified: async () => new Date(Number((await orFault(`looking at ${key}`, file.stat())).mtimeMs)),
    read: (position, length) => orFault(`reading ${key}`, readSome(file, key, position, length)),
    readInto: (buffer, position, length) => orFault(`reading ${key}`, readInto(file, key, buffer, position, length)),
    write: (buffers, position) => orFault(`writing ${key}`, writeAll(file, key, buffers, position)),
    truncate: (length) => orFault(`truncating ${key}`, file.truncate(length)),
    sync: async () => (durable ? orFault(`syncing ${key}`, file.datasync()) : undefined),
    // Content that has to last was synced before, so a failed close() loses nothing, and frees the descriptor all the same.
    close: () => {
      closed ??= file.close().catch(() => undefined);
      return closed;
    },
  };
}

async function readSome(file: SystemFile, key: string, position: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const buffer = Buffer.allocUnsafeSlow(length);
  return buffer.subarray(0, await readInto(file, key, buffer, position, length));
}

async function readInto(file: SystemFile, key: string, buffer: Uint8Array, position: number, length: number): Promise<number> {
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead === 0) throw new StorageFault('broken', `${key} ends at ${position}, too early`);
  return bytesRead;
}

async function writeAll(file: SystemFile, key: string, buffers: readonly Uint8Array[], start: number): Promise<number> {
  let position = start;
  let remaining = buffers.filter((buffer) => buffer.length > 0);
  while (remaining.length > 0) {
    const { bytesWritten } = await file.writev(remaining, position);
    if (bytesWritten === 0) throw new StorageFault('broken', `${key} takes no more bytes at ${position}`);
    position += bytesWritten;
    remaining = skipBytes(remaining, bytesWritten);
  }
  return position;
}

/** The buffers without their first `count` bytes. */
function skipBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const remaining: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip < buffer.length) remaining.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return remaining;
}

/** Exactly `length` bytes from `position` on. Throws a StorageFault if the file ends before. */
export async function readExactly(file: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const first = await file.read(position, length);
  if (first.length === length) return first;
  const buffers = [first];
  for (let read = first.length; read < length; ) {
    const buffer = await file.read(position + read, length - read);
    buffers.push(buffer);
    read += buffer.length;
  }
  return Buffer.concat(buffers);
}
