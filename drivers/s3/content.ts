/**
 * Content: the bytes of blobs. They stay under the key that they were uploaded to. A pointer under their digest, and a link in
 * each repository that holds the blob, have that key.
 */
import type { Digest, RepositoryName } from '../../lib/driver.ts';
import { fieldsOf, isCount, isRepositoryName, isString, parseFields } from '../tree/fields.ts';
import { contentKey, linkKey } from '../tree/layout.ts';
import { damaged } from '../tree/records.ts';
import { deleteObject } from './objects.ts';
import type { Store } from './store.ts';

/** The object that has the bytes of a blob or of an upload. */
export interface Location {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
}

/** The content of a store, by digest and by repository. */
export interface Contents {
  /** The location of a blob, if the repository holds it. */
  find(repo: RepositoryName, digest: Digest): Promise<Location | undefined>;
  /** The location of a blob that any repository holds; looks only at the repository that it was first published in. */
  findAnywhere(digest: Digest): Promise<Location | undefined>;
  /** The location that the pointer of the digest has, whether or not any repository holds the blob. */
  pointer(digest: Digest): Promise<Location | undefined>;
  /**
   * Makes stored bytes the content of a digest, and lets a repository hold it. If the digest has content already, the
   * repository gets that, and these bytes are deleted.
   */
  publish(repo: RepositoryName, digest: Digest, location: Location): Promise<void>;
  /** Writes the link that lets a repository hold content at this location. */
  link(repo: RepositoryName, digest: Digest, location: Location): Promise<void>;
  /** Removes the link. False if there was none. */
  unlink(repo: RepositoryName, digest: Digest): Promise<boolean>;
}

/** The contents of a store. */
export function createContents(store: Store): Contents {
  const exists = async ({ key, size }: Location) => (await store.size(key)) === size;

  /** The location that the pointer or link at `key` has, if its bytes exist. */
  async function readLocation(key: string): Promise<Location | undefined> {
    const found = await store.read(key);
    const location = found && found.bytes.length > 0 ? decodeLocation(key, found.bytes) : undefined;
    return location && (await exists(location)) ? location : undefined;
  }

  /** Sets the pointer of a digest by compare-and-swap, unless it has one whose bytes exist. Gives the location it then has. */
  async function setPointer(digest: Digest, location: Location, first: RepositoryName): Promise<Location> {
    const key = contentKey(digest);
    const pointer = encodePointer({ ...location, first });
    for (;;) {
      if ((await store.write(key, pointer, { when: 'absent' })) !== undefined) return location;
      const current = await store.read(key);
      if (!current) continue;
      const other = decodeLocation(key, current.bytes);
      if (other.key === location.key || (await exists(other))) return other;
      if ((await store.write(key, pointer, { when: { ifMatch: current.etag } })) !== undefined) return location;
    }
  }

  const link = async (repo: RepositoryName, digest: Digest, location: Location): Promise<void> => {
    await store.write(linkKey(repo, digest), encodeLocation(location));
  };

  return {
    find: (repo, digest) => readLocation(linkKey(repo, digest)),
    pointer: (digest) => readLocation(contentKey(digest)),
    findAnywhere: async (digest) => {
      const key = contentKey(digest);
      const found = await store.read(key);
      const first = found && parseFields(found.bytes).first;
      return isRepositoryName(first) ? readLocation(linkKey(first, digest)) : undefined;
    },
    link,
    publish: async (repo, digest, location) => {
      const kept = await setPointer(digest, location, repo);
      await link(repo, digest, kept);
      if (kept.key !== location.key) await store.delete(location.key);
    },
    unlink: (repo, digest) => deleteObject(store, linkKey(repo, digest)),
  };
}

const encodePointer = (pointer: Location & { readonly first: RepositoryName }): Uint8Array =>
  Buffer.from(JSON.stringify(pointer));
const encodeLocation = ({ key, size }: Location): Uint8Array => Buffer.from(JSON.stringify({ key, size }));

/** Whether a value has the form of a location. */
export function isLocation(value: unknown): value is Location {
  const { key, size } = fieldsOf(value);
  return isString(key) && isCount(size);
}

function decodeLocation(at: string, bytes: Uint8Array): Location {
  const location = parseFields(bytes);
  if (!isLocation(location)) throw damaged(at);
  return location;
}
