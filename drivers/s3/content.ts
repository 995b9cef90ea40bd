/**
 * Content stays under the key that it was uploaded to. A pointer under its digest, and a link in each repository that holds
 * it, say where that is.
 */

import { formats } from '../../lib/api/formats.ts';
import { type Digest, type RepositoryName, StorageFault } from '../../lib/driver.ts';
import { contentKey, linkKey } from '../tree/layout.ts';
import { remove } from './objects.ts';
import type { Store } from './store.ts';

/** Where bytes are. */
export interface Place {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
}

/** The content of a store, by digest and by repository. */
export interface Contents {
  /** Where the blob is, if the repository holds it. */
  find(repo: RepositoryName, digest: Digest): Promise<Place | undefined>;
  /** Where content is that some repository holds: only the one that it was first published in is asked. */
  locate(digest: Digest): Promise<Place | undefined>;
  /** Where the bytes of a digest are, whether or not any repository holds it. */
  pointer(digest: Digest): Promise<Place | undefined>;
  /**
   * Makes bytes that are there the content of a digest, and lets a repository hold it. Where there is such content already,
   * that one is taken, and these bytes are dropped.
   */
  publish(repo: RepositoryName, digest: Digest, place: Place): Promise<void>;
  /** Lets a repository hold content that is there. */
  link(repo: RepositoryName, digest: Digest, place: Place): Promise<void>;
  unlink(repo: RepositoryName, digest: Digest): Promise<boolean>;
}

/** The contents of a store. */
export function contentsIn(store: Store): Contents {
  const isThere = async ({ key, size }: Place) => (await store.size(key)) === size;

  async function checked(key: string): Promise<Place | undefined> {
    const found = await store.read(key);
    const place = found && found.bytes.length > 0 ? decodePlace(key, found.bytes) : undefined;
    return place && (await isThere(place)) ? place : undefined;
  }

  /** The place that the pointer of a digest has at the end: an earlier one, if its bytes are there. */
  async function point(digest: Digest, place: Place, first: RepositoryName): Promise<Place> {
    const key = contentKey(digest);
    const pointer = encodePointer({ ...place, first });
    for (;;) {
      if ((await store.write(key, pointer, { when: 'absent' })) !== undefined) return place;
      const now = await store.read(key);
      if (!now) continue;
      const other = decodePlace(key, now.bytes);
      if (other.key === place.key || (await isThere(other))) return other;
      if ((await store.write(key, pointer, { when: { is: now.etag } })) !== undefined) return place;
    }
  }

  const link = async (repo: RepositoryName, digest: Digest, place: Place): Promise<void> => {
    await store.write(linkKey(repo, digest), encodePlace(place));
  };

  return {
    find: (repo, digest) => checked(linkKey(repo, digest)),
    pointer: (digest) => checked(contentKey(digest)),
    locate: async (digest) => {
      const key = contentKey(digest);
      const found = await store.read(key);
      const { first } = found ? fieldsOf(found.bytes) : {};
      const repo = typeof first === 'string' ? formats.name.read(first) : undefined;
      return repo && checked(linkKey(repo, digest));
    },
    link,
    publish: async (repo, digest, place) => {
      const kept = await point(digest, place, repo);
      await link(repo, digest, kept);
      if (kept.key !== place.key) await store.delete(place.key);
    },
    unlink: (repo, digest) => remove(store, linkKey(repo, digest)),
  };
}

const encodePointer = (pointer: Place & { readonly first: RepositoryName }): Uint8Array => Buffer.from(JSON.stringify(pointer));
const encodePlace = ({ key, size }: Place): Uint8Array => Buffer.from(JSON.stringify({ key, size }));

function decodePlace(at: string, bytes: Uint8Array): Place {
  const { key, size } = fieldsOf(bytes);
  if (typeof key === 'string' && Number.isSafeInteger(size)) return { key, size: Number(size) };
  throw new StorageFault('broken', `${at} is damaged`);
}

function fieldsOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    // JSON.parse throws for one reason only; what it means is said where the fields are looked at.
    return {};
  }
}
