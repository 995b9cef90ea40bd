/** Drivers whose inventory is wrong. */
import type { Descriptor, Digest, Inventory, RepositoryName } from '../../../lib/driver.ts';
import { type RightDriver, wrong, wrongByChance, wrongInstance } from './wrong-driver.ts';

const listsAll = 'what a repository holds is listed page by page, with size and time';
const lookFindsBlob = 'a look-up finds a blob in the trash, and brings it back';
const commitFinds = 'a commit that was repeated finds a blob in the trash, and brings it back';
const mountFinds = 'a mount from there finds a blob in the trash, and brings it back';
const lookFindsManifest = 'a look-up finds a manifest in the trash, and brings it back';
const describes = 'a description finds a manifest in the trash, and brings it back';
const resolves = 'a tag that resolves to it finds a manifest in the trash, and brings it back';
const tags = 'a new tag finds a manifest in the trash, and brings it back';
const refers = 'a list of referrers has those in the trash, and brings them back';
const inTime = 'what was discarded is removed after its time, not before, and is gone then';
const trashPages = 'the trash is listed page by page, whatever its times';
const staysAway = 'what is deleted or pushed again does not come out of the trash';
const exists = 'a repository does not exist for what lies in its trash, and is in the inventory all the same';
const freesOthers = 'bytes that nobody holds are freed, and no others';
const withdrawn = 'what is withdrawn is absent until it is pushed again, and then all leads to it again';
const movedBack = 'what is not damaged after all is moved back';
const oneFirst = 'of a look and a removal at once, one comes first: what was found stays';
const allFind = 'of several that look at once for what lies in the trash, all find it';
const deletes = 'a deletion of what lies in the trash takes it, whoever looks for it meanwhile';
const lasts = 'the trash and its times outlive the driver';

/** A wrong driver over memory that is right but for its inventory. */
const inventory = (
  fault: string,
  caughtBy: string,
  change: (right: RightDriver['inventory'], driver: RightDriver) => Partial<Inventory>,
) => wrong(fault, caughtBy, (right: RightDriver) => ({ inventory: change(right.inventory, right) }));

/** Whether the item lies in the trash. */
async function isDiscarded(
  right: RightDriver,
  repo: RepositoryName,
  kind: 'blob' | 'manifest',
  digest: Digest,
): Promise<boolean> {
  const items = await right.inventory.discarded(repo, kind, { limit: 1_000 });
  return items.some((item) => item.digest === digest);
}

/** Each has an inventory that goes wrong, or a method that does not look into the trash. */
export const wrongInventories = [
  inventory('a page of what is held has one entry too many', listsAll, ({ held }) => ({
    held: (repo, kind, page) => held(repo, kind, { ...page, limit: page.limit + 1 }),
  })),
  inventory('what is held is listed in the order of its pushes', listsAll, ({ held }) => ({
    held: async (repo, kind, page) => (await held(repo, kind, page)).toReversed(),
  })),
  inventory('what another repository holds is listed, too', listsAll, ({ held }) => ({
    held: async (repo, kind, page) => {
      const own = await held(repo, kind, page);
      return own.length === page.limit ? own : [...own, ...(await held('library/other' as RepositoryName, kind, { limit: 1 }))];
    },
  })),
  inventory('sizes are those of the links', listsAll, ({ held }) => ({
    held: async (repo, kind, page) => (await held(repo, kind, page)).map((item) => ({ ...item, size: 0 })),
  })),
  inventory('items have the time of the look', listsAll, ({ held }) => ({
    held: async (repo, kind, page) =>
      (await held(repo, kind, page)).map((item) => ({ ...item, at: new Date(Date.now() + 60_000) })),
  })),
  wrong('a look-up does not look into the trash', lookFindsBlob, (right) => ({
    blobs: {
      get: async (repo, digest) => ((await isDiscarded(right, repo, 'blob', digest)) ? undefined : right.blobs.get(repo, digest)),
    },
  })),
  wrong('a look-up finds what lies in the trash, and leaves it there', lookFindsBlob, (right) => ({
    blobs: {
      get: async (repo, digest) => {
        const discarded = (await right.inventory.discarded(repo, 'blob', { limit: 1_000 })).find(
          (item) => item.digest === digest,
        );
        const blob = await right.blobs.get(repo, digest);
        if (discarded) await right.inventory.discard(repo, 'blob', digest, discarded.at);
        return blob;
      },
    },
  })),
  wrong('a commit does not look into the trash', commitFinds, (right) => ({
    uploads: {
      commit: async (repo, id, at, digest) =>
        !(await isDiscarded(right, repo, 'blob', digest)) && right.uploads.commit(repo, id, at, digest),
    },
  })),
  wrong('a mount does not look into the trash', mountFinds, (right) => ({
    blobs: {
      mount: async (to, digest, from) =>
        !(from !== undefined && (await isDiscarded(right, from, 'blob', digest))) && right.blobs.mount(to, digest, from),
    },
  })),
  wrong('a look-up of a manifest does not look into the trash', lookFindsManifest, (right) => ({
    manifests: {
      get: async (repo, digest) =>
        (await isDiscarded(right, repo, 'manifest', digest)) ? undefined : right.manifests.get(repo, digest),
    },
  })),
  wrong('a description does not look into the trash', describes, (right) => ({
    manifests: {
      describe: async (repo, digest) =>
        (await isDiscarded(right, repo, 'manifest', digest)) ? undefined : right.manifests.describe(repo, digest),
    },
  })),
  wrong('a tag resolves to what lies in the trash, and leaves it there', resolves, (right) => {
    const targets = new Map<string, Digest>();
    return {
      manifests: {
        tag: async (repo, tag, digest, expected) => {
          const isSet = await right.manifests.tag(repo, tag, digest, expected);
          if (isSet) targets.set(`${repo}:${tag}`, digest);
          return isSet;
        },
        resolve: async (repo, tag) => {
          const target = targets.get(`${repo}:${tag}`);
          return target && (await isDiscarded(right, repo, 'manifest', target)) ? target : right.manifests.resolve(repo, tag);
        },
      },
    };
  }),
  wrong('a new tag on what lies in the trash is refused', tags, (right) => ({
    manifests: {
      tag: async (repo, tag, digest, expected) =>
        !(await isDiscarded(right, repo, 'manifest', digest)) && right.manifests.tag(repo, tag, digest, expected),
    },
  })),
  wrong('a list of referrers leaves out those in the trash', refers, (right) => ({
    manifests: {
      referrers: async (repo, subject, page) => {
        const discarded = await right.inventory.discarded(repo, 'manifest', { limit: 1_000 });
        const away = new Set(discarded.map((item) => item.digest));
        return away.size > 0 ? [] : right.manifests.referrers(repo, subject, page);
      },
    },
  })),
  inventory('what is held is removed at once', inTime, ({ discard, remove }) => ({
    remove: async (repo, kind, digest, before) => {
      await discard(repo, kind, digest, new Date(0));
      return remove(repo, kind, digest, before);
    },
  })),
  inventory('what was discarded is removed before its time', inTime, ({ remove }) => ({
    remove: (repo, kind, digest, before) => remove(repo, kind, digest, new Date(before.getTime() + 1)),
  })),
  inventory('the trash tells the time of its own clock', inTime, ({ discard }) => ({
    discard: (repo, kind, digest) => discard(repo, kind, digest, new Date()),
  })),
  inventory('what lies in the trash is discarded again, with a new time', inTime, ({ discard }, { blobs, manifests }) => ({
    discard: async (repo, kind, digest, at) => {
      await (kind === 'blob' ? blobs.get(repo, digest) : manifests.get(repo, digest));
      return discard(repo, kind, digest, at);
    },
  })),
  wrong('a manifest that is removed stays among the referrers', inTime, (right) => {
    const listed: Descriptor[] = [];
    return {
      inventory: {
        discard: async (repo, kind, digest, at) => {
          const manifest = kind === 'manifest' ? await right.manifests.get(repo, digest) : undefined;
          if (manifest?.referrer) listed.push(manifest.referrer);
          return right.inventory.discard(repo, kind, digest, at);
        },
      },
      manifests: {
        referrers: async (repo, subject, page) => {
          const found = await right.manifests.referrers(repo, subject, page);
          return found.length > 0 ? found : listed.filter(({ digest }) => digest > (page.after ?? ''));
        },
      },
    };
  }),
  inventory('to list the trash empties it', inTime, ({ discarded }, { blobs }) => ({
    discarded: async (repo, kind, page) => {
      const items = await discarded(repo, kind, page);
      for (const { digest } of items) await blobs.get(repo, digest);
      return items;
    },
  })),
  inventory('the trash is listed by its times', trashPages, ({ discarded }) => ({
    discarded: async (repo, kind, page) =>
      [...(await discarded(repo, kind, page))].sort((one, two) => one.at.getTime() - two.at.getTime()),
  })),
  wrong('a deletion leaves what lies in the trash', staysAway, (right) => ({
    blobs: {
      delete: async (repo, digest) => !(await isDiscarded(right, repo, 'blob', digest)) && right.blobs.delete(repo, digest),
    },
  })),
  inventory('a repository with nothing but a trash is not in the inventory', exists, (_, { manifests }) => ({
    repositories: (page) => manifests.repositories(page),
  })),
  wrong('a repository exists for what lies in its trash', exists, (right) => ({
    manifests: { repositories: (page) => right.inventory.repositories(page) },
  })),
  inventory('bytes that lie in a trash are freed', freesOthers, ({ discarded, remove, reclaim }) => ({
    reclaim: async () => {
      for (const { digest } of await discarded('library/sample' as RepositoryName, 'blob', { limit: 100 })) {
        await remove('library/sample' as RepositoryName, 'blob', digest, new Date());
      }
      return reclaim();
    },
  })),
  inventory('the same bytes are freed again and again', freesOthers, () => ({
    reclaim: async () => ({ blobs: 1, bytes: 20_000 }),
  })),
  inventory('what is withdrawn comes back by a look', withdrawn, ({ discard }) => ({
    withdraw: (repo, kind, digest) => discard(repo, kind, digest, new Date(0)),
  })),
  inventory('what is withdrawn is deleted with its tags', withdrawn, ({ withdraw }, { manifests }) => ({
    withdraw: (repo, kind, digest, isDamaged) =>
      kind === 'manifest' ? manifests.delete(repo, digest) : withdraw(repo, kind, digest, isDamaged),
  })),
  inventory('what is not there is withdrawn all the same', withdrawn, ({ withdraw }) => ({
    withdraw: async (...item) => (await withdraw(...item)) || true,
  })),
  inventory('what is withdrawn stays away, whatever is said of it', movedBack, ({ withdraw }) => ({
    withdraw: (repo, kind, digest, isDamaged) => withdraw(repo, kind, digest, async (moved) => (await isDamaged(moved)) || true),
  })),
  wrongByChance('a removal looks, and then takes what a look has brought back meanwhile', oneFirst, (right, lag) => ({
    inventory: {
      remove: async (repo, kind, digest, before) => {
        if (!(await isDiscarded(right, repo, kind, digest))) return false;
        await lag();
        await right.inventory.discard(repo, kind, digest, new Date(0));
        return right.inventory.remove(repo, kind, digest, before);
      },
    },
  })),
  wrongByChance('a look misses what another one takes out of the trash', allFind, (right, lag) => ({
    blobs: {
      get: async (repo, digest) => {
        const wasDiscarded = await isDiscarded(right, repo, 'blob', digest);
        await lag();
        return wasDiscarded && !(await isDiscarded(right, repo, 'blob', digest)) ? undefined : right.blobs.get(repo, digest);
      },
    },
  })),
  wrongByChance('a deletion misses what a look takes out of the trash', deletes, (right, lag) => ({
    blobs: {
      delete: async (repo, digest) => {
        const wasDiscarded = await isDiscarded(right, repo, 'blob', digest);
        await lag();
        return wasDiscarded && !(await isDiscarded(right, repo, 'blob', digest)) ? false : right.blobs.delete(repo, digest);
      },
    },
  })),
  wrongInstance('times are forgotten with the driver', lasts, ({ inventory: { discarded } }) => {
    let instances = 0;
    return () => {
      const isFirst = instances++ === 0;
      return {
        inventory: {
          discarded: async (repo, kind, page) =>
            (await discarded(repo, kind, page)).map((item) => (isFirst ? item : { ...item, at: new Date(0) })),
        },
      };
    };
  }),
];
