/** Drivers that are wrong about referrers. */
import { jsonSize } from '../../../lib/content/referrers.ts';
import type { Descriptor, Manifest, ManifestStore } from '../../../lib/driver.ts';
import { allReferrers } from '../../../lib/testing/suite/samples.ts';
import { all, everywhere, moment } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const inOrder = 'referrers are listed in the order of their digests, whether or not their subject is there';

type Listed = readonly Descriptor[];

/** Lists other entries than those that there are. */
function listing(
  right: RightDriver,
  change: (entries: readonly Descriptor[], about: Parameters<ManifestStore['referrers']>) => Listed | Promise<Listed>,
): Pick<ManifestStore, 'referrers'> {
  return {
    referrers: async (...about) => change(await right.manifests.referrers(...about), about),
  };
}

/** Shows referrers as soon as their entry is written, which is before their manifest. */
function entryFirst(right: RightDriver): Partial<ManifestStore> {
  const entries = new Map<string, Manifest>();
  return {
    async put(repo, manifest) {
      if (manifest.referrer) entries.set(manifest.digest, manifest);
      await moment();
      await right.manifests.put(repo, manifest);
      entries.delete(manifest.digest);
    },
    ...listing(right, (found, [, subject]) => {
      const early = [...entries.values()].filter((entry) => entry.subject === subject);
      return [...early.flatMap(({ referrer }) => referrer ?? []), ...found];
    }),
  };
}

/** Remembers no annotations. */
export const withoutAnnotations = ({ annotations: _, ...descriptor }: Descriptor): Descriptor => descriptor;

/** Each lists other referrers than there are, or in another order. */
export const wrongReferrers = [
  wrong('referrers are listed without their annotations', inOrder, (right) => ({
    manifests: listing(right, (entries) => entries.map(withoutAnnotations)),
  })),
  wrong('referrers are listed as they came', inOrder, (right) => ({
    manifests: listing(right, (entries) => [...entries].reverse()),
  })),
  wrong('referrers of all repositories are listed', inOrder, (right) => ({
    manifests: listing(right, async (_, [, ...about]) => {
      const lists = (await everywhere(right)).map((each) => right.manifests.referrers(each, ...about));
      return (await Promise.all(lists)).flat();
    }),
  })),
  wrong('referrers are listed only if their subject is there', inOrder, (right) => ({
    manifests: listing(right, async (entries, [repo, subject]) => ((await right.manifests.get(repo, subject)) ? entries : [])),
  })),
  wrong('referrers go on after listed digests only', 'referrers go on after any digest, listed or not', (right) => ({
    manifests: {
      async referrers(repo, subject, { after, limit }) {
        const entries = await allReferrers(right, repo, subject);
        const start = entries.findIndex(({ digest }) => digest === after) + 1;
        return entries.slice(start, start + limit);
      },
    },
  })),
  wrong('a page of referrers is all referrers', 'pages of 4 referrers are all referrers, each once', (right) => ({
    manifests: {
      referrers: (repo, subject, { limit, ...page }) =>
        right.manifests.referrers(repo, subject, { ...page, limit: limit && all.limit }),
    },
  })),
  wrong('a page of referrers is at most ten', 'pages of 15 referrers are all referrers, each once', (right) => ({
    manifests: listing(right, (entries) => entries.slice(0, 10)),
  })),
  wrong(
    'a page of referrers ends at half a mebibyte',
    'a page of referrers ends before its list does only where they are large',
    (right) => ({
      manifests: listing(right, (entries) => {
        const end = entries.findIndex((_, index) => jsonSize(entries.slice(0, index + 1)) > 2 ** 19);
        return end < 0 ? entries : entries.slice(0, end);
      }),
    }),
  ),
  wrong(
    'a referrer that is put again is listed again',
    'a referrer that is put twice is listed once, and not at all when it is deleted',
    (right) => {
      const more: Manifest[] = [];
      return {
        manifests: {
          async put(repo, manifest) {
            if (await right.manifests.get(repo, manifest.digest)) more.push(manifest);
            await right.manifests.put(repo, manifest);
          },
          ...listing(right, (entries, [, subject]) => {
            const again = more.filter((manifest) => manifest.subject === subject);
            return [...entries, ...again.flatMap(({ referrer }) => referrer ?? [])];
          }),
        },
      };
    },
  ),
  wrong(
    'a deleted manifest leaves its referrer entry',
    'a referrer that is put twice is listed once, and not at all when it is deleted',
    (right) => {
      const left: Manifest[] = [];
      return {
        manifests: {
          async delete(repo, digest) {
            const manifest = await right.manifests.get(repo, digest);
            if (manifest) left.push(manifest);
            return right.manifests.delete(repo, digest);
          },
          ...listing(right, (entries, [, subject]) => {
            const dangling = left.filter((manifest) => manifest.subject === subject);
            return [...entries, ...dangling.flatMap(({ referrer }) => referrer ?? [])];
          }),
        },
      };
    },
  ),
  wrong(
    'a referrer is listed before its manifest is there',
    'a referrer is not listed before its manifest is there',
    (right) => ({
      manifests: entryFirst(right),
    }),
  ),
];
