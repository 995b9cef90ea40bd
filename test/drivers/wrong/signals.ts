/** Drivers that take an aborted signal for an answer, or for a failure of their storage. */
import { StorageFault } from '../../../lib/driver.ts';
import { type WrongDriver, wrong } from './wrong-driver.ts';

const rule = (method: string): string => `${method} answers rightly or throws the reason of its signal, and may be repeated`;

/** Each is wrong once a signal is aborted. */
export const wrongSignals: readonly WrongDriver[] = [
  wrong('an aborted list of tags is an empty page', rule('tags'), ({ manifests }) => ({
    manifests: { tags: async (repo, page, signal) => (signal?.aborted ? [] : manifests.tags(repo, page, signal)) },
  })),
  wrong('an aborted list of referrers ends early', rule('referrers'), ({ manifests }) => ({
    manifests: {
      async referrers(repo, subject, page, signal) {
        const found = await manifests.referrers(repo, subject, page);
        return signal?.aborted ? found.slice(0, 1) : found;
      },
    },
  })),
  wrong('an aborted list of repositories is a failure of the storage', rule('repositories'), ({ manifests }) => ({
    manifests: {
      async repositories(page, signal) {
        if (signal?.aborted) throw new StorageFault('broken', 'the listing was cancelled');
        return manifests.repositories(page, signal);
      },
    },
  })),
  wrong('an aborted mount found nothing', rule('blobs.mount'), ({ blobs }) => ({
    blobs: { mount: async (to, digest, from, signal) => !signal?.aborted && blobs.mount(to, digest, from, signal) },
  })),
  wrong(
    'a deletion of a manifest that is aborted after its first step is not done again',
    rule('manifests.delete'),
    ({ manifests }) => {
      const begun = new Set<string>();
      return {
        manifests: {
          async delete(repo, digest, signal) {
            if (begun.has(digest)) return true;
            if (signal?.aborted) {
              begun.add(digest);
              throw signal.reason;
            }
            return manifests.delete(repo, digest, signal);
          },
        },
      };
    },
  ),
  wrong('an aborted deletion of a blob found none', rule('blobs.delete'), ({ blobs }) => ({
    blobs: { delete: async (repo, digest, signal) => !signal?.aborted && blobs.delete(repo, digest, signal) },
  })),
];
