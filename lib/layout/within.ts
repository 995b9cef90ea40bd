/** Files of a folder, and of nothing else. */
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * Where a file of a folder is, without symbolic links; undefined if nothing is there. Throws an Error for what is no regular file, as a
 * pipe would be waited for, and for a link that leads out, as that may lead anywhere.
 */
export async function placeWithin(folder: string, path: string): Promise<string | undefined> {
  const place = await realPath(join(folder, path));
  if (place === undefined) return undefined;
  if (!place.startsWith(join(await realpath(folder), sep)))
    throw new Error(`${folder} has ${path} only by a symbolic link that leads out of it`);
  if (!(await stat(place)).isFile()) throw new Error(`${folder} has ${path}, which is no regular file`);
  return place;
}

/** The path without symbolic links; undefined where nothing is. */
export async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
