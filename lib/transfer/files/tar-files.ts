/** An archive of tar, whose files are read where they lie: nothing of it is unpacked. */
import { type FileHandle, open } from 'node:fs/promises';
import { fileAt, plainPath } from '../../layout/archive-paths.ts';
import { ArchiveRefused } from '../../tar/archive-refused.ts';
import { paddingOf } from '../../tar/entry-blocks.ts';
import { type EntryType, entryTypeOf, headerText } from '../../tar/entry-type.ts';
import { createExtensions } from '../../tar/extensions.ts';
import { blockSize, readHeader } from '../../tar/header.ts';
import { type ImageFiles, readPart } from './image-files.ts';

/** An entry, and where its content lies in the archive. */
interface TarEntry {
  readonly type: EntryType;
  readonly link: string;
  readonly at: number;
  readonly size: number;
}

/** How many entries an archive may have, and how long their names may be: each is kept in memory. */
const most = { entries: 100_000, nameLength: 4_096 };

/**
 * Opens an archive, and reads the headers of its entries. Paths are names in it and nothing else, so that one with `..` leads nowhere.
 * Throws an Error for what is no archive of tar, is compressed, or is cut off.
 */
export async function openTar(file: string): Promise<ImageFiles> {
  const handle = await open(file);
  try {
    const found = await handle.stat();
    if (found.isDirectory()) throw new Error(`${file} is a folder: a layout in one is named as oci:${file}`);
    // A pipe would be waited for, and cannot be read again.
    if (!found.isFile()) throw new Error(`${file} is no file`);
    const entries = await readEntries(handle, found.size, file);
    return {
      name: file,
      async find(path) {
        const entry = fileAt(entries, path, file);
        return entry && { size: entry.size, read: () => readPart(handle, entry.at, entry.size) };
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readEntries(handle: FileHandle, size: number, file: string): Promise<ReadonlyMap<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const extensions = createExtensions();
  let at = 0;
  try {
    for (;;) {
      const block = await readBytes(handle, at, blockSize);
      // Two blocks of zeros end an archive, and some programs write none.
      if (block.length === 0 || block.every((byte) => byte === 0)) break;
      if (block.length < blockSize) throw new ArchiveRefused('is cut off: the archive ends within it');
      const header = readHeader(block);
      const extension = extensions.open(header);
      const entry = extension ? header : extensions.applyTo(header);
      const content = at + blockSize;
      if (content + entry.size > size)
        throw new ArchiveRefused(`is cut off: ${content + entry.size - size} bytes of its content are missing`);
      if (extension) {
        if (entry.size > 0) extension.take(await readBytes(handle, content, entry.size));
        extension.end();
      } else if (entry.type !== 'g') {
        const name = headerText(entry.name);
        if (name.length > most.nameLength)
          throw new ArchiveRefused(`has a name of ${name.length} characters; ${most.nameLength} are the most`);
        if (entries.size >= most.entries) throw new ArchiveRefused(`is one of more than ${most.entries} entries`);
        entries.set(plainPath(name), {
          type: entryTypeOf(entry),
          link: headerText(entry.linkname),
          at: content,
          size: entry.size,
        });
      }
      at = content + entry.size + paddingOf(entry.size);
      if (at > size) throw new ArchiveRefused('is cut off: the archive ends within one');
    }
  } catch (error) {
    if (!(error instanceof ArchiveRefused)) throw error;
    throw new Error(`${file} is no tar archive: the block at byte ${at} ${error.message}`, { cause: error });
  }
  if (extensions.pending) throw new Error(`${file} is no tar archive: it ends with an extended header without its entry`);
  return entries;
}

/** So many bytes, or as many as there are. */
async function readBytes(handle: FileHandle, at: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
