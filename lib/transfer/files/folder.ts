/** A folder that is read, and one that is written: each file gets its name once it is whole. */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { placeWithin } from '../../layout/within.ts';
import { type ImageFiles, readPart } from './image-files.ts';
import type { LayoutSink } from './layout-sink.ts';

/** The files of a folder. Links are followed within it alone. */
export function folderFiles(folder: string): ImageFiles {
  return {
    name: folder,
    async find(path) {
      const place = await placeWithin(folder, path);
      if (place === undefined) return undefined;
      const { size } = await stat(place);
      return {
        size,
        async *read() {
          const handle = await open(place);
          try {
            yield* readPart(handle, 0, size);
          } finally {
            await handle.close();
          }
        },
      };
    },
    close: async () => {},
  };
}

/** A folder that a layout is written to, and that may have one already. */
export function folderSink(folder: string): LayoutSink {
  /** The folder of a file, made if it is not there. A link in its place would lead what is written elsewhere. */
  async function prepared(path: string): Promise<string> {
    await mkdir(folder, { recursive: true });
    let place = await realpath(folder);
    for (const part of dirname(path).split('/')) {
      place = join(place, part);
      await mkdir(place).catch(unless('EEXIST'));
      if (!(await lstat(place)).isDirectory())
        throw new Error(
          `${folder} has something else in place of the folder ${dirname(path)}, and nothing is written through a link`,
        );
    }
    return place;
  }

  return {
    name: folder,
    files: folderFiles(folder),
    async has(path, size) {
      const found = await lstat(join(await prepared(path), basename(path))).catch(unless('ENOENT'));
      return found?.isFile() === true && found.size === size;
    },
    async write(path, _size, content) {
      const place = await prepared(path);
      const unfinished = join(place, `.${randomUUID()}.part`);
      const handle = await open(unfinished, 'wx');
      try {
        for await (const piece of content) await handle.appendFile(piece);
        await handle.close();
        await rename(unfinished, join(place, basename(path)));
      } catch (error) {
        await handle.close();
        await rm(unfinished, { force: true });
        throw error;
      }
    },
    seal: async () => {},
    // What is whole stays: a copy that is made again goes on from there.
    discard: async () => {},
  };
}

/** Takes an error with this code for nothing. */
const unless =
  (code: string) =>
  (error: unknown): undefined => {
    if (error instanceof Error && 'code' in error && error.code === code) return undefined;
    throw error;
  };
