/** The files of an archive by their paths, links and all. */
import { posix } from 'node:path';
import type { EntryType } from '../tar/entry-type.ts';

/** As much of an entry as says where it leads. */
interface Leading {
  readonly type: EntryType;
  /** Where a link points, or the name of the entry that a hard link is. */
  readonly link: string;
}

/** A path from the root of the archive, as two names of one file are the same: `./a//b` is `a/b`. */
export const plainPath = (path: string): string => posix.join('/', path).slice(1);

/**
 * The file at a path. `docker save` writes a layer that occurs twice as a link; links lead nowhere but into the archive, whose name is
 * `name`. Undefined if there is none; throws an Error for links that go on and on.
 */
export function fileAt<E extends Leading>(byPath: ReadonlyMap<string, E>, path: string, name: string, hops = 0): E | undefined {
  const at = plainPath(path);
  const entry = byPath.get(at);
  if (hops > 8) throw new Error(`${name} has links at ${at} that lead nowhere`);
  if (entry?.type === 'link') return fileAt(byPath, posix.join('/', posix.dirname(at), entry.link), name, hops + 1);
  if (entry?.type === 'hardLink') return fileAt(byPath, entry.link, name, hops + 1);
  return entry?.type === 'file' ? entry : undefined;
}
