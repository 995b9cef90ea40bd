/** Drivers that begin, read, commit and end uploads in a wrong way. */
import type { RepositoryName, UploadId, UploadStore } from '../../../lib/driver.ts';
import { emptyCheckpoint, lastChunk } from '../../../lib/testing/suite/samples.ts';
import { bytesOf, collected, inOneStep, publish, stands, through } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const stale = 'a commit at a place where the upload does not stand is false and changes nothing';
const deleted = 'a deleted upload is gone, once';

/** Finds an upload by its id alone. */
function inNoRepository({ uploads }: RightDriver): Partial<UploadStore> {
  const homes = new Map<UploadId, RepositoryName>();
  const home = (repo: RepositoryName, id: UploadId): RepositoryName => homes.get(id) ?? repo;
  return {
    create(repo, id, start) {
      homes.set(id, repo);
      return uploads.create(repo, id, start);
    },
    get: (repo, id) => uploads.get(home(repo, id), id),
    read: (repo, id, at) => uploads.read(home(repo, id), id, at),
  };
}

/** Publishes all that lies in the file of an upload, also what a chunk that threw has left behind the checkpoint. */
function committingTails(right: RightDriver): Partial<UploadStore> {
  const torn = new Map<UploadId, { offset: number; bytes: Buffer }>();
  return {
    async append(repo, id, from, chunk) {
      const came: Uint8Array[] = [];
      const noting = through(chunk, async function* (steps) {
        for await (const step of steps) {
          came.push(...step);
          yield step;
        }
      });
      try {
        return await right.uploads.append(repo, id, from, noting);
      } catch (error) {
        torn.set(id, { offset: from.offset, bytes: Buffer.concat(came) });
        throw error;
      }
    },
    async commit(repo, id, at, digest) {
      const tail = torn.get(id);
      if (tail === undefined || !(await stands(right, repo, id, at))) return right.uploads.commit(repo, id, at, digest);
      const behind = tail.bytes.subarray(at.offset - tail.offset);
      await publish(right, repo, digest, await bytesOf(right, repo, id, at), behind);
      return right.uploads.delete(repo, id);
    },
  };
}

/** Each begins, reads, commits or ends uploads in a wrong way. */
const endsEarly = 'of the last bytes of an upload, what came before a chunk ended early is kept, and nothing is published';

export const wrongUploads = [
  wrong('what came of the last bytes is published, though the chunk ended early', endsEarly, (right) => ({
    uploads: {
      async complete(repo, id, from, chunk, digest) {
        const at = await right.uploads.append(repo, id, from, chunk);
        return at && ((await right.uploads.commit(repo, id, at, digest)) || undefined);
      },
    },
  })),
  wrong('of the last bytes nothing is kept where the chunk ended early', endsEarly, (right) => ({
    uploads: {
      async complete(repo, id, from, chunk, digest) {
        const buffers = await collected(chunk);
        if (!chunk.isWhole()) return from;
        return right.uploads.complete(repo, id, from, lastChunk(inOneStep(buffers, chunk)), digest);
      },
    },
  })),
  wrong(
    'the last bytes are published wherever the upload stands by then',
    'of an append and the last bytes of an upload that meet, one wins',
    (right) => ({
      uploads: {
        async complete(repo, id, from, chunk, digest) {
          if (!(await stands(right, repo, id, from))) return undefined;
          const before = await bytesOf(right, repo, id, from);
          await publish(right, repo, digest, before, ...(await collected(chunk)));
          await right.uploads.delete(repo, id);
          return true;
        },
      },
    }),
  ),
  wrong(
    'the last bytes of an upload that was deleted meanwhile leave a blob',
    'an upload that is deleted while its last bytes come publishes nothing, though another repository has the content',
    (right) => ({
      uploads: {
        async complete(repo, id, from, chunk, digest) {
          const before = (await stands(right, repo, id, from)) ? await bytesOf(right, repo, id, from) : undefined;
          const buffers = await collected(chunk);
          const completed = await right.uploads.complete(
            repo,
            id,
            from,
            lastChunk(inOneStep(buffers, chunk), chunk.isWhole()),
            digest,
          );
          if (completed === undefined && before) await publish(right, repo, digest, before, ...buffers);
          return completed;
        },
      },
    }),
  ),
  wrong('an upload is seen from other repositories', "another repository's upload is absent", (right) => ({
    uploads: inNoRepository(right),
  })),
  wrong(
    'every upload begins with the sha256 digest of nothing',
    'an upload keeps the digest that it began with, or that it has none',
    (right) => ({ uploads: { create: (repo, id) => right.uploads.create(repo, id, emptyCheckpoint) } }),
  ),
  wrong(
    'an upload is read to its end',
    'an upload is read up to the place that is asked for, whatever lies behind it',
    (right) => ({
      uploads: {
        read: async (repo, id, at) => right.uploads.read(repo, id, (await right.uploads.get(repo, id)) ?? at),
      },
    }),
  ),
  wrong('an upload that is gone is read as empty', deleted, (right) => ({
    uploads: {
      read: async (repo, id, at) => (await right.uploads.read(repo, id, at)) ?? (async function* () {})(),
    },
  })),
  wrong(
    'an upload that was read can no longer be appended to',
    'an upload is read only as far as asked, and an append that follows works',
    (right) => {
      const read = new Set<UploadId>();
      return {
        uploads: {
          read(repo, id, at) {
            read.add(id);
            return right.uploads.read(repo, id, at);
          },
          append: async (repo, id, from, chunk) => (read.has(id) ? undefined : right.uploads.append(repo, id, from, chunk)),
        },
      };
    },
  ),
  wrong('a commit of an earlier state is accepted', stale, (right) => ({
    uploads: {
      commit: async (repo, id, at, digest) => right.uploads.commit(repo, id, (await right.uploads.get(repo, id)) ?? at, digest),
    },
  })),
  wrong('a commit publishes before it looks where the upload stands', stale, (right) => ({
    uploads: {
      async commit(repo, id, at, digest) {
        if ((await right.uploads.get(repo, id)) !== undefined) {
          await publish(right, repo, digest, await bytesOf(right, repo, id, at));
        }
        return (await stands(right, repo, id, at)) && right.uploads.commit(repo, id, at, digest);
      },
    },
  })),
  wrong(
    'a commit publishes what lies behind the offset as well',
    'a longer chunk that threw leaves no tail behind a shorter one that follows',
    (right) => ({ uploads: committingTails(right) }),
  ),
  wrong('a commit keeps the upload', 'a commit publishes the bytes and ends the upload', (right) => ({
    uploads: {
      async commit(repo, id, at, digest) {
        if (!(await stands(right, repo, id, at))) return right.uploads.commit(repo, id, at, digest);
        await publish(right, repo, digest, await bytesOf(right, repo, id, at));
        return true;
      },
    },
  })),
  wrong(
    'a commit is false the second time',
    'a commit that is repeated is true, as the repository holds the digest',
    (right) => ({
      uploads: {
        commit: async (repo, id, at, digest) =>
          (await right.uploads.get(repo, id)) !== undefined && right.uploads.commit(repo, id, at, digest),
      },
    }),
  ),
  wrong(
    'a commit of an upload that moved on is false whatever the repository holds',
    'a commit at a place where the upload does not stand is true where the repository holds the digest, and changes nothing',
    (right) => ({
      uploads: {
        async commit(repo, id, at, digest) {
          const now = await right.uploads.get(repo, id);
          return (now === undefined || now.offset === at.offset) && right.uploads.commit(repo, id, at, digest);
        },
      },
    }),
  ),
  wrong('a commit of a blob that is there already fails', 'two uploads of one blob are both committed', (right) => ({
    uploads: {
      commit: async (repo, id, at, digest) =>
        (await right.blobs.get(repo, digest)) === undefined && right.uploads.commit(repo, id, at, digest),
    },
  })),
  wrong(
    'a commit of a blob that is there already leaves the upload open',
    'two uploads of one blob are both committed',
    (right) => ({
      uploads: {
        commit: async (repo, id, at, digest) =>
          (await right.blobs.get(repo, digest)) !== undefined || right.uploads.commit(repo, id, at, digest),
      },
    }),
  ),
  wrong('a commit of no bytes publishes nothing', 'a commit of no bytes publishes the empty blob', (right) => ({
    uploads: {
      commit: async (repo, id, at, digest) =>
        at.offset === 0 ? right.uploads.delete(repo, id) : right.uploads.commit(repo, id, at, digest),
    },
  })),
  wrong('a commit of an upload that is gone succeeds', deleted, (right) => ({
    uploads: {
      commit: async (repo, id, at, digest) =>
        (await right.uploads.commit(repo, id, at, digest)) || (await right.uploads.get(repo, id)) === undefined,
    },
  })),
  wrong('a deleted upload is still there', deleted, (right) => ({
    uploads: { delete: async (repo, id) => (await right.uploads.get(repo, id)) !== undefined },
  })),
  wrong('every deletion of an upload reports success', deleted, (right) => ({
    uploads: { delete: async (repo, id) => (await right.uploads.delete(repo, id)) || true },
  })),
  wrong('a deletion ends all uploads of the repository', 'uploads do not touch each other', (right) => {
    const begun = new Map<UploadId, RepositoryName>();
    return {
      uploads: {
        create(repo, id, start) {
          begun.set(id, repo);
          return right.uploads.create(repo, id, start);
        },
        async delete(repo, id) {
          const ended = await right.uploads.delete(repo, id);
          for (const [each, home] of begun) if (home === repo) await right.uploads.delete(repo, each);
          return ended;
        },
      },
    };
  }),
];
