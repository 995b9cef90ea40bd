/** Drivers that expire uploads in a wrong way. */
import type { Digest, RepositoryName, UploadId, UploadStore } from '../../../lib/driver.ts';
import type { DriverOverrides } from '../../../lib/testing/override-driver.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const expiry = 'an expiry ends the uploads that nobody touched since, and no other';

/** Counts the time of an upload from its beginning. */
function expiringByAge(right: RightDriver): Partial<UploadStore> {
  const begun = new Map<UploadId, { repo: RepositoryName; since: Date }>();
  return {
    create(repo, id, start) {
      begun.set(id, { repo, since: new Date() });
      return right.uploads.create(repo, id, start);
    },
    async expire(before) {
      let ended = 0;
      for (const [id, { repo, since }] of begun) if (since < before && (await right.uploads.delete(repo, id))) ended++;
      return ended;
    },
  };
}

/** Counts the time of an upload from the end of its last append, also while the next one is under way. */
function expiringUnderAppends(right: RightDriver): Partial<UploadStore> {
  const touched = new Map<UploadId, { repo: RepositoryName; since: Date }>();
  return {
    create(repo, id, start) {
      touched.set(id, { repo, since: new Date() });
      return right.uploads.create(repo, id, start);
    },
    async append(repo, id, from, chunk) {
      const upload = await right.uploads.append(repo, id, from, chunk);
      touched.set(id, { repo, since: new Date() });
      return upload;
    },
    async expire(before) {
      let ended = 0;
      for (const [id, { repo, since }] of touched) if (since < before && (await right.uploads.delete(repo, id))) ended++;
      return ended;
    },
  };
}

/** Counts the time of an upload from the beginning of its last append. */
function expiringByLastRequest(right: RightDriver): Partial<UploadStore> {
  const touched = new Map<UploadId, { repo: RepositoryName; since: Date }>();
  const underWay = new Set<UploadId>();
  return {
    create(repo, id, start) {
      touched.set(id, { repo, since: new Date() });
      return right.uploads.create(repo, id, start);
    },
    append(repo, id, from, chunk) {
      touched.set(id, { repo, since: new Date() });
      underWay.add(id);
      return right.uploads.append(repo, id, from, chunk).finally(() => underWay.delete(id));
    },
    async expire(before) {
      const idle = [...touched].filter(([id, { since }]) => since < before && !underWay.has(id));
      let ended = 0;
      for (const [id, { repo }] of idle) if (await right.uploads.delete(repo, id)) ended++;
      return ended;
    },
  };
}

/** Sweeps the bytes of blobs that are being put. */
function sweepingPuts(right: RightDriver): DriverOverrides {
  const staged = new Set<Digest>();
  return {
    blobs: {
      async put(repo, digest, chunk) {
        staged.add(digest);
        await right.blobs.put(repo, digest, chunk);
        if (!staged.delete(digest)) await right.blobs.delete(repo, digest);
      },
    },
    uploads: {
      expire(before) {
        staged.clear();
        return right.uploads.expire(before);
      },
    },
  };
}

/** Each ends too many uploads or too few, or does not count them. */
export const wrongExpiries = [
  wrong('an expiry ends all uploads', expiry, (right) => ({
    uploads: { expire: () => right.uploads.expire(new Date(Date.now() + 3_600_000)) },
  })),
  wrong('an expiry takes its time from a clock that is five minutes slow', expiry, (right) => ({
    uploads: { expire: (before) => right.uploads.expire(new Date(before.getTime() + 300_000)) },
  })),
  wrong('an expiry takes its time from a clock that is five minutes fast', expiry, (right) => ({
    uploads: { expire: (before) => right.uploads.expire(new Date(before.getTime() - 300_000)) },
  })),
  wrong('an append touches its upload when it begins', 'an append touches its upload up to its last byte', (right) => ({
    uploads: expiringByLastRequest(right),
  })),
  wrong('an expiry ends none', expiry, () => ({ uploads: { expire: async () => 0 } })),
  wrong('an expiry counts those that it left alone', expiry, (right) => {
    let begun = 0;
    return {
      uploads: {
        create(repo, id, start) {
          begun++;
          return right.uploads.create(repo, id, start);
        },
        async expire(before) {
          await right.uploads.expire(before);
          return begun;
        },
      },
    };
  }),
  wrong('an expiry counts from the beginning of an upload', 'an upload that was appended to since is not expired', (right) => ({
    uploads: expiringByAge(right),
  })),
  wrong(
    'an expiry ends an upload that an append is writing to',
    'an upload is not expired while an append is under way, however long its bytes take',
    (right) => ({ uploads: expiringUnderAppends(right) }),
  ),
  wrong('an expiry sweeps what is being put', 'a blob that is put whole is not swept while its bytes come', sweepingPuts),
  wrong('an expiry deletes blobs', 'an expiry leaves blobs alone', (right) => {
    const committed: [RepositoryName, Digest][] = [];
    return {
      uploads: {
        commit(repo, id, at, digest) {
          committed.push([repo, digest]);
          return right.uploads.commit(repo, id, at, digest);
        },
        async expire(before) {
          for (const [repo, digest] of committed) await right.blobs.delete(repo, digest);
          return right.uploads.expire(before);
        },
      },
    };
  }),
];
