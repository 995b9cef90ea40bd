/** Listings in byte order: names of repositories, tags and digests. */
import { mapAhead } from '../../lib/concurrency.ts';
import type { Digest, RepositoryName, Tag } from '../../lib/driver.ts';
import { blobsPrefix, manifestsPrefix, parseDigestPath, parseRepositoryPath, repositoriesPrefix } from './layout.ts';
import type { Entry, Objects } from './objects.ts';
import { paced, sorted } from './sorting.ts';

/** `after` relative to `prefix`; undefined, which lists from the first name on, if it is not below. */
function relativeTo(prefix: string, after: string): string | undefined {
  return after.startsWith(prefix) ? after.slice(prefix.length) : undefined;
}

/**
 * The digests below `prefix`, whose keys end in `<algorithm>/<hex>`, in byte order after `after`; few more than `wanted` are
 * listed ahead. Skips malformed names.
 */
export async function* listDigests(
  objects: Objects,
  prefix: string,
  after: Digest | undefined,
  wanted: number,
): AsyncGenerator<Digest> {
  const start = after?.replace(':', '/');
  for await (const directory of objects.list(prefix, start)) {
    for await (const hex of objects.list(prefix + directory, start && relativeTo(directory, start), wanted)) {
      const digest = parseDigestPath(directory.slice(0, -1), hex);
      if (digest !== undefined) yield digest;
    }
  }
}

/** The tags that listed names stand for, those after `after`. Other names are skipped. */
export async function* decodeTags(
  listed: AsyncIterable<string>,
  decode: (name: string) => Tag | undefined,
  after: string,
  signal?: AbortSignal,
): AsyncGenerator<Tag> {
  for await (const name of listed) {
    signal?.throwIfAborted();
    const tag = decode(name);
    if (tag !== undefined && tag > after) yield tag;
  }
}

/** The names, each once: a directory may give a name twice that is written while it is read. */
export async function* distinct<T>(names: AsyncIterable<T>): AsyncGenerator<T> {
  const given = new Set<T>();
  for await (const name of names) {
    if (given.has(name)) continue;
    given.add(name);
    yield name;
  }
}

/** Whether the repository exists: it holds a manifest or a blob. */
export async function repositoryExists(objects: Objects, repo: RepositoryName): Promise<boolean> {
  return (await objects.holds(manifestsPrefix(repo))) || (await objects.holds(blobsPrefix(repo)));
}

/**
 * The names of all directories of repositories, in byte order after `after`: also of repositories that no longer exist, and of
 * directories that only have repositories below them. Each directory counts twice in the order, as `x` for itself and as `x/`
 * for those below it, because `a-b` sorts between `a` and `a/b`. At most `width` directories are listed ahead.
 */
export async function* listRepositoryNames(
  objects: Objects,
  after = '',
  signal?: AbortSignal,
  width = 1,
): AsyncGenerator<RepositoryName> {
  /** The directories at `parent`, which is empty or ends in `/`: each as itself and, with a slash, as what is below it. */
  async function itemsAt(parent: string): Promise<readonly string[]> {
    return sorted(itemsOf(objects.scan(repositoriesPrefix + parent, relativeTo(parent, after)), parent));
  }

  async function* itemsOf(children: AsyncIterable<Entry>, parent: string): AsyncGenerator<string> {
    for await (const { name: child } of children) {
      signal?.throwIfAborted();
      const name = child.endsWith('/') ? parseRepositoryPath(parent + child.slice(0, -1)) : undefined;
      if (name === undefined) continue;
      const below = `${name}/`;
      if (name > after) yield name;
      if (below > after || after.startsWith(below)) yield below;
    }
  }

  const open = async (item: string) => (item.endsWith('/') ? itemsAt(item) : parseRepositoryPath(item));

  async function* repositoriesIn(items: readonly string[]): AsyncGenerator<RepositoryName> {
    for await (const opened of mapAhead(paced(items), open, width)) {
      if (typeof opened === 'object') yield* repositoriesIn(opened);
      else if (opened !== undefined) yield opened;
    }
  }

  yield* repositoriesIn(await itemsAt(''));
}
