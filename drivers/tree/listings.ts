/** Listings in byte order: names of repositories, tags and digests. */
import type { Digest, RepositoryName, Tag } from '../../lib/driver.ts';
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

/** The tags of the repository in byte order after `after`, also those whose manifest is missing after a crash. */
export async function* listTags(
  objects: Objects,
  names: TagNames,
  repo: RepositoryName,
  after = '',
  signal?: AbortSignal,
): AsyncGenerator<Tag> {
  if (names.ordered) return yield* decodeTags(objects.list(tagsPrefix(repo), after), names, signal);
  const tags: Tag[] = [];
  for await (const tag of decodeTags(objects.list(tagsPrefix(repo)), names, signal)) tags.push(tag);
  yield* tags.sort().filter((tag) => tag > after);
}

async function* decodeTags(listed: AsyncIterable<string>, names: TagNames, signal?: AbortSignal): AsyncGenerator<Tag> {
  for await (const name of listed) {
    signal?.throwIfAborted();
    const tag = names.decode(name);
    if (tag !== undefined) yield tag;
  }
}

/** Whether the repository exists: it holds a manifest or a blob. */
export async function repositoryExists(objects: Objects, repo: RepositoryName): Promise<boolean> {
  for (const prefix of [manifestsPrefix(repo), blobsPrefix(repo)]) {
    for await (const _ of listDigests(objects, prefix)) return true;
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
  const items = new Map<string, RepositoryName>();
  for await (const child of objects.list(repositoriesPrefix + parent, relativeTo(parent, after))) {
    signal?.throwIfAborted();
    const name = child.endsWith('/') ? parseRepositoryPath(parent + child.slice(0, -1)) : undefined;
    if (name !== undefined) items.set(name, name).set(`${name}/`, name);
  }
  for (const [item, name] of [...items].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (item === name && item > after) yield name;
    if (item !== name && (item > after || after.startsWith(item))) yield* listRepositoryNames(objects, after, signal, item);
  }
}
