/** The rules of the lists of tags and repositories. */
import assert from 'node:assert/strict';
import type { Driver, Page } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import {
  assertSameBytes,
  manifestOf,
  newId,
  other,
  pullBlob,
  pushBlob,
  readName,
  readTag,
  repo,
  sample,
  uploadBytes,
} from '../samples.ts';

const manifest = manifestOf('{}');

/** Tags in byte order: hyphen, dot, digits, upper case, underscore, lower case. */
const tags = [
  '0',
  '1',
  '1-a',
  '1.0',
  '10',
  '2',
  'A',
  'V1',
  'V1-rc',
  'V10',
  'Z',
  '_',
  '_x',
  'a',
  'aB',
  'ab',
  'v',
  'v1',
  'v1.0',
  'v10',
];

/** Repositories in byte order, with every character that sorts next to a slash. */
const names = [
  '0',
  'a',
  'a-b',
  'a-b/c',
  'a.b',
  'a/b',
  'a/b-c',
  'a/b/c',
  'a/b0',
  'a/c',
  'a0',
  'a_b',
  'ab',
  'ab/c/d/e',
  'b',
  'z/z',
];

/** All entries of a list, read page by page. */
async function paged(list: (page: Page) => Promise<readonly string[] | undefined>, limit: number): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const after = all.at(-1);
    const page = await list(after === undefined ? { limit } : { after, limit });
    assert.ok(page, 'the list went away');
    assert.ok(page.length <= limit, 'a page is too long');
    // Without this check, a page that does not advance would be asked for without end.
    assert.ok(
      page.every((entry) => entry > (after ?? '')),
      `a page after ${after} does not begin after it`,
    );
    all.push(...page);
    if (page.length < limit) return all;
  }
}

async function withTags(driver: Driver): Promise<void> {
  await driver.manifests.put(repo, manifest);
  for (const tag of [...tags].reverse()) await driver.manifests.tag(repo, readTag(tag), manifest.digest);
}

async function withNames(driver: Driver): Promise<void> {
  for (const name of [...names].reverse()) await driver.manifests.put(readName(name), manifest);
}

/** Markers of pages: some are entries, most are not. */
const markers = [
  '',
  '!',
  '-',
  '0',
  '1',
  '9',
  'V',
  'V1',
  'a',
  'a-',
  'a-b',
  'a.',
  'a/',
  'a/b',
  'a/b/',
  'a/b/b',
  'a/b/z',
  'a0',
  'b',
  'v1',
  'zz',
  '~',
];

/** Level `contract`, area `lists`. */
export const listRules: readonly Definition[] = [
  {
    name: 'a repository that does not exist has no list of tags',
    promises: ['tags', 'absence'],
    async run(driver) {
      assert.equal(await driver.manifests.tags(repo, { limit: 10 }), undefined);
      await driver.manifests.put(readName('library/sample/below'), manifest);
      assert.equal(await driver.manifests.tags(repo, { limit: 10 }), undefined);
    },
  },
  {
    name: 'a repository without tags has an empty list, with a manifest or with a blob',
    promises: ['tags', 'repositories exist'],
    async run(driver) {
      await driver.manifests.put(repo, manifest);
      await pushBlob(driver, other, sample(10));
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), []);
      assert.deepEqual(await driver.manifests.tags(other, { limit: 10 }), []);
    },
  },
  {
    name: 'tags are listed in byte order',
    promises: ['page', 'tags'],
    async run(driver) {
      await withTags(driver);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 1000 }), tags);
    },
  },
  ...[1, 2, 7, tags.length, 1000].map(
    (limit): Definition => ({
      name: `pages of ${limit} tags are all tags, each once`,
      promises: ['page'],
      async run(driver) {
        await withTags(driver);
        assert.deepEqual(await paged((page) => driver.manifests.tags(repo, page), limit), tags);
      },
    }),
  ),
  {
    name: 'a page of tags begins after its marker, which need not be a tag',
    promises: ['page marker'],
    async run(driver) {
      await withTags(driver);
      for (const after of markers) {
        const expected = tags.filter((tag) => tag > after).slice(0, 3);
        assert.deepEqual(await driver.manifests.tags(repo, { after, limit: 3 }), expected, after);
      }
    },
  },
  {
    name: 'a page of nothing is empty',
    promises: ['page'],
    async run(driver) {
      await withTags(driver);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 0 }), []);
      assert.deepEqual(await driver.manifests.repositories({ limit: 0 }), []);
    },
  },
  {
    name: 'repositories are listed in byte order, across nesting',
    promises: ['repositories', 'page'],
    async run(driver) {
      await withNames(driver);
      assert.deepEqual(await driver.manifests.repositories({ limit: 1000 }), names);
    },
  },
  ...[1, 2, 5, names.length].map(
    (limit): Definition => ({
      name: `pages of ${limit} repositories are all repositories, each once`,
      promises: ['repositories', 'page'],
      async run(driver) {
        await withNames(driver);
        assert.deepEqual(await paged((page) => driver.manifests.repositories(page), limit), names);
      },
    }),
  ),
  {
    name: 'a page of repositories begins after its marker, which need not be a repository',
    promises: ['page marker'],
    async run(driver) {
      await withNames(driver);
      for (const after of markers) {
        const expected = names.filter((name) => name > after).slice(0, 3);
        assert.deepEqual(await driver.manifests.repositories({ after, limit: 3 }), expected, after);
      }
    },
  },
  {
    name: 'no repositories are an empty list',
    promises: ['repositories', 'absence'],
    async run(driver) {
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), []);
      assert.deepEqual(await driver.manifests.repositories({ after: 'a', limit: 10 }), []);
    },
  },
  {
    name: 'an upload makes no repository',
    promises: ['uploads make none'],
    async run(driver) {
      await uploadBytes(driver, repo, newId(), sample(10));
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), []);
      assert.equal(await driver.manifests.tags(repo, { limit: 10 }), undefined);
    },
  },
  {
    name: 'a repository exists while it holds a manifest or a blob',
    promises: ['repositories exist'],
    async run(driver) {
      const digest = await pushBlob(driver, repo, sample(10));
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), [repo]);
      await driver.manifests.put(repo, manifest);
      await driver.manifests.tag(repo, readTag('latest'), manifest.digest);
      await driver.blobs.delete(repo, digest);
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), [repo]);
      await driver.manifests.delete(repo, manifest.digest);
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), []);
      assert.equal(await driver.manifests.tags(repo, { limit: 10 }), undefined);
    },
  },
  {
    name: 'a repository that loses its last manifest keeps its blobs',
    promises: ['repositories exist', 'manifest delete'],
    async run(driver) {
      const digest = await pushBlob(driver, repo, sample(10));
      await driver.manifests.put(repo, manifest);
      assert.equal(await driver.manifests.delete(repo, manifest.digest), true);
      assertSameBytes(await pullBlob(driver, repo, digest), sample(10));
      assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), [repo]);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), []);
    },
  },
];
