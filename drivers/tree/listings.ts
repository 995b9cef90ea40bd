/** Listings in byte order: names of repositories, tags and digests. */
import type { Digest, Page, RepositoryName, Tag } from '../../lib/driver.ts';
import {
  blobsPrefix,
  manifestsPrefix,
  parseDigestPath,
  parseRepositoryPath,
  repositoriesPrefix,
  type TagNames,
  tagsPrefix,
} from './layout.ts';
import type { Objects } from './objects.ts';
import { paced, sorted } from './sorting.ts';

/** `after` relative to `prefix`; undefined, which lists from the first name on, if it is not below. */
function relativeTo(prefix: string, after: string): string | undefined {
  return after.startsWith(prefix) ? after.slice(prefix.length) : undefined;
}

/** The digests below `prefix`, whose keys end in `<algorithm>/<hex>`, in byte order after `after`. Skips malformed names. */
export async function* listDigests(objects: Objects, prefix: string, after?: Digest): AsyncGenerator<Digest> {
  const start = after?.replace(':', '/');
  for await (const directory of objects.list(prefix, start)) {
    for await (const hex of objects.list(prefix + directory, start && relativeTo(directory, start))) {
      const digest = parseDigestPath(directory.slice(0, -1), hex);
      if (digest !== undefined) yield digest;
    }
  }
}

/**
 * The tags of the repository in byte order, also those whose manifest is missing after a crash: those after `after`, and the first
 * `limit` at least.
 */
export async function* listTags(
  objects: Objects,
  names: TagNames,
  repo: RepositoryName,
  { after = '', limit }: Page,
  signal?: AbortSignal,
): AsyncGenerator<Tag> {
  if (names.ordered) yield* decodeTags(objects.list(tagsPrefix(repo), after), names, '', signal);
  else yield* paced(await sorted(decodeTags(objects.scan(tagsPrefix(repo)), names, after, signal), limit));
}

/** All tags of the repository in no order, also those whose manifest is missing after a crash. */
export function scanTags(objects: Objects, names: TagNames, repo: RepositoryName, signal?: AbortSignal): AsyncGenerator<Tag> {
  return decodeTags(objects.scan(tagsPrefix(repo)), names, '', signal);
}

async function* decodeTags(
  listed: AsyncIterable<string>,
  names: TagNames,
  after: string,
  signal?: AbortSignal,
): AsyncGenerator<Tag> {
  for await (const name of listed) {
    signal?.throwIfAborted();
    const tag = names.decode(name);
    if (tag !== undefined && tag > after) yield tag;
  }
}

/** Whether the repository exists: it holds a manifest or a blob. */
export async function repositoryExists(objects: Objects, repo: RepositoryName): Promise<boolean> {
  for (const prefix of [manifestsPrefix(repo), blobsPrefix(repo)]) {
    for await (const directory of objects.scan(prefix)) {
      for await (const hex of objects.scan(prefix + directory)) {
        if (parseDigestPath(directory.slice(0, -1), hex) !== undefined) return true;
      }
    }
  }
  return false;
}

/**
 * The names of all directories of repositories, in byte order after `after`: also of repositories that no longer exist, and of
 * directories that only have repositories below them. Each directory counts twice in the order, as `x` for itself and as `x/`
 * for those below it, because `a-b` sorts between `a` and `a/b`.
 */
export async function* listRepositoryNames(
  objects: Objects,
  after = '',
  signal?: AbortSignal,
  parent = '',
): AsyncGenerator<RepositoryName> {
  const children = objects.scan(repositoriesPrefix + parent, relativeTo(parent, after));
  for await (const item of paced(await sorted(itemsOf(children, parent, signal)))) {
    if (!item.endsWith('/')) {
      const name = item > after ? parseRepositoryPath(item) : undefined;
      if (name !== undefined) yield name;
    } else if (item > after || after.startsWith(item)) yield* listRepositoryNames(objects, after, signal, item);
  }
}

/** The two items of each directory of repositories. */
async function* itemsOf(children: AsyncIterable<string>, parent: string, signal?: AbortSignal): AsyncGenerator<string> {
  for await (const child of children) {
    signal?.throwIfAborted();
    const name = child.endsWith('/') ? parseRepositoryPath(parent + child.slice(0, -1)) : undefined;
    if (name === undefined) continue;
    yield name;
    yield `${name}/`;
  }
}
