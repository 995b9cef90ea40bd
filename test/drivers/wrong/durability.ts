/** Drivers that report as done what another driver on the storage does not find. */
import { formats } from '../../../lib/api/formats.ts';
import type { Digest, Tag } from '../../../lib/driver.ts';
import { unwritten } from './material.ts';
import { type Instance, type RightDriver, wrongInstance } from './wrong-driver.ts';

const outlives = 'blobs, manifests, tags and referrers outlive the driver';

/** Keeps in memory where tags point. */
function tagsInMemory(right: RightDriver): Instance {
  const instance = unwritten();
  return () => {
    const { note, knows } = instance();
    return {
      manifests: {
        tag(repo, tag, ...about) {
          note(`${repo}:${tag}`);
          return right.manifests.tag(repo, tag, ...about);
        },
        resolve: async (repo, tag) => (knows(`${repo}:${tag}`) ? right.manifests.resolve(repo, tag) : undefined),
      },
    };
  };
}

/** Keeps in memory which tags were moved. */
function movesInMemory(right: RightDriver): Instance {
  const written = new Map<string, Digest>();
  return () => {
    const moved = new Set<string>();
    const key = (repo: string, tag: Tag): string => `${repo}:${tag}`;
    return {
      manifests: {
        async tag(repo, tag, digest, expected) {
          const now = await right.manifests.resolve(repo, tag);
          const done = await right.manifests.tag(repo, tag, digest, expected);
          if (done && now === undefined) written.set(key(repo, tag), digest);
          if (done) moved.add(key(repo, tag));
          return done;
        },
        async resolve(repo, tag) {
          const now = await right.manifests.resolve(repo, tag);
          return moved.has(key(repo, tag)) ? now : now && written.get(key(repo, tag));
        },
      },
    };
  };
}

/** Keeps in memory which tags were taken. */
function untagsInMemory(right: RightDriver): Instance {
  return () => {
    const taken = new Set<string>();
    const key = (repo: string, tag: Tag): string => `${repo}:${tag}`;
    return {
      manifests: {
        async untag(repo, tag, expected) {
          const now = taken.has(key(repo, tag)) ? undefined : await right.manifests.resolve(repo, tag);
          if (now === undefined || (expected !== undefined && now !== expected)) return false;
          taken.add(key(repo, tag));
          return true;
        },
        async tag(repo, tag, digest, expected) {
          if (taken.has(key(repo, tag))) await right.manifests.untag(repo, tag);
          taken.delete(key(repo, tag));
          return right.manifests.tag(repo, tag, digest, expected);
        },
        resolve: async (repo, tag) => (taken.has(key(repo, tag)) ? undefined : right.manifests.resolve(repo, tag)),
        async tags(repo, { after = '', limit }) {
          const tags = await right.manifests.tags(repo, { limit: 1_000_000 });
          return tags?.filter((tag) => tag > after && !taken.has(key(repo, tag))).slice(0, limit);
        },
      },
    };
  };
}

/** Keeps in memory which manifest refers to which subject. */
function referrersInMemory(right: RightDriver): Instance {
  const instance = unwritten();
  return () => {
    const { note, knows } = instance();
    return {
      manifests: {
        put(repo, manifest) {
          note(manifest.digest);
          return right.manifests.put(repo, manifest);
        },
        async referrers(...about) {
          return (await right.manifests.referrers(...about)).filter(({ digest }) => knows(digest));
        },
      },
    };
  };
}

/** Keeps in memory of which media type a manifest is. */
function mediaTypesInMemory(right: RightDriver): Instance {
  const instance = unwritten();
  return () => {
    const { note, knows } = instance();
    return {
      manifests: {
        put(repo, manifest) {
          note(manifest.digest);
          return right.manifests.put(repo, manifest);
        },
        async get(repo, digest) {
          const manifest = await right.manifests.get(repo, digest);
          const mediaType = formats.mediaType.read('application/octet-stream');
          return manifest && mediaType && !knows(digest) ? { ...manifest, mediaType } : manifest;
        },
      },
    };
  };
}

/** Keeps in memory which blobs were mounted. */
function mountsInMemory(right: RightDriver): Instance {
  const instance = unwritten();
  return () => {
    const { note, knows } = instance();
    return {
      blobs: {
        mount(to, digest, from) {
          note(to + digest);
          return right.blobs.mount(to, digest, from);
        },
        get: async (repo, digest) => (knows(repo + digest) ? right.blobs.get(repo, digest) : undefined),
      },
    };
  };
}

/** Keeps in memory which blobs were put whole. */
function putsInMemory(right: RightDriver): Instance {
  const instance = unwritten();
  return () => {
    const { note, knows } = instance();
    return {
      blobs: {
        put(repo, digest, chunk) {
          note(repo + digest);
          return right.blobs.put(repo, digest, chunk);
        },
        get: async (repo, digest) => (knows(repo + digest) ? right.blobs.get(repo, digest) : undefined),
      },
    };
  };
}

/** Keeps in memory which blobs were deleted. */
function deletionsInMemory(right: RightDriver): Instance {
  return () => {
    const deleted = new Set<string>();
    return {
      blobs: {
        async delete(repo, digest) {
          if (deleted.has(repo + digest) || (await right.blobs.get(repo, digest)) === undefined) return false;
          deleted.add(repo + digest);
          return true;
        },
        get: async (repo, digest) => (deleted.has(repo + digest) ? undefined : right.blobs.get(repo, digest)),
      },
    };
  };
}

/** Each keeps something in memory that belongs on the storage. */
export const wrongLater = [
  wrongInstance('tags are kept in memory', outlives, tagsInMemory),
  wrongInstance('referrers are kept in memory', outlives, referrersInMemory),
  wrongInstance(
    'media types of manifests are kept in memory',
    'all that is known of a manifest outlives the driver',
    mediaTypesInMemory,
  ),
  wrongInstance('moves of tags are kept in memory', 'a tag that was moved or taken stays so', movesInMemory),
  wrongInstance('untags are kept in memory', 'a tag that was moved or taken stays so', untagsInMemory),
  wrongInstance('mounts are kept in memory', 'a blob that was mounted outlives the driver', mountsInMemory),
  wrongInstance('blobs that are put whole are kept in memory', 'a blob that was put whole outlives the driver', putsInMemory),
  wrongInstance('deletions of blobs are kept in memory', 'deletions outlive the driver', deletionsInMemory),
];
