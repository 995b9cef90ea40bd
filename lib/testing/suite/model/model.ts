/** The model of a driver: the contract for one caller at a time, over plain lists of what exists. */
import type { ByteRange, Descriptor, Digest, Manifest, Page, RepositoryName, Tag, Upload, UploadId } from '../../../driver.ts';

interface HeldBlob {
  readonly repo: RepositoryName;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

interface HeldManifest {
  readonly repo: RepositoryName;
  readonly digest: Digest;
  readonly manifest: Manifest;
}

interface SetTag {
  readonly repo: RepositoryName;
  readonly tag: Tag;
  readonly digest: Digest;
}

interface Session {
  readonly repo: RepositoryName;
  readonly id: UploadId;
  readonly bytes: Uint8Array;
}

/** Everything that exists. */
export interface Facts {
  readonly blobs: HeldBlob[];
  readonly manifests: HeldManifest[];
  readonly tags: SetTag[];
  readonly uploads: Session[];
  /** All states of every upload that was begun, in order and as the driver gave them, also of uploads that have ended. */
  readonly states: Map<UploadId, Upload[]>;
}

/** The methods of a driver, answered from the facts. States of uploads are those that the driver gave, tokens included. */
export type Model = ReturnType<typeof createModel>;

/** Creates the model of an empty storage. */
export function createModel() {
  const facts: Facts = { blobs: [], manifests: [], tags: [], uploads: [], states: new Map() };
  return { facts, blobs: createBlobs(facts), uploads: createUploads(facts), manifests: createManifests(facts) };
}

function hold({ blobs }: Facts, blob: HeldBlob): void {
  take(blobs, blob.repo, 'digest', blob.digest);
  blobs.push(blob);
}

function createBlobs(facts: Facts) {
  const { blobs } = facts;
  return {
    get: (repo: RepositoryName, digest: Digest, range?: ByteRange) => {
      const bytes = find(blobs, repo, 'digest', digest)?.bytes;
      return bytes && { size: bytes.length, bytes: range ? bytes.subarray(range.first, range.last + 1) : bytes };
    },
    delete: (repo: RepositoryName, digest: Digest) => take(blobs, repo, 'digest', digest),
    mount: (to: RepositoryName, digest: Digest, from?: RepositoryName) => {
      const source = blobs.find((blob) => blob.digest === digest && (from === undefined || blob.repo === from));
      if (source) hold(facts, { ...source, repo: to });
      return source !== undefined;
    },
    put: (repo: RepositoryName, digest: Digest, bytes: Uint8Array) => hold(facts, { repo, digest, bytes }),
  };
}

function createUploads(facts: Facts) {
  const { uploads, states } = facts;
  const session = (repo: RepositoryName, id: UploadId) => find(uploads, repo, 'id', id);
  const current = (repo: RepositoryName, id: UploadId, at: Upload) => {
    const now = states.get(id)?.at(-1);
    return now && same(now, at) ? session(repo, id) : undefined;
  };
  return {
    create: (repo: RepositoryName, id: UploadId, begun: Upload) => {
      uploads.push({ repo, id, bytes: new Uint8Array(0) });
      states.set(id, [begun]);
      return begun;
    },
    get: (repo: RepositoryName, id: UploadId) => session(repo, id) && states.get(id)?.at(-1),
    standsAt: (repo: RepositoryName, id: UploadId, at: Upload) => current(repo, id, at) !== undefined,
    append: (repo: RepositoryName, id: UploadId, from: Upload, bytes: Uint8Array, reached: Upload) => {
      const before = current(repo, id, from)?.bytes;
      if (!before) return undefined;
      take(uploads, repo, 'id', id);
      uploads.push({ repo, id, bytes: Buffer.concat([before, bytes]) });
      states.get(id)?.push(reached);
      return reached;
    },
    read: (repo: RepositoryName, id: UploadId, at: Upload) => session(repo, id)?.bytes.subarray(0, at.offset),
    commit: (repo: RepositoryName, id: UploadId, at: Upload, digest: Digest) => {
      const bytes = current(repo, id, at)?.bytes;
      if (!bytes) return find(facts.blobs, repo, 'digest', digest) !== undefined;
      hold(facts, { repo, digest, bytes });
      return take(uploads, repo, 'id', id);
    },
    delete: (repo: RepositoryName, id: UploadId) => take(uploads, repo, 'id', id),
    /** Ends all uploads, or none: each was touched after `longAgo` and before any other time that is asked for. */
    expire: (before: Date) => (before <= longAgo ? 0 : uploads.splice(0).length),
  };
}

/** A time before anything was touched. */
export const longAgo = new Date('2000-01-01');

function createManifests({ blobs, manifests, tags }: Facts) {
  const exists = (repo: RepositoryName) => [...blobs, ...manifests].some((held) => held.repo === repo);
  const resolve = (repo: RepositoryName, tag: Tag) => find(tags, repo, 'tag', tag)?.digest;
  const remove = (repo: RepositoryName, digest: Digest) => take(manifests, repo, 'digest', digest);
  return {
    get: (repo: RepositoryName, digest: Digest) => find(manifests, repo, 'digest', digest)?.manifest,
    put: (repo: RepositoryName, manifest: Manifest) => {
      remove(repo, manifest.digest);
      manifests.push({ repo, digest: manifest.digest, manifest });
    },
    delete: (repo: RepositoryName, digest: Digest) => {
      while (take(tags, repo, 'digest', digest));
      return remove(repo, digest);
    },
    resolve,
    tag: (repo: RepositoryName, tag: Tag, digest: Digest, expected?: Digest | null) => {
      if (!find(manifests, repo, 'digest', digest)) return false;
      if (expected !== undefined && (resolve(repo, tag) ?? null) !== expected) return false;
      take(tags, repo, 'tag', tag);
      tags.push({ repo, tag, digest });
      return true;
    },
    untag: (repo: RepositoryName, tag: Tag, expected?: Digest) =>
      (expected === undefined || resolve(repo, tag) === expected) && take(tags, repo, 'tag', tag),
    tags: (repo: RepositoryName, page: Page) => {
      const own = tags.filter((each) => each.repo === repo).map(({ tag }) => tag);
      return exists(repo) ? paged(own, page) : undefined;
    },
    referrers: (repo: RepositoryName, subject: Digest, { after = '' as Digest, limit }: Page<Digest>): Descriptor[] =>
      manifests
        .filter(({ repo: holder, digest, manifest }) => holder === repo && manifest.subject === subject && digest > after)
        .sort((one, other) => (one.digest < other.digest ? -1 : 1))
        .slice(0, limit)
        .flatMap(({ manifest }) => manifest.referrer ?? []),
    repositories: (page: Page) => paged([...new Set([...blobs, ...manifests].map(({ repo }) => repo))], page),
  };
}

function find<K extends string, T extends { readonly repo: RepositoryName } & Readonly<Record<K, unknown>>>(
  list: readonly T[],
  repo: RepositoryName,
  key: K,
  value: T[K],
): T | undefined {
  return list.find((each) => each.repo === repo && each[key] === value);
}

/** Removes the first such item from the list; gives whether there was one. */
function take<K extends string, T extends { readonly repo: RepositoryName } & Readonly<Record<K, unknown>>>(
  list: T[],
  repo: RepositoryName,
  key: K,
  value: T[K],
): boolean {
  const place = list.findIndex((each) => each.repo === repo && each[key] === value);
  if (place >= 0) list.splice(place, 1);
  return place >= 0;
}

/** Whether two states are the same. Tokens are plain data, so their JSON is compared. */
const same = (one: Upload, other: Upload): boolean =>
  one.offset === other.offset && JSON.stringify(one.token) === JSON.stringify(other.token);

const paged = <T extends string>(entries: readonly T[], { after = '', limit }: Page): T[] =>
  entries
    .filter((entry) => entry > after)
    .sort()
    .slice(0, limit);
