/** Where tags point: the interface that a manifest store needs, and tags as objects of an object store. */
import { mapAhead } from '../../lib/concurrency.ts';
import { type Digest, type Page, type RepositoryName, readTag, type Tag } from '../../lib/driver.ts';
import { tagKey, tagsPrefix } from './layout.ts';
import { decodeTags, distinct } from './listings.ts';
import type { ConditionalObjects } from './objects.ts';
import { decodePointer, encodePointer, mayPointAt, newPointer, parsePointer } from './records.ts';

/** How many random bytes tell one write of a tag from another. */
const objectVersionBytes = 16;

/** A tag as it was read or written. */
export interface Pointer {
  readonly digest: Digest;
  /** Tells this write of the tag from every other one, also from one that pointed it at the same digest (ABA). */
  readonly version: string;
}

/** A tag, and where it pointed when it was read. */
export interface PointingTag {
  readonly tag: Tag;
  readonly pointer: Pointer;
}

/**
 * The tags of all repositories, whether or not their manifests exist. Each changes in one step, durably before the promise
 * resolves, and by compare-and-swap where something is expected, against every writer of every process.
 */
export interface Tags {
  /** The tag; undefined if there is none. Throws a `StorageFault` if it is damaged. */
  read(repo: RepositoryName, tag: Tag): Promise<Pointer | undefined>;
  /**
   * Points the tag at the digest if it is as expected now (null: if there is none), and gives it as it then is; otherwise undefined,
   * and nothing changed.
   */
  write(repo: RepositoryName, tag: Tag, digest: Digest, expected: Pointer | null): Promise<Pointer | undefined>;
  /**
   * Points the tag at the digest, whatever it is now, and gives it as it then is. A tag that is there is changed only after `durable`:
   * a loss of power may take a new tag with its manifest, but not leave an older tag without one.
   */
  overwrite(repo: RepositoryName, tag: Tag, digest: Digest, durable?: Promise<void>): Promise<Pointer>;
  /** Deletes the tag. False if there was none or, with `expected`, if it is another one now. */
  remove(repo: RepositoryName, tag: Tag, expected?: Pointer): Promise<boolean>;
  /** A page of the tags of the repository in byte order. */
  list(repo: RepositoryName, page: Page, signal?: AbortSignal): Promise<readonly Tag[]>;
  /**
   * The tags that point at the digest, in no order. Each that does from the beginning to the end is among them. A damaged tag points
   * nowhere.
   */
  pointingAt(repo: RepositoryName, digest: Digest, signal?: AbortSignal): AsyncIterable<PointingTag>;
}

/** Tags as objects: the value of each is the digest and a random version. */
export function createTagObjects(objects: ConditionalObjects): Tags {
  /** The tags that may point at the digest, as far as the listing tells. */
  async function* mayPoint(repo: RepositoryName, digest: Digest, signal?: AbortSignal): AsyncGenerator<Tag> {
    for await (const { name, size } of objects.scan(tagsPrefix(repo))) {
      signal?.throwIfAborted();
      const tag = size === undefined || mayPointAt(digest, size) ? readTag(name) : undefined;
      if (tag !== undefined) yield tag;
    }
  }

  return {
    async read(repo, tag) {
      const key = tagKey(repo, tag);
      const value = await objects.get(key);
      return value && decodePointer(key, value);
    },

    async write(repo, tag, digest, expected) {
      const pointer = newPointer(digest, objectVersionBytes);
      const written = objects.put(tagKey(repo, tag), encodePointer(pointer), expected && encodePointer(expected));
      return (await written) ? pointer : undefined;
    },

    async overwrite(repo, tag, digest, durable) {
      const pointer = newPointer(digest, objectVersionBytes);
      await durable;
      await objects.put(tagKey(repo, tag), encodePointer(pointer));
      return pointer;
    },

    remove: (repo, tag, expected) => objects.delete(tagKey(repo, tag), expected && encodePointer(expected)),

    async list(repo, { after, limit }, signal) {
      const page: Tag[] = [];
      const listed = decodeTags(objects.list(tagsPrefix(repo), after), readTag, '', signal);
      for await (const tag of listed) if (page.push(tag) === limit) break;
      return page;
    },

    async *pointingAt(repo, digest, signal) {
      const read = async (tag: Tag): Promise<PointingTag | undefined> => {
        const value = await objects.get(tagKey(repo, tag));
        const pointer = value && parsePointer(value);
        return pointer?.digest === digest ? { tag, pointer } : undefined;
      };
      for await (const found of mapAhead(distinct(mayPoint(repo, digest, signal)), read)) if (found) yield found;
    },
  };
}
