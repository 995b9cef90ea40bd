/** An archive of tar that is written: under a name of its own until it is whole. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { blocksBefore, paddingOf } from '../../tar/entry-blocks.ts';
import { blockSize } from '../../tar/header.ts';
import type { LayoutSink } from './layout-sink.ts';

const plainFile = {
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  link: '',
  device: { major: 0, minor: 0 },
} as const;

/**
 * Begins an archive. Each file has its place as soon as it begins, as its size is known, so that several are written at a time. Throws an
 * Error for a path where something other than a file is.
 */
export async function tarSink(file: string): Promise<LayoutSink> {
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) throw new Error(`${file} is there, and is no file that an archive could take the place of`);
  const unfinished = `${file}.${randomUUID()}.part`;
  const handle = await open(unfinished, 'wx');
  const written = new Set<string>();
  let end = 0;
  return {
    name: file,
    files: undefined,
    has: async (path) => written.has(path),
    async write(path, size, content) {
      const header = Buffer.concat(blocksBefore({ ...plainFile, name: path }, size));
      let at = end;
      // What fills the last block is left out: a gap in a file is of zeros.
      end += header.length + size + paddingOf(size);
      at = await put(handle, header, at);
      for await (const piece of content) at = await put(handle, piece, at);
      written.add(path);
    },
    async seal() {
      await handle.truncate(end + 2 * blockSize);
      await handle.sync();
      await handle.close();
      await rename(unfinished, file);
    },
    async discard() {
      await handle.close();
      await rm(unfinished, { force: true });
    },
  };
}

/** Writes all of some bytes; gives where they end. */
async function put(handle: FileHandle, bytes: Uint8Array, at: number): Promise<number> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, from, bytes.length - from, at + from);
    from += bytesWritten;
  }
  return at + bytes.length;
}
