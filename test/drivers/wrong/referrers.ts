/** Drivers that are wrong about referrers. */
import type { Descriptor, Manifest, ManifestStore } from '../../../lib/driver.ts';
import { listAll } from '../../../lib/testing/suite/samples.ts';
import { everywhere, moment } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const inOrder = 'referrers are listed in the order of their digests, whether or not their subject is there';

/** Lists other entries than those that there are. */
function listing(
  right: RightDriver,
  change: (entries: Descriptor[], about: Parameters<ManifestStore['referrers']>) => Descriptor[] | Promise<Descriptor[]>,
): Pick<ManifestStore, 'referrers'> {
  return {
    async *referrers(...about) {
      yield* await change(await listAll(right.manifests.referrers(...about)), about);
    },
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
    async *referrers(repo, subject, after) {
      for (const entry of entries.values()) if (entry.subject === subject && entry.referrer) yield entry.referrer;
      yield* right.manifests.referrers(repo, subject, after);
    },
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
    manifests: listing(right, (entries) => entries.reverse()),
  })),
  wrong('referrers of all repositories are listed', inOrder, (right) => ({
    manifests: listing(right, async (entries, [repo, subject, after]) => {
      for (const each of await everywhere(right)) {
        if (each !== repo) entries.push(...(await listAll(right.manifests.referrers(each, subject, after))));
      }
      return entries;
    }),
  })),
  wrong('referrers are listed only if their subject is there', inOrder, (right) => ({
    manifests: listing(right, async (entries, [repo, subject]) => ((await right.manifests.get(repo, subject)) ? entries : [])),
  })),
  wrong('referrers go on after listed digests only', 'referrers go on after any digest, listed or not', (right) => ({
    manifests: {
      async *referrers(repo, subject, after) {
        const entries = await listAll(right.manifests.referrers(repo, subject));
        yield* entries.slice(entries.findIndex(({ digest }) => digest === after) + 1);
      },
    },
  })),
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
          delete(repo, manifest) {
            left.push(manifest);
            return right.manifests.delete(repo, manifest);
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
