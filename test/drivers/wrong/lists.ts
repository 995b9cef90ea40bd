/** Drivers whose lists of tags and repositories are wrong. */
import type { Digest, ManifestStore, Page, RepositoryName } from '../../../lib/driver.ts';
import type { DriverOverrides } from '../../../lib/testing/override-driver.ts';
import { readName } from '../../../lib/testing/suite/samples.ts';
import { all, everywhere } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const tagMarker = 'a page of tags begins after its marker, which need not be a tag';
const ofNames = 'repositories are listed in byte order, across nesting';
const existence = 'a repository exists while it holds a manifest or a blob';

/** The page of a list, as it should not be made. */
type Paging = <T extends string>(entries: readonly T[], page: Page) => readonly T[];

/** The tags of each repository, paged in another way. */
function tagsPaged(right: RightDriver, paged: Paging): Pick<ManifestStore, 'tags'> {
  return {
    async tags(repo, page) {
      const tags = await right.manifests.tags(repo, all);
      return tags && paged(tags, page);
    },
  };
}

/** Pages of other repositories than those that there are. */
function repositoriesOf(
  right: RightDriver,
  change: (names: readonly RepositoryName[]) => readonly RepositoryName[] | Promise<readonly RepositoryName[]>,
): Pick<ManifestStore, 'repositories'> {
  return { repositories: async (page) => byteOrder(await change(await everywhere(right)), page) };
}

const following: Paging = (entries, { after = '' }) => entries.filter((entry) => entry > after);
const byteOrder: Paging = (entries, page) => [...new Set(following(entries, page))].sort().slice(0, page.limit);

/** As dictionaries have it: `a` before `B`, and marks do not count. */
const localeOrder: Paging = (entries, page) =>
  [...following(entries, page)].sort((one, other) => one.localeCompare(other)).slice(0, page.limit);

const sortedWithin: Paging = (entries, page) => [...following(entries, page)].reverse().slice(0, page.limit).sort();

const fromMarker: Paging = (entries, { after = '', limit }) => entries.filter((entry) => entry >= after).slice(0, limit);

const oneMore: Paging = (entries, page) => following(entries, page).slice(0, page.limit + 1);

const zeroIsAll: Paging = (entries, page) => following(entries, page).slice(0, page.limit || undefined);

const afterEntry: Paging = <T extends string>(entries: readonly T[], { after, limit }: Page) => {
  const texts: readonly string[] = entries;
  const start = after === undefined ? 0 : texts.indexOf(after) + 1;
  return after === undefined || start > 0 ? entries.slice(start, start + limit) : [];
};

/** Part by part: all that is below `a` before `a-b`. */
const byParts: Paging = (entries, page) => {
  const key = (entry: string): string => entry.replaceAll('/', '\0');
  const after = key(page.after ?? '');
  return entries
    .filter((entry) => key(entry) > after)
    .sort((one, other) => (key(one) < key(other) ? -1 : 1))
    .slice(0, page.limit);
};

/** What has a slash in it, up to there. */
const above = (name: RepositoryName): RepositoryName[] =>
  name.includes('/') ? [readName(name.slice(0, name.lastIndexOf('/')))] : [];

/** Knows a repository by its manifests alone. */
function knownByManifests(right: RightDriver, whenNone: (repo: RepositoryName) => Promise<void>): Partial<ManifestStore> {
  const manifests = new Map<RepositoryName, Set<Digest>>();
  return {
    async put(repo, manifest) {
      manifests.set(repo, (manifests.get(repo) ?? new Set()).add(manifest.digest));
      await right.manifests.put(repo, manifest);
    },
    async delete(repo, digest) {
      const held = manifests.get(repo);
      held?.delete(digest);
      if (held?.size === 0 && manifests.delete(repo)) await whenNone(repo);
      return right.manifests.delete(repo, digest);
    },
    ...repositoriesOf(right, (names) => names.filter((name) => manifests.has(name))),
  };
}

/** Drops a repository with its last manifest. */
function droppingRepositories(right: RightDriver): DriverOverrides {
  const blobs: [RepositoryName, Digest][] = [];
  const { put, delete: remove } = knownByManifests(right, async (repo) => {
    for (const [holder, digest] of blobs) if (holder === repo) await right.blobs.delete(repo, digest);
  });
  return {
    uploads: {
      commit(repo, id, at, digest) {
        blobs.push([repo, digest]);
        return right.uploads.commit(repo, id, at, digest);
      },
    },
    manifests: { put, delete: remove },
  };
}

/** Each lists other tags or repositories than there are, or in another order. */
export const wrongLists = [
  wrong('tags are in the order of dictionaries', 'tags are listed in byte order', (right) => ({
    manifests: tagsPaged(right, localeOrder),
  })),
  wrong('tags are sorted within a page only', 'pages of 7 tags are all tags, each once', (right) => ({
    manifests: tagsPaged(right, sortedWithin),
  })),
  wrong('a page of tags includes its marker', tagMarker, (right) => ({ manifests: tagsPaged(right, fromMarker) })),
  wrong('a marker has to be a tag', tagMarker, (right) => ({ manifests: tagsPaged(right, afterEntry) })),
  wrong('a page of tags goes one over its limit', 'pages of 7 tags are all tags, each once', (right) => ({
    manifests: tagsPaged(right, oneMore),
  })),
  wrong('a limit of nothing is no limit', 'a page of nothing is empty', (right) => ({ manifests: tagsPaged(right, zeroIsAll) })),
  wrong('an absent repository has an empty list of tags', 'a repository that does not exist has no list of tags', (right) => ({
    manifests: { tags: async (repo, page) => (await right.manifests.tags(repo, page)) ?? [] },
  })),
  wrong(
    'a repository without tags has no list',
    'a repository without tags has an empty list, with a manifest or with a blob',
    (right) => ({
      manifests: {
        tags: async (repo, page) =>
          (await right.manifests.tags(repo, all))?.length ? right.manifests.tags(repo, page) : undefined,
      },
    }),
  ),
  wrong('a page after the last tag is undefined', tagMarker, (right) => ({
    manifests: {
      async tags(repo, page) {
        const found = await right.manifests.tags(repo, page);
        return page.after !== undefined && found?.length === 0 ? undefined : found;
      },
    },
  })),
  wrong('repositories are in the order of dictionaries', ofNames, (right) => ({
    manifests: { repositories: async (page) => localeOrder(await everywhere(right), page) },
  })),
  wrong('repositories are in the order of their parts', ofNames, (right) => ({
    manifests: { repositories: async (page) => byParts(await everywhere(right), page) },
  })),
  wrong('a repository that others are below is not listed', ofNames, (right) => ({
    manifests: repositoriesOf(right, (names) => names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)))),
  })),
  wrong('what repositories are below is listed', existence, (right) => ({
    manifests: repositoriesOf(right, (names) => names.flatMap((name) => [name, ...above(name)])),
  })),
  wrong(
    'a page of repositories includes its marker',
    'a page of repositories begins after its marker, which need not be a repository',
    (right) => ({ manifests: { repositories: async (page) => fromMarker(await everywhere(right), page) } }),
  ),
  wrong('a repository without manifests is not listed', existence, (right) => ({
    manifests: knownByManifests(right, async () => undefined),
  })),
  wrong(
    'a repository goes with its last manifest',
    'a repository that loses its last manifest keeps its blobs',
    droppingRepositories,
  ),
  wrong('a repository that lost everything stays listed', existence, (right) => {
    const once = new Set<RepositoryName>();
    return {
      manifests: repositoriesOf(right, (names) => {
        for (const name of names) once.add(name);
        return [...once];
      }),
    };
  }),
  wrong('an upload makes a repository', 'an upload makes no repository', (right) => {
    const begun = new Set<RepositoryName>();
    return {
      uploads: {
        create(repo, id, start) {
          begun.add(repo);
          return right.uploads.create(repo, id, start);
        },
      },
      manifests: repositoriesOf(right, (names) => [...names, ...begun]),
    };
  }),
];
