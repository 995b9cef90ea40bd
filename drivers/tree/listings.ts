/** What lies below a prefix, in byte order: the names of repositories, tags and digests. */
import type { Digest, RepositoryName, Tag } from '../../lib/driver.ts';
import { blobsPrefix, digestAt, manifestsPrefix, repositoriesPrefix, repositoryAt, type TagNames, tagsPrefix } from './layout.ts';
import type { Objects } from './objects.ts';

/** The part of `after` that tells where to begin below `prefix`; undefined: at the first name. */
function below(prefix: string, after: string): string | undefined {
  return after.startsWith(prefix) ? after.slice(prefix.length) : undefined;
}

/** The digests below `prefix`, kept as `<algorithm>/<hex>`, in byte order after `after`. Other names are left out. */
export async function* digestsIn(objects: Objects, prefix: string, after?: Digest): AsyncGenerator<Digest> {
  const start = after?.replace(':', '/');
  for await (const directory of objects.list(prefix, start)) {
    for await (const hex of objects.list(prefix + directory, start && below(directory, start))) {
      const digest = digestAt(directory.slice(0, -1), hex);
      if (digest !== undefined) yield digest;
    }
  }
}

/** The tags of the repository in byte order after `after`, also those whose manifest a crash took away. */
export async function* tagsIn(objects: Objects, names: TagNames, repo: RepositoryName, after = ''): AsyncGenerator<Tag> {
  if (names.ordered) return yield* named(objects.list(tagsPrefix(repo), after), names);
  const tags: Tag[] = [];
  for await (const tag of named(objects.list(tagsPrefix(repo)), names)) tags.push(tag);
  yield* tags.sort().filter((tag) => tag > after);
}

async function* named(listed: AsyncIterable<string>, names: TagNames): AsyncGenerator<Tag> {
  for await (const name of listed) {
    const tag = names.decode(name);
    if (tag !== undefined) yield tag;
  }
}

/** Whether there is such a repository: it holds a manifest or a blob. */
export async function exists(objects: Objects, repo: RepositoryName): Promise<boolean> {
  for (const prefix of [manifestsPrefix(repo), blobsPrefix(repo)]) {
    for await (const _ of digestsIn(objects, prefix)) return true;
  }
  return false;
}

/**
 * Every name that a repository has, or had, or that others are below, in byte order after `after`. Of a directory
 * there are two items, `x` and `x/`, for itself and for what is below it: `a-b` comes between `a` and `a/b`.
 */
export async function* namesIn(objects: Objects, after = '', parent = ''): AsyncGenerator<RepositoryName> {
  const items = new Map<string, RepositoryName>();
  for await (const child of objects.list(repositoriesPrefix + parent, below(parent, after))) {
    const name = child.endsWith('/') ? repositoryAt(parent + child.slice(0, -1)) : undefined;
    if (name !== undefined) items.set(name, name).set(`${name}/`, name);
  }
  for (const [item, name] of [...items].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (item === name && item > after) yield name;
    if (item !== name && (item > after || after.startsWith(item))) yield* namesIn(objects, after, item);
  }
}
