/** What a registry can have much of: how it is stored, and what is asked then. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentKey, linkKey, pointerDirectory, pointerName } from '../../drivers/tree/layout.ts';
import { newPointer, versionBytes } from '../../drivers/tree/records.ts';
import type { Driver, Manifest } from '../../lib/driver.ts';
import { bytes, digestOf, manifestOf, pushBlob, readName, readTag, referrerOf } from '../../lib/testing/suite/samples.ts';
import type { Item } from '../content.ts';
import type { Load } from '../generator.ts';

/** Something that there can be much of. */
export interface Dimension {
  readonly title: string;
  /** How much, in steps. The first is what the others are compared with. */
  readonly sizes: readonly number[];
  /** Stores it through the driver, in whatever order is fast; what is much, below a root in the form in which that driver stores it. */
  fill(driver: Driver, size: number, root: string | undefined): Promise<void>;
  /** Stores the rest of it through the registry: what is also in the memory of its process. */
  before?(size: number): Load;
  /** What is asked of it, by title. */
  operations(size: number): Readonly<Record<string, Load>>;
  /** Whether the work of a request is meant to grow with it. */
  readonly grows?: true;
}

const repo = readName('bench/scale');
const base = `/v2/${repo}`;
const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
/** So many of all indexes, from everywhere. */
const spread = (count: number, size: number): number[] =>
  indexes(count).map((index) => Math.floor(((index + 0.5) / count) * size));
const numbered = (letter: string, index: number): string => `${letter}${String(index).padStart(7, '0')}`;
const tagOf = (index: number) => readTag(numbered('t', index));
const blobOf = (index: number) => bytes(`blob ${index}`);
const asked = (workload: Load['workload'], items: readonly Item[], seconds = 1): Load => ({
  workload,
  connections: 1,
  seconds,
  items,
});
const onceEach = (workload: Load['workload'], items: readonly Item[]): Load => ({ workload, connections: 1, items });

/** A manifest of these blobs, the first of which is the configuration. */
function imageOf(contents: readonly Uint8Array[], note = ''): Manifest {
  const described = contents.map((content, index) => ({
    mediaType: `application/vnd.oci.image.${index === 0 ? 'config.v1+json' : 'layer.v1.tar'}`,
    digest: digestOf(content),
    size: content.length,
  }));
  const [config, ...layers] = described;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return manifestOf(JSON.stringify({ schemaVersion: 2, mediaType, config, layers, annotations: { note } }));
}

/** How much of something is stored through the fs driver, before the rest is laid onto the disk. */
const mostByDriver = 1_000;

/** One of the 256 directories of blobs. */
const shardOf = (index: number): string => `content/sha256/${index.toString(16).padStart(2, '0')}`;

/** Makes a file below a root, in a directory that is there. */
function layFile(root: string, key: string, content: Uint8Array = new Uint8Array()): void {
  writeFileSync(join(root, key), content);
}

/** Makes directories below a root. */
function layDirectories(root: string, keys: Iterable<string>): void {
  for (const key of keys) mkdirSync(join(root, key), { recursive: true });
}

/** Does the work for each number below `count`, 64 at once. */
async function forEachBelow(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const caller = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(indexes(64).map(caller));
}

const oneImage = imageOf([blobOf(0)]);
const subject = oneImage.digest;

/** All of them. */
export const dimensions: Readonly<Record<string, Dimension>> = {
  tags: {
    title: 'tags in a repository',
    sizes: [1_000, 100_000, 1_000_000],
    async fill(driver, size, root) {
      await driver.manifests.put(repo, oneImage);
      const byDriver = root === undefined ? size : Math.min(size, mostByDriver);
      await forEachBelow(byDriver, (index) => driver.manifests.tag(repo, tagOf(index), oneImage.digest));
      if (root === undefined) return;
      for (let index = byDriver; index < size; index++) {
        const directory = pointerDirectory(repo, tagOf(index));
        mkdirSync(join(root, directory));
        layFile(root, `${directory}/${pointerName(newPointer(oneImage.digest, versionBytes))}`);
      }
    },
    operations(size) {
      const paths = (count: number) => spread(count, size).map((index) => ({ path: `${base}/manifests/${tagOf(index)}` }));
      const pages = spread(50, size).map((index) => ({ path: `${base}/tags/list?n=100&last=${tagOf(index)}` }));
      return {
        'GET by tag': asked('get', paths(200)),
        'HEAD by tag': asked('head', paths(200)),
        'a page of 100 tags': asked('get', pages, 10),
        'DELETE of a tag': onceEach('delete', paths(100)),
      };
    },
  },
  repositories: {
    title: 'repositories',
    sizes: [1_000, 10_000],
    fill: (driver, size) =>
      forEachBelow(size, async (index) => {
        const name = readName(`bench/${numbered('r', index)}`);
        await driver.manifests.put(name, oneImage);
        await driver.manifests.tag(name, tagOf(0), oneImage.digest);
      }),
    operations(size) {
      const pages = spread(50, size).map((index) => ({ path: `/v2/_catalog?n=100&last=bench/${numbered('r', index)}` }));
      const paths = spread(200, size).map((index) => ({ path: `/v2/bench/${numbered('r', index)}/manifests/${tagOf(0)}` }));
      return { 'a page of 100 repositories': asked('get', pages, 5), 'GET by tag': asked('get', paths, 5) };
    },
  },
  blobs: {
    title: 'blobs in a repository',
    sizes: [1_000, 100_000, 1_000_000],
    async fill(driver, size, root) {
      const byDriver = root === undefined ? size : Math.min(size, mostByDriver);
      await forEachBelow(byDriver, (index) => pushBlob(driver, repo, blobOf(index)));
      if (root === undefined) return;
      layDirectories(root, indexes(256).map(shardOf));
      for (let index = byDriver; index < size; index++) {
        const digest = digestOf(blobOf(index));
        layFile(root, contentKey(digest), blobOf(index));
        layFile(root, linkKey(repo, digest));
      }
    },
    operations(size) {
      const paths = (count: number) => spread(count, size).map((index) => ({ path: `${base}/blobs/${digestOf(blobOf(index))}` }));
      return { 'HEAD of a blob': asked('head', paths(200)), 'DELETE of a blob': onceEach('delete', paths(100)) };
    },
  },
  uploads: {
    title: 'open uploads of 1 KiB',
    sizes: [100, 10_000],
    fill: async () => {},
    before: (size) => ({ workload: 'begin', connections: 16, items: indexes(size).map(newUpload) }),
    operations: () => ({ 'a push of 1 KiB': onceEach('stream', spread(100, 100).map(newPush)) }),
  },
  layers: {
    title: 'layers of a manifest',
    sizes: [4, 4_000],
    grows: true,
    fill: (driver, size) => forEachBelow(size + 1, (index) => pushBlob(driver, repo, blobOf(index))),
    operations(size) {
      const contents = indexes(size + 1).map(blobOf);
      const puts = indexes(10).map((index) => {
        const start = new TextDecoder().decode(imageOf(contents, `${index}`).bytes);
        return { path: `${base}/manifests/${tagOf(index)}`, size: start.length, start };
      });
      return {
        'PUT of the manifest': onceEach('write', puts),
        'GET of the manifest': asked(
          'get',
          puts.map(({ path }) => ({ path })),
        ),
      };
    },
  },
  referrers: {
    title: 'referrers of a subject',
    sizes: [1_000, 10_000],
    async fill(driver, size) {
      await driver.manifests.put(repo, oneImage);
      await forEachBelow(size, (index) => driver.manifests.put(repo, numberedReferrer(index)));
    },
    operations: (size) => ({
      'the first page of referrers': asked('get', [{ path: `${base}/referrers/${subject}` }]),
      'DELETE of a referrer': onceEach(
        'delete',
        spread(50, size).map((index) => ({ path: `${base}/manifests/${numberedReferrer(index).digest}` })),
      ),
    }),
  },
};

const upload = `${base}/blobs/uploads/`;
const newUpload = (index: number): Item => ({ path: upload, size: 1024, start: `open ${index} ` });
const newPush = (index: number): Item => {
  const start = `pushed ${index}`.padEnd(1024);
  return { path: `${upload}?digest=${digestOf(bytes(start))}`, size: start.length, start };
};
const numberedReferrer = (index: number): Manifest => referrerOf(`referrer ${index}`, subject);
