/** Drivers that go wrong when several of them are on one storage. */
import assert from 'node:assert/strict';
import { memoryDriver } from '../../../drivers/memory.ts';
import { type Digest, type Driver, type RepositoryName, StorageFault, type Upload, type UploadId } from '../../../lib/driver.ts';
import { chunkOf } from '../../../lib/testing/suite/samples.ts';
import { collected, moment, oneAtATime, stands } from './material.ts';
import { uploadsInMemory } from './unfinished.ts';
import { type Instance, type RightDriver, type WrongDriver, wrongInstance } from './wrong-driver.ts';

/** Compares and writes tags under a lock that no other instance sees. */
function lockingTagsAlone(right: RightDriver): Instance {
  return () => {
    const locked = oneAtATime();
    return {
      manifests: {
        tag: (repo, tag, digest, expected) =>
          locked(async () => {
            const now = (await right.manifests.resolve(repo, tag)) ?? null;
            if (expected !== undefined && now !== expected) return false;
            await moment();
            return right.manifests.tag(repo, tag, digest);
          }),
      },
    };
  };
}

/** Compares and appends under a lock that no other instance sees. */
function lockingUploadsAlone(right: RightDriver): Instance {
  return () => {
    const locked = oneAtATime();
    return {
      uploads: {
        append: (repo, id, from, chunk) =>
          locked(async () => {
            if (!(await stands(right, repo, id, from))) return undefined;
            const buffers = await collected(chunk);
            await moment();
            const now: Upload | undefined = await right.uploads.get(repo, id);
            const steps = { ...chunkOf(new Uint8Array(0), [buffers]), checkpoint: () => chunk.checkpoint() };
            return now && right.uploads.append(repo, id, now, steps);
          }),
      },
    };
  };
}

/** Remembers where tags point. */
function cachingTags(right: RightDriver): Instance {
  return () => {
    const cache = new Map<string, Digest>();
    return {
      manifests: {
        async resolve(repo, tag) {
          const known = cache.get(`${repo}:${tag}`) ?? (await right.manifests.resolve(repo, tag));
          if (known !== undefined) cache.set(`${repo}:${tag}`, known);
          return known;
        },
        async tag(repo, tag, ...about) {
          cache.delete(`${repo}:${tag}`);
          return right.manifests.tag(repo, tag, ...about);
        },
        async untag(repo, tag, ...about) {
          cache.delete(`${repo}:${tag}`);
          return right.manifests.untag(repo, tag, ...about);
        },
        async delete(repo, digest) {
          cache.clear();
          return right.manifests.delete(repo, digest);
        },
      },
    };
  };
}

/** Takes what it did not begin itself for something that nobody works on. */
function expiringOthers(right: RightDriver): Instance {
  const begun = new Map<UploadId, RepositoryName>();
  return () => {
    const mine = new Set<UploadId>();
    return {
      uploads: {
        create(repo, id, start) {
          begun.set(id, repo);
          mine.add(id);
          return right.uploads.create(repo, id, start);
        },
        async expire(before) {
          let ended = await right.uploads.expire(before);
          for (const [id, repo] of begun) if (!mine.has(id) && (await right.uploads.delete(repo, id))) ended++;
          return ended;
        },
      },
    };
  };
}

/** Closes the client that all drivers on the storage share. */
const closingTheClient: WrongDriver = {
  fault: 'a driver closes the client that it was handed',
  caughtBy: 'a driver goes on when another one on its storage was closed',
  make() {
    const clients = new WeakMap<Driver, { readonly right: Driver; open: boolean }>();
    const over = (client: { readonly right: Driver; open: boolean }): Driver => {
      const { right } = client;
      const get: Driver['blobs']['get'] = async (repo, digest) => {
        if (!client.open) throw new StorageFault('broken', 'the client is closed');
        return right.blobs.get(repo, digest);
      };
      const close = async () => {
        client.open = false;
      };
      const driver: Driver = { ...right, blobs: { ...right.blobs, get }, close };
      clients.set(driver, client);
      return driver;
    };
    const clientOf = (driver: Driver) => clients.get(driver) ?? assert.fail('it was given by create()');
    return {
      name: 'closingTheClient',
      lacks: ['blob.url'],
      create: () => over({ right: memoryDriver(), open: true }),
      reopen: (driver) => over({ right: clientOf(driver).right, open: true }),
      peer: (driver) => over(clientOf(driver)),
    };
  },
};

/** Each is right as long as it has the storage for itself. */
export const wrongInstances = [
  closingTheClient,
  wrongInstance(
    'tags are compared under a lock of the instance',
    'of many conditional writes of one tag at once, one wins',
    lockingTagsAlone,
  ),
  wrongInstance(
    'an append is under a lock of the instance',
    'of two appends at once from one place, one wins and the other is undefined',
    lockingUploadsAlone,
  ),
  wrongInstance('tags are cached', 'what one instance reported as done the other sees', cachingTags),
  wrongInstance(
    'an upload is known where it began only',
    'an upload goes on at another instance, and is committed at the first',
    uploadsInMemory,
  ),
  wrongInstance(
    'an expiry ends what other instances began',
    'an expiry leaves alone what another instance is appending to',
    expiringOthers,
  ),
];
