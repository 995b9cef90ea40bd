/**
 * Drivers that are right as long as no two calls meet, as one is on a storage whose steps are safe one by one, and not together: a
 * database that reads what is committed, a key-value store without a watch, an object store without conditions. How long each step
 * takes is a matter of chance.
 */
import type { Digest, ManifestStore, RepositoryName, UploadId, UploadStore } from '../../../lib/driver.ts';
import type { DriverOverrides } from '../../../lib/testing/override-driver.ts';
import { emptyCheckpoint, readAll } from '../../../lib/testing/suite/samples.ts';
import { bytesOf, collected, everywhere, inOneStep, oneAtATime, publish, stands, tagsOn, through } from './material.ts';
import { type Instance, type Lag, type RightDriver, wrongByChance, wrongInstanceByChance } from './wrong-driver.ts';

const appends = 'of two appends at once from one place, one wins and the other is undefined';
const cancels = 'a deletion of an upload that meets its appends leaves neither the upload nor bytes of it';
const appendOrCommit = 'of an append and a commit that meet, one wins';
const commitOrCancel = 'of a commit and a deletion of its upload that meet, one wins';
const committedElsewhere = 'a blob that one repository deletes while another commits it is there for the other';

/**
 * The buffers of a chunk, of which each step was written as it came. They are read within an append that keeps nothing, so that the
 * upload counts as touched meanwhile.
 */
async function written(
  right: RightDriver,
  lag: Lag,
  ...[repo, id, from, chunk]: Parameters<UploadStore['append']>
): Promise<Uint8Array[]> {
  const buffers: Uint8Array[] = [];
  const allCame = new Error('all of the chunk came');
  const reading = through(chunk, async function* (steps) {
    for await (const step of steps) {
      await lag();
      buffers.push(...step);
      yield step;
    }
    throw allCame;
  });
  await right.uploads.append(repo, id, from, reading).catch((error: unknown) => {
    if (error !== allCame) throw error;
  });
  return buffers;
}

/** Compares, and replaces the record of the upload a step later, whoever has replaced it meanwhile. */
function comparingBefore(right: RightDriver, lag: Lag): Pick<UploadStore, 'append'> {
  return {
    async append(repo, id, from, chunk) {
      if (!(await stands(right, repo, id, from))) return undefined;
      const buffers = await written(right, lag, repo, id, from, chunk);
      if (!(await stands(right, repo, id, from))) return undefined;
      await lag();
      const now = await right.uploads.get(repo, id);
      return now && right.uploads.append(repo, id, now, inOneStep(buffers, chunk));
    },
  };
}

/** Keeps the bytes of uploads in a table of their own, whose rows are added a step before the upload is moved on. */
function piecesApart(right: RightDriver, lag: Lag): { readonly uploads: UploadStore; staged(): UploadId[] } {
  const pieces = new Map<UploadId, { readonly repo: RepositoryName; readonly buffers: Uint8Array[] }>();
  const uploads: UploadStore = {
    ...right.uploads,
    async append(repo, id, from, chunk) {
      if (!(await stands(right, repo, id, from))) return undefined;
      const buffers = await written(right, lag, repo, id, from, chunk);
      if (!(await stands(right, repo, id, from))) return undefined;
      await lag();
      pieces.set(id, { repo, buffers: [...(pieces.get(id)?.buffers ?? []), ...buffers] });
      await lag();
      return right.uploads.append(repo, id, from, inOneStep(buffers, chunk));
    },
    async read(repo, id, at) {
      if ((await right.uploads.get(repo, id)) === undefined) return undefined;
      return streamed(Buffer.concat(pieces.get(id)?.buffers ?? []).subarray(0, at.offset));
    },
    async commit(repo, id, at, digest) {
      const ends = await stands(right, repo, id, at);
      const committed = await right.uploads.commit(repo, id, at, digest);
      if (ends) pieces.delete(id);
      return committed;
    },
    async delete(repo, id) {
      const deleted = await right.uploads.delete(repo, id);
      if (deleted) pieces.delete(id);
      return deleted;
    },
    async expire(before) {
      const open: [RepositoryName, UploadId][] = [];
      for (const [id, { repo }] of pieces) if (await right.uploads.get(repo, id)) open.push([repo, id]);
      const ended = await right.uploads.expire(before);
      for (const [repo, id] of open) if (!(await right.uploads.get(repo, id))) pieces.delete(id);
      return ended;
    },
  };
  return { uploads, staged: () => [...pieces.keys()] };
}

async function* streamed(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Writes the upload anew where it was ended a step ago. */
function upserting(right: RightDriver, lag: Lag): Pick<UploadStore, 'append'> {
  return {
    async append(repo, id, from, chunk) {
      if (!(await stands(right, repo, id, from))) return undefined;
      const before = await bytesOf(right, repo, id, from);
      const buffers = await written(right, lag, repo, id, from, chunk);
      if (!(await stands(right, repo, id, from))) return undefined;
      await lag();
      const begun = await right.uploads.create(repo, id, emptyCheckpoint);
      return right.uploads.append(repo, id, begun, inOneStep([before, ...buffers], chunk));
    },
  };
}

/** Compares, publishes, and ends the upload, each a step later than the one before. */
function committingInSteps(right: RightDriver, lag: Lag): Pick<UploadStore, 'commit'> {
  return {
    async commit(repo, id, at, digest) {
      if (!(await stands(right, repo, id, at))) return right.uploads.commit(repo, id, at, digest);
      await lag();
      const bytes = await bytesOf(right, repo, id, at);
      await lag();
      await publish(right, repo, digest, bytes.subarray(0, at.offset));
      await lag();
      await right.uploads.delete(repo, id);
      return true;
    },
  };
}

/** The same under a lock that only what ends an upload takes. */
function committingBesideAppends(right: RightDriver, lag: Lag): Pick<UploadStore, 'commit' | 'delete' | 'expire'> {
  const locked = oneAtATime();
  const { commit } = committingInSteps(right, lag);
  return {
    commit: (...about) => locked(() => commit(...about)),
    delete: (...about) => locked(() => right.uploads.delete(...about)),
    expire: (before) => locked(() => right.uploads.expire(before)),
  };
}

/** Ends the upload if it was there a step ago, and says that it was. */
function deletingInSteps(right: RightDriver, lag: Lag): Pick<UploadStore, 'delete'> {
  return {
    async delete(repo, id) {
      if ((await right.uploads.get(repo, id)) === undefined) return false;
      await lag();
      await right.uploads.delete(repo, id);
      return true;
    },
  };
}

/** Lists what nobody touched, and ends it a step later. */
function expiringInSteps(right: RightDriver, lag: Lag): Partial<UploadStore> {
  const known = new Map<UploadId, { readonly repo: RepositoryName; touched: Date; appends: number }>();
  return {
    create(repo, id, start) {
      known.set(id, { repo, touched: new Date(), appends: 0 });
      return right.uploads.create(repo, id, start);
    },
    async append(repo, id, from, chunk) {
      const upload = known.get(id);
      if (!upload) return undefined;
      upload.appends++;
      try {
        return await right.uploads.append(repo, id, from, chunk);
      } finally {
        upload.appends--;
        upload.touched = new Date();
      }
    },
    async expire(before) {
      const stale = [...known].filter(([, { touched, appends: running }]) => touched < before && running === 0);
      await lag();
      const ended = await Promise.all(stale.map(([id, { repo }]) => right.uploads.delete(repo, id)));
      return ended.filter(Boolean).length;
    },
  };
}

/** What changes who holds a blob. */
type Change = 'commit' | 'mount' | 'put' | 'delete';

/**
 * Keeps the bytes of blobs apart from the links of repositories: who begins to hold a blob sees to its bytes, and links them a step
 * later; a deletion looks for the last link, and takes the bytes a step later. All take one lock for that but the careless one.
 */
function linksApart(right: RightDriver, lag: Lag, careless: Change): DriverOverrides {
  const contents = new Set<Digest>();
  const oneByOne = oneAtATime();
  const locked = <T>(change: Change, work: () => Promise<T>): Promise<T> => (change === careless ? work() : oneByOne(work));
  const get = async (repo: RepositoryName, digest: Digest) => (contents.has(digest) ? right.blobs.get(repo, digest) : undefined);
  const holdersOf = async (digest: Digest): Promise<RepositoryName[]> => {
    const all = await everywhere(right);
    const held = await Promise.all(all.map((repo) => right.blobs.get(repo, digest)));
    return all.filter((_, turn) => held[turn]);
  };
  return {
    blobs: {
      get,
      delete: (repo, digest) =>
        locked('delete', async () => {
          const wasThere = (await get(repo, digest)) !== undefined;
          await right.blobs.delete(repo, digest);
          const holders = await holdersOf(digest);
          await lag();
          if (holders.length === 0) contents.delete(digest);
          return wasThere;
        }),
      mount: (to, digest, from) =>
        locked('mount', async () => {
          const source = from ?? (await holdersOf(digest))[0];
          const blob = source && (await get(source, digest));
          const bytes = await readAll(await blob?.open());
          await lag();
          if (bytes) await publish(right, to, digest, bytes);
          return bytes !== undefined;
        }),
      async put(repo, digest, chunk) {
        const buffers = await collected(chunk);
        await locked('put', async () => {
          contents.add(digest);
          await lag();
          await publish(right, repo, digest, ...buffers);
        });
      },
    },
    uploads: {
      commit: (repo, id, at, digest) =>
        locked('commit', async () => {
          if (!(await stands(right, repo, id, at))) return (await get(repo, digest)) !== undefined;
          contents.add(digest);
          await lag();
          return right.uploads.commit(repo, id, at, digest);
        }),
    },
  };
}

/** Compares where the tag points, and takes it a step later. */
function untaggingInSteps(right: RightDriver, lag: Lag): Pick<ManifestStore, 'untag'> {
  return {
    async untag(repo, tag, expected) {
      const now = await right.manifests.resolve(repo, tag);
      if (now === undefined || (expected !== undefined && now !== expected)) return false;
      await lag();
      return right.manifests.untag(repo, tag);
    },
  };
}

/** Compares where the tag points, and sets it a step later. */
function taggingInSteps(right: RightDriver, lag: Lag): Partial<ManifestStore> {
  return {
    async tag(repo, tag, digest, expected) {
      const now = (await right.manifests.resolve(repo, tag)) ?? null;
      if (expected !== undefined && now !== expected) return false;
      await lag();
      return right.manifests.tag(repo, tag, digest);
    },
  };
}

/** Makes a tag that is there point elsewhere by taking it and, a step later, making it anew. */
function replacingTags(right: RightDriver, lag: Lag): Partial<ManifestStore> {
  return {
    async tag(repo, tag, digest, expected) {
      const now = await right.manifests.resolve(repo, tag);
      if (now === undefined || expected === null || (await right.manifests.get(repo, digest)) === undefined) {
        return right.manifests.tag(repo, tag, digest, expected);
      }
      if (!(await right.manifests.untag(repo, tag, expected))) return false;
      await lag();
      return right.manifests.tag(repo, tag, digest);
    },
  };
}

/** Collects the tags of a manifest, and takes them a step later, wherever they point by then. */
function deletingCollectedTags(right: RightDriver, lag: Lag): Partial<ManifestStore> {
  return {
    async delete(repo, digest) {
      const tags = await tagsOn(right, repo, digest);
      await lag();
      for (const tag of tags) await right.manifests.untag(repo, tag);
      return right.manifests.delete(repo, digest);
    },
  };
}

/** Takes the entry among the referrers a step after the manifest, also where that was put again. */
function unlistingLate(right: RightDriver, lag: Lag): Partial<ManifestStore> {
  const unlisted = new Set<Digest>();
  return {
    async put(repo, manifest) {
      await right.manifests.put(repo, manifest);
      unlisted.delete(manifest.digest);
    },
    async delete(repo, digest) {
      const deleted = await right.manifests.delete(repo, digest);
      await lag();
      unlisted.add(digest);
      return deleted;
    },
    referrers: async (...about) => (await right.manifests.referrers(...about)).filter(({ digest }) => !unlisted.has(digest)),
  };
}

/** Takes a lock for what it does in steps, which no other instance sees. */
function lockedAlone(right: RightDriver, lag: Lag): Instance {
  return () => {
    const locked = oneAtATime();
    const { untag } = untaggingInSteps(right, lag);
    const { commit } = committingInSteps(right, lag);
    return {
      manifests: {
        untag: (...about) => locked(() => untag(...about)),
        tag: (...about) => locked(() => right.manifests.tag(...about)),
      },
      uploads: {
        commit: (...about) => locked(() => commit(...about)),
        delete: (...about) => locked(() => right.uploads.delete(...about)),
        expire: (before) => locked(() => right.uploads.expire(before)),
      },
    };
  };
}

/** Each loses what it acknowledged, acknowledges too much, or leaves something behind where calls meet. */
export const wrongRaces = [
  wrongByChance('an append compares, and writes a step later', appends, (right, lag) => ({
    uploads: comparingBefore(right, lag),
  })),
  wrongByChance('an append that lost leaves its bytes in the upload', appends, (right, lag) => ({
    uploads: piecesApart(right, lag).uploads,
  })),
  wrongByChance('a deletion leaves the bytes that an append is writing', cancels, piecesApart),
  wrongByChance('an append writes an upload anew that was deleted a step before', cancels, (right, lag) => ({
    uploads: upserting(right, lag),
  })),
  wrongByChance('an append goes on with an upload that was committed a step before', appendOrCommit, (right, lag) => ({
    uploads: upserting(right, lag),
  })),
  wrongByChance('a commit compares, and publishes a step later what an append has moved on', appendOrCommit, (right, lag) => ({
    uploads: committingBesideAppends(right, lag),
  })),
  wrongByChance(
    'an expiry lists what is stale, and ends it a step later under an append',
    'of an append that begins and an expiry that meet, one wins',
    (right, lag) => ({ uploads: expiringInSteps(right, lag) }),
  ),
  wrongByChance('a commit publishes an upload that is deleted under it', commitOrCancel, (right, lag) => ({
    uploads: committingInSteps(right, lag),
  })),
  wrongByChance('a deletion of an upload does not look whether it was the one that ended it', commitOrCancel, (right, lag) => ({
    uploads: deletingInSteps(right, lag),
  })),
  wrongByChance(
    'a commit publishes an upload that an expiry takes',
    'of a commit and an expiry that meet, one wins',
    (right, lag) => ({
      uploads: committingInSteps(right, lag),
    }),
  ),
  wrongByChance(
    'a commit of one upload succeeds twice',
    'of two commits of one upload under two digests, one wins',
    (right, lag) => ({ uploads: committingInSteps(right, lag) }),
  ),
  wrongByChance('a commit takes no lock against the deletion of the blob', committedElsewhere, (right, lag) =>
    linksApart(right, lag, 'commit'),
  ),
  wrongByChance(
    'a mount takes no lock against the deletion of the blob',
    'a blob that one repository deletes while another mounts it is there for the other if the mount was true',
    (right, lag) => linksApart(right, lag, 'mount'),
  ),
  wrongByChance(
    'a blob that is put takes no lock against its deletion',
    'a blob that one repository deletes while it is put into another is there for the other',
    (right, lag) => linksApart(right, lag, 'put'),
  ),
  wrongByChance('a deletion of a blob takes no lock against who begins to hold it', committedElsewhere, (right, lag) =>
    linksApart(right, lag, 'delete'),
  ),
  wrongByChance(
    'a tag that is expected to be absent is written over one that came a step before',
    'of writes of one tag at once that expect none, one wins',
    (right, lag) => ({ manifests: taggingInSteps(right, lag) }),
  ),
  wrongByChance(
    'a tag is compared, and written a step later where it was taken',
    'of a tag and an untag at once that expect the same, one wins',
    (right, lag) => ({ manifests: taggingInSteps(right, lag) }),
  ),
  wrongByChance(
    'a tag is away for a step while it is moved',
    'a tag that is moved is there at every moment, so that a write that expects none is false',
    (right, lag) => ({ manifests: replacingTags(right, lag) }),
  ),
  wrongByChance(
    'an untag compares, and takes a step later a tag that was moved',
    'an untag that expects another manifest leaves a tag that is moved at the same moment',
    (right, lag) => ({ manifests: untaggingInSteps(right, lag) }),
  ),
  wrongByChance(
    'a deletion of a manifest takes a tag that was moved to another',
    'a deletion of a manifest leaves a tag that is moved to another at the same moment',
    (right, lag) => ({ manifests: deletingCollectedTags(right, lag) }),
  ),
  wrongByChance(
    'a deletion of a manifest takes the entry of one that was put again',
    'a manifest that is put and deleted at once is listed among the referrers exactly if it is there',
    (right, lag) => ({ manifests: unlistingLate(right, lag) }),
  ),
  wrongInstanceByChance(
    'untags are under a lock of the instance',
    'an untag that expects another manifest leaves a tag that is moved at the same moment',
    lockedAlone,
  ),
  wrongInstanceByChance('commits are under a lock of the instance', commitOrCancel, lockedAlone),
];
