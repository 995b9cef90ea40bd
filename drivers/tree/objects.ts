/**
 * Manifests, tags, referrers and repositories over a few functions that any file system or object store has. Each manifest, tag
 * and referrer entry is an object of its own: concurrent writers of a shared index would lose updates.
 */
import { mapAhead, mapConcurrently, stepsAtOnce } from '../../lib/concurrency.ts';
import type { Descriptor, Digest, Manifest, ManifestStore, RepositoryName, Tag } from '../../lib/driver.ts';
import { manifestKey, referrerKey, referrersPrefix } from './layout.ts';
import { firstFound, listDigests, listRepositoryNames, repositoryExists } from './listings.ts';
import {
  decodeDescription,
  decodeDescriptor,
  decodeManifest,
  encodeDescriptor,
  encodeManifest,
  manifestStartBytes,
  newline,
  parseSubject,
} from './records.ts';
import type { SortedNames } from './sorted-names.ts';
import type { Pointer, PointingTag, Tags } from './tags.ts';

/** A name in a listing. */
export interface Entry {
  readonly name: string;
  /** In bytes, where the listing tells it. */
  readonly size?: number;
}

/** The start of a value, or all of it, and the size of all of it in bytes. */
export interface ValueStart {
  readonly bytes: Uint8Array;
  readonly size: number;
}

/**
 * Small values under keys. Each method changes one object atomically, and durably before it resolves. Any error means that the
 * storage failed.
 */
export interface Objects {
  /** Whether there is such an object. */
  has(key: string): Promise<boolean>;
  /** Whether there is such an object, which may be got next: a storage that keeps what it has read may read it now. */
  prefetch(key: string): Promise<boolean>;
  /** The value, or undefined if there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** The first bytes of the value, `length` at least where it has so many; undefined if there is no such object. */
  getStart(key: string, length: number): Promise<ValueStart | undefined>;
  /** Writes the object, over any that is there. */
  put(key: string, value: Uint8Array): Promise<unknown>;
  /** Writes the object as `put` does, and runs `meanwhile` once it can be seen. It gets a promise that the object is durable. */
  putWhile(key: string, value: Uint8Array, meanwhile: (durable: Promise<void>) => Promise<unknown>): Promise<unknown>;
  /** Deletes the object. False if there was none. */
  delete(key: string): Promise<boolean>;
  /**
   * The names directly below `prefix`, which ends in `/`, in byte order; those of directories end in `/`. Skips the names that
   * sort at or before `after`, but not the directory that contains `after`. Most callers take no more than `wanted` of them.
   */
  list(prefix: string, after?: string, wanted?: number): AsyncIterable<string>;
  /** What {@link list} names as it is read, in no order and perhaps twice: what needs one of them reads no more than some. */
  scan(prefix: string, after?: string): AsyncIterable<Entry>;
  /**
   * The directories below `prefix` that {@link repositoryItems} gives, sorted, where they are kept; undefined where they have to be
   * scanned.
   */
  readonly keptItems?: ((prefix: string) => Promise<SortedNames<string> | undefined>) | undefined;
  /** Whether there is an object below `prefix`, which ends in `/`, under a digest as `<algorithm>/<hex>`. */
  holds(prefix: string): Promise<boolean>;
}

/** Objects that change under conditions, as those of an object store do. */
export interface ConditionalObjects extends Objects {
  /** Writes the object. With `expected`, compare-and-swap: false unless this is its value now (null: unless there is none). */
  put(key: string, value: Uint8Array, expected?: Uint8Array | null): Promise<boolean>;
  /** Deletes the object. False if there was none or, with `expected`, if it has another value. */
  delete(key: string, expected?: Uint8Array): Promise<boolean>;
}

/** A page of referrers ends with the entry with which it has so many bytes. */
const largePage = 2 ** 20;
/** How many referrers are read at a time before it is known how large they are. */
const referrersReadFirst = 4;

/** The manifest store over these objects and tags. */
export function createManifestStore(objects: Objects, tags: Tags): ManifestStore {
  /** What was decoded, by the bytes of the object: a storage that keeps what it has read gives the same ones again. */
  const decoded = new WeakMap<Uint8Array, Manifest>();
  const has = (repo: RepositoryName, digest: Digest) => objects.has(manifestKey(repo, digest));

  /** Deletes the tags that point at the manifest and were last written before a moment at which `isDue` gave true. */
  async function untagAll(
    repo: RepositoryName,
    digest: Digest,
    isDue: () => Promise<boolean>,
    signal?: AbortSignal,
  ): Promise<void> {
    const untag = async ({ tag, pointer }: PointingTag) => (await isDue()) && tags.remove(repo, tag, pointer);
    for await (const _ of mapAhead(tags.pointingAt(repo, digest, signal), untag));
  }

  /** The object of a manifest, as far as its first line at least. */
  async function readFirstLine(key: string): Promise<ValueStart | undefined> {
    const start = await objects.getStart(key, manifestStartBytes);
    if (start === undefined || start.bytes.includes(newline)) return start;
    // The first line of a manifest that an earlier release stored has its referrer entry, and may be of any length.
    const bytes = await objects.get(key);
    return bytes && { bytes, size: bytes.length };
  }

  /** The subject of a manifest. A damaged one has none, and can be deleted all the same: what would list it reads as absent then. */
  async function subjectOf(repo: RepositoryName, digest: Digest): Promise<Digest | undefined> {
    const start = await readFirstLine(manifestKey(repo, digest));
    return start && parseSubject(start.bytes);
  }

  /** The digest that a tag resolves to: the one that it points at, if that manifest exists. */
  async function resolvePointer(repo: RepositoryName, pointer: Pointer | undefined): Promise<Digest | undefined> {
    return pointer && (await objects.prefetch(manifestKey(repo, pointer.digest))) ? pointer.digest : undefined;
  }

  /** Writes the tag if it resolves to `expected`: by compare-and-swap, and again if another writer changed it meanwhile. */
  async function writeTag(
    repo: RepositoryName,
    tag: Tag,
    digest: Digest,
    expected: Digest | null | undefined,
  ): Promise<Pointer | undefined> {
    if (expected === undefined) return tags.overwrite(repo, tag, digest);
    for (;;) {
      const current = await tags.read(repo, tag);
      if ((await resolvePointer(repo, current)) !== (expected ?? undefined)) return undefined;
      const written = await tags.write(repo, tag, digest, current ?? null);
      if (written) return written;
    }
  }

  /** Lists the manifest among the referrers of its subject, if it has one. */
  async function putReferrer(repo: RepositoryName, { digest, subject, referrer }: Manifest): Promise<void> {
    if (subject === undefined || referrer === undefined) return;
    await objects.put(referrerKey(repo, subject, digest), encodeDescriptor(referrer));
  }

  return {
    async get(repo, digest) {
      const key = manifestKey(repo, digest);
      const object = await objects.get(key);
      if (object === undefined) return undefined;
      const manifest = decoded.get(object) ?? decodeManifest(key, digest, object);
      decoded.set(object, manifest);
      return manifest;
    },

    async describe(repo, digest) {
      const key = manifestKey(repo, digest);
      const start = await readFirstLine(key);
      const known = start && decoded.get(start.bytes);
      if (known) return { mediaType: known.mediaType, size: known.bytes.length };
      return start && decodeDescription(key, start.bytes, start.size);
    },

    async put(repo, manifest) {
      await objects.put(manifestKey(repo, manifest.digest), encodeManifest(manifest));
      await putReferrer(repo, manifest);
    },

    /*
     * A tag may be written while its manifest is deleted. The writer looks for the manifest before and after it writes; the
     * deletion takes the tags, then the manifest, then the tags again. A tag that was written before the second look is taken
     * by it, and the writer of a later one misses the manifest after the write, and deletes the tag.
     *
     * The manifest may also be put again, and tagged, before the second look has come to that tag. So that look takes a tag
     * only if the manifest is absent after the tag was read: then the tag was written before a deletion of the manifest. The
     * version in its value makes sure that what is deleted is what was read, and not a tag that was written since.
     */
    async delete(repo, digest, signal) {
      await untagAll(repo, digest, async () => true, signal);
      const subject = await subjectOf(repo, digest);
      if (subject !== undefined) await objects.delete(referrerKey(repo, subject, digest));
      const deleted = await objects.delete(manifestKey(repo, digest));
      await untagAll(repo, digest, async () => !(await has(repo, digest)));
      return deleted;
    },

    async resolve(repo, tag, { thenRead } = {}) {
      const pointer = await tags.read(repo, tag);
      return thenRead ? pointer?.digest : resolvePointer(repo, pointer);
    },

    async tag(repo, tag, digest, expected) {
      const written = (await has(repo, digest)) ? await writeTag(repo, tag, digest, expected) : undefined;
      if (written === undefined) return false;
      // A deletion of the manifest that listed the tags before this one was written has missed it: delete it here.
      if (!(await has(repo, digest))) await tags.remove(repo, tag, written);
      return true;
    },

    async putTagged(repo, manifest, names) {
      const { digest } = manifest;
      let stays = true;
      await objects.putWhile(manifestKey(repo, digest), encodeManifest(manifest), async (durable) => {
        await putReferrer(repo, manifest);
        const written = await mapConcurrently(names, (tag) => tags.overwrite(repo, tag, digest, durable));
        // As for a tag: a deletion of the manifest may have missed these tags.
        stays = await has(repo, digest);
        if (!stays) await mapConcurrently(names, (tag, index) => tags.remove(repo, tag, written[index]));
      });
      return stays;
    },

    async untag(repo, tag, expected) {
      if (expected === undefined) return tags.remove(repo, tag);
      for (;;) {
        const current = await tags.read(repo, tag);
        if (current?.digest !== expected) return false;
        if (await tags.remove(repo, tag, current)) return true;
      }
    },

    async tags(repo, wanted, signal) {
      const page = wanted.limit > 0 ? await tags.list(repo, wanted, signal) : [];
      return page.length > 0 || (await repositoryExists(objects, repo)) ? page : undefined;
    },

    async referrers(repo, subject, { after, limit }, signal) {
      const page: Descriptor[] = [];
      if (limit === 0) return page;
      const read = async (digest: Digest) => {
        signal?.throwIfAborted();
        const key = referrerKey(repo, subject, digest);
        const entry = await objects.get(key);
        return entry !== undefined && (await has(repo, digest)) ? { key, entry } : undefined;
      };
      let bytes = 0;
      let taken = 0;
      // Read-ahead of what fits if the others are as large as those so far: what does not is read again for the next page.
      const fitting = () => (taken === 0 ? referrersReadFirst : Math.ceil(((largePage - bytes) * taken) / Math.max(bytes, 1)));
      const digests = listDigests(objects, referrersPrefix(repo, subject), after, limit + stepsAtOnce);
      for await (const found of mapAhead(digests, read, () => Math.min(fitting(), limit, stepsAtOnce))) {
        taken++;
        if (!found) continue;
        bytes += found.entry.length;
        if (page.push(decodeDescriptor(found.key, found.entry)) === limit || bytes >= largePage) break;
      }
      return page;
    },

    repositories: ({ after, limit }, signal) =>
      firstFound(
        (width) => listRepositoryNames(objects, after, signal, width),
        limit,
        async (repo) => ((await repositoryExists(objects, repo)) ? repo : undefined),
        signal,
      ),
  };
}
