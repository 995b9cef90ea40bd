/** One open file, whose reads and writes are whole and whose errors are storage faults. */
import { constants } from 'node:fs';
import { StorageFault } from '../../lib/driver.ts';
import { type FileSystem, orFault, type SystemFile } from './system.ts';

/** Links are not followed, where the platform can tell: we make none. */
const flags = {
  read: constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0),
  update: constants.O_RDWR | (constants.O_NOFOLLOW ?? 0),
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0),
} as const;

/** To read what is there, to change what is there, or to write what must not be there yet. */
export type OpenMode = keyof typeof flags;

/** An open file. Every method but `close` throws a StorageFault if the system fails. */
export interface OpenFile {
  /** In bytes. */
  size(): Promise<number>;
  /** When it was last changed. */
  changed(): Promise<Date>;
  /** Up to `length` bytes from `position` on, in a buffer of their own. At the end of the file it throws: who reads knows the size. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all the buffers at `position`; says where they end. */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Makes the content durable. */
  sync(): Promise<void>;
  /** Never throws; a second time does nothing. */
  close(): Promise<void>;
}

/** Opens the file at `path`, which messages call `key`. Throws what the system throws. */
export async function openFile(fs: FileSystem, path: string, key: string, mode: OpenMode, durable: boolean): Promise<OpenFile> {
  const file = await fs.open(path, flags[mode]);
  let closed: Promise<void> | undefined;
  return {
    size: async () => Number((await orFault(`looking at ${key}`, file.stat())).size),
    changed: async () => new Date(Number((await orFault(`looking at ${key}`, file.stat())).mtimeMs)),
    read: (position, length) => orFault(`reading ${key}`, readSome(file, key, position, length)),
    write: (buffers, position) => orFault(`writing ${key}`, writeAll(file, key, buffers, position)),
    truncate: (length) => orFault(`truncating ${key}`, file.truncate(length)),
    sync: async () => (durable ? orFault(`syncing ${key}`, file.datasync()) : undefined),
    // What matters was synced before; the descriptor is given back whatever close reports.
    close: () => {
      closed ??= file.close().catch(() => undefined);
      return closed;
    },
  };
}

async function readSome(file: SystemFile, key: string, position: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const buffer = Buffer.allocUnsafeSlow(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead === 0) throw new StorageFault('broken', `${key} ends at ${position}, too early`);
  return buffer.subarray(0, bytesRead);
}

async function writeAll(file: SystemFile, key: string, buffers: readonly Uint8Array[], start: number): Promise<number> {
  let position = start;
  let rest = buffers.filter((buffer) => buffer.length > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, position);
    if (bytesWritten === 0) throw new StorageFault('broken', `${key} takes no more bytes at ${position}`);
    position += bytesWritten;
    rest = without(rest, bytesWritten);
  }
  return position;
}

/** The buffers without their first `count` bytes. */
function without(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}

/** Exactly `length` bytes from `position` on. */
export async function readWhole(file: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const first = await file.read(position, length);
  if (first.length === length) return first;
  const parts = [first];
  for (let read = first.length; read < length; ) {
    const part = await file.read(position + read, length - read);
    parts.push(part);
    read += part.length;
  }
  return Buffer.concat(parts);
}
