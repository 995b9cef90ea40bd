/** Listings in byte order: names of repositories, tags and digests. */
import { mapAhead, stepsAtOnce } from '../../lib/concurrency.ts';
import type { Digest, RepositoryName, Tag } from '../../lib/driver.ts';
import { nextTurn } from '../../lib/timers.ts';
import { blobsPrefix, manifestsPrefix, parseDigestPath, parseRepositoryPath, repositoriesPrefix } from './layout.ts';
import type { Objects } from './objects.ts';
import type { SortedNames } from './sorted-names.ts';
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
    if (!directory.endsWith('/')) continue;
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

/** The first `limit` that are found of some things, which are looked for several at a time. */
export async function firstFound<T, R>(
  things: (width: number) => AsyncIterable<T>,
  limit: number,
  find: (thing: T) => Promise<R | undefined>,
  signal?: AbortSignal,
): Promise<R[]> {
  const found: R[] = [];
  if (limit === 0) return found;
  const width = Math.min(limit, stepsAtOnce);
  for await (const each of mapAhead(things(width), find, width)) {
    signal?.throwIfAborted();
    if (each !== undefined && found.push(each) === limit) break;
  }
  return found;
}

/** Whether the repository exists: it holds a manifest or a blob. */
export async function repositoryExists(objects: Objects, repo: RepositoryName): Promise<boolean> {
  return (await objects.holds(manifestsPrefix(repo))) || (await objects.holds(blobsPrefix(repo)));
}

/**
 * The items that a name in a directory of repositories stands for: `x`, the repository itself, and `x/`, those below it. They sort apart,
 * because `a-b` comes between `a` and `a/b`. None if it is no part of a repository's name. `prefix` is the key of the directory.
 */
export function repositoryItems(prefix: string, name: string): readonly string[] {
  const path = prefix.slice(repositoriesPrefix.length) + name.slice(0, -1);
  return name.endsWith('/') && parseRepositoryPath(path) !== undefined ? [name.slice(0, -1), name] : [];
}

/** How many names are taken of a kept list at a time. */
const namesAtOnce = 100;

/** The names of a kept list that {@link Objects.list} gives, in byte order after `after`. */
export async function* keptAfter(kept: SortedNames<string>, after: string, signal?: AbortSignal): AsyncGenerator<string> {
  // The directory that `after` is in comes before `after`.
  const around = after.slice(0, after.indexOf('/') + 1);
  if (kept.has(around)) yield around;
  for (let last = after; ; ) {
    signal?.throwIfAborted();
    const names = await kept.page({ after: last, limit: namesAtOnce });
    yield* names;
    last = names.at(-1) ?? last;
    if (names.length < namesAtOnce) return;
    // What is kept is looked at without a turn of the event loop.
    await nextTurn();
  }
}

/**
 * The names of all directories of repositories, in byte order after `after`: also of repositories that no longer exist, and of
 * directories that only have repositories below them. At most `width` directories are listed ahead.
 */
export async function* listRepositoryNames(
  objects: Objects,
  after = '',
  signal?: AbortSignal,
  width = 1,
): AsyncGenerator<RepositoryName> {
  /** The items at `parent`, which is empty or ends in `/`, as far as something of them is after `after`. */
  async function itemsAt(parent: string): Promise<AsyncIterable<string>> {
    const prefix = repositoriesPrefix + parent;
    const start = relativeTo(parent, after) ?? '';
    const kept = await objects.keptItems?.(prefix);
    return kept ? keptAfter(kept, start, signal) : paced(await sorted(scannedAfter(prefix, start)));
  }

  async function* scannedAfter(prefix: string, start: string): AsyncGenerator<string> {
    for await (const { name } of objects.scan(prefix, start)) {
      signal?.throwIfAborted();
      for (const item of repositoryItems(prefix, name)) {
        if (item > start || (item.endsWith('/') && start.startsWith(item))) yield item;
      }
    }
  }

  async function* repositoriesAt(parent: string, items: AsyncIterable<string>): AsyncGenerator<RepositoryName> {
    const open = async (item: string) => {
      const path = parent + item;
      return path.endsWith('/') ? { path, items: await itemsAt(path) } : parseRepositoryPath(path);
    };
    for await (const opened of mapAhead(items, open, width)) {
      if (typeof opened === 'object') yield* repositoriesAt(opened.path, opened.items);
      else if (opened !== undefined) yield opened;
    }
  }

  yield* repositoriesAt('', await itemsAt(''));
}
