/** Drivers that go wrong when several callers are at it. */
import {
  type Digest,
  type ManifestStore,
  type RepositoryName,
  StorageFault,
  type UploadId,
  type UploadStore,
} from '../../../lib/driver.ts';
import type { DriverOverrides } from '../../../lib/testing/override-driver.ts';
import { allReferrers } from '../../../lib/testing/suite/samples.ts';
import { bytesOf, everywhere, moment, publish, stands } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

/** Reads the list of a subject's referrers, and writes it back a moment later: what others wrote meanwhile is lost. */
function referrersInOneObject(right: RightDriver): Partial<ManifestStore> {
  const lost = new Set<Digest>();
  return {
    async put(repo, manifest) {
      if (manifest.subject === undefined) return right.manifests.put(repo, manifest);
      const before = (await allReferrers(right, repo, manifest.subject)).map(({ digest }) => digest);
      await moment();
      await right.manifests.put(repo, manifest);
      for (const { digest } of await allReferrers(right, repo, manifest.subject)) {
        if (digest !== manifest.digest && !before.includes(digest)) lost.add(digest);
      }
    },
    async referrers(...about) {
      return (await right.manifests.referrers(...about)).filter(({ digest }) => !lost.has(digest));
    },
  };
}

/** The same with the list of repositories. */
function repositoriesInOneObject(right: RightDriver): Partial<ManifestStore> {
  const lost = new Set<RepositoryName>();
  return {
    async put(repo, manifest) {
      const before = await everywhere(right);
      await moment();
      await right.manifests.put(repo, manifest);
      for (const each of await everywhere(right)) if (each !== repo && !before.includes(each)) lost.add(each);
    },
    async repositories({ after = '', limit }) {
      const names = (await everywhere(right)).filter((name) => name > after && !lost.has(name));
      return names.slice(0, limit);
    },
  };
}

/** Ends the upload first, and publishes a moment later. */
function endingFirst(right: RightDriver): Partial<UploadStore> {
  return {
    async commit(repo, id, at, digest) {
      if (!(await stands(right, repo, id, at))) return right.uploads.commit(repo, id, at, digest);
      const bytes = await bytesOf(right, repo, id, at);
      if (!(await right.uploads.delete(repo, id))) return false;
      await moment();
      await publish(right, repo, digest, bytes);
      return true;
    },
  };
}

/** Takes an upload away for as long as it is appended to. */
function hidingWhatGrows({ uploads }: RightDriver): Partial<UploadStore> {
  const growing = new Set<UploadId>();
  return {
    async append(repo, id, from, chunk) {
      growing.add(id);
      await moment();
      return uploads.append(repo, id, from, chunk).finally(() => growing.delete(id));
    },
    get: async (repo, id) => (growing.has(id) ? undefined : uploads.get(repo, id)),
  };
}

/** Gives the blob its name when half of its bytes are there. */
function publishingByHalf(right: RightDriver): Partial<UploadStore> {
  return {
    async commit(repo, id, at, digest) {
      const bytes = await bytesOf(right, repo, id, at);
      if (!(await stands(right, repo, id, at))) return right.uploads.commit(repo, id, at, digest);
      await publish(right, repo, digest, bytes.subarray(0, bytes.length >> 1));
      await moment();
      return right.uploads.commit(repo, id, at, digest);
    },
  };
}

/** Writes every blob beside its place first, under a name that is the same for all who write it. */
function stagingByDigest(right: RightDriver): Partial<UploadStore> {
  const staged = new Set<Digest>();
  return {
    async commit(repo, id, at, digest) {
      if (staged.has(digest)) throw new StorageFault('broken', `EEXIST: ${digest}.tmp`);
      staged.add(digest);
      try {
        await moment();
        return await right.uploads.commit(repo, id, at, digest);
      } finally {
        staged.delete(digest);
      }
    },
  };
}

/** Looks for tags once more, a moment after the manifest is gone, and takes all of them. */
function takingLaterTags(right: RightDriver): Partial<ManifestStore> {
  return {
    async delete(repo, digest) {
      const deleted = await right.manifests.delete(repo, digest);
      await moment();
      for (const tag of (await right.manifests.tags(repo, { limit: 1000 })) ?? []) {
        await right.manifests.untag(repo, tag, digest);
      }
      return deleted;
    },
  };
}

/** Deletes the bytes with their last holder, a moment after it looked for another. */
function collectingLate(right: RightDriver): DriverOverrides {
  const collected = new Set<Digest>();
  const kept = (digest: Digest): void => void collected.delete(digest);
  return {
    blobs: {
      get: async (repo, digest) => (collected.has(digest) ? undefined : right.blobs.get(repo, digest)),
      async delete(repo, digest) {
        const deleted = await right.blobs.delete(repo, digest);
        const holders = await Promise.all((await everywhere(right)).map((each) => right.blobs.get(each, digest)));
        await moment();
        if (!holders.some(Boolean)) collected.add(digest);
        return deleted;
      },
      async put(repo, digest, chunk) {
        await right.blobs.put(repo, digest, chunk);
        kept(digest);
      },
    },
    uploads: {
      async commit(repo, id, at, digest) {
        const committed = await right.uploads.commit(repo, id, at, digest);
        if (committed) kept(digest);
        return committed;
      },
    },
  };
}

/** Each is right as long as one caller waits for the other. */
export const wrongTogether = [
  wrong(
    'a deletion collects bytes that others have begun to hold',
    'a blob that one repository deletes while another commits it is there for the other',
    collectingLate,
  ),
  wrong('all referrers of a subject are in one object', 'many referrers of one subject put at once are all listed', (right) => ({
    manifests: referrersInOneObject(right),
  })),
  wrong('all names of repositories are in one object', 'repositories that are filled at once are all listed', (right) => ({
    manifests: repositoriesInOneObject(right),
  })),
  wrong(
    'a deletion takes the tags of a manifest that was put again',
    'a tag that is set once its manifest was deleted and put again stays',
    (right) => ({ manifests: takingLaterTags(right) }),
  ),
  wrong(
    'a commit ends the upload before it publishes',
    'of two commits at once both are true and the blob is whole',
    (right) => ({ uploads: endingFirst(right) }),
  ),
  wrong('a commit publishes in two steps', 'a blob is absent until it is committed, and whole from then on', (right) => ({
    uploads: publishingByHalf(right),
  })),
  wrong(
    'an upload is away while it is appended to',
    'an upload is there at every moment while appends to it follow one another',
    (right) => ({ uploads: hidingWhatGrows(right) }),
  ),
  wrong('commits of one blob use the same temporary name', 'many pushes of one blob at once all succeed', (right) => ({
    uploads: stagingByDigest(right),
  })),
];
