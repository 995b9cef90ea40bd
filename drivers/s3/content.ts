/**
 * Content: the bytes of blobs. They stay under the key that they were uploaded to. A pointer under their digest, and a link in
 * each repository that holds the blob, have that key. Repositories share bytes, unless keys are shown to clients.
 */
import { type Digest, type RepositoryName, StorageFault, type UploadId } from '../../lib/driver.ts';
import { fieldsOf, isCount, isRepositoryName, isString, parseFields } from '../tree/fields.ts';
import { contentKey, dataPrefix, linkKey, parseDataKey, publishedKey } from '../tree/layout.ts';
import { damaged } from '../tree/records.ts';
import { createAsides } from './asides.ts';
import { deleteObject } from './objects.ts';
import { createSeenBytes } from './seen-bytes.ts';
import type { Store } from './store.ts';
import { createTrash, isValue } from './trash.ts';

/** How long it may take from when bytes were found until a link to them is there, in milliseconds: what was freed is known for longer. */
const linkMs = 1_800_000;

/** The object that has the bytes of a blob or of an upload. */
export interface Location {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
}

/** The content of a store, by digest and by repository. */
export interface Contents {
  /** The location of a blob, if the repository holds it. `look` says when the bytes are looked for, behind the link. */
  find(repo: RepositoryName, digest: Digest, look?: Look): Promise<Location | undefined>;
  /** Says that the bytes at a location were read, and are gone: from then on they are looked for. */
  missed(location: Location): void;
  /** The location of a blob that any repository holds; looks only at the repository that it was first published in. */
  findAnywhere(digest: Digest): Promise<Location | undefined>;
  /** Whether bytes of an upload were published as the digest, whether or not any repository holds the blob still. */
  isPublished(upload: UploadId, digest: Digest): Promise<boolean>;
  /**
   * Makes stored bytes the content of a digest, and lets a repository hold it. If the repository has that content already, or
   * shares it with others that have it, the repository gets that, and these bytes are deleted. False if an earlier attempt has
   * deleted them, and the repository does not hold the blob any more. The bytes are known to be there at `storedMs`, by `Date.now`.
   */
  publish(repo: RepositoryName, digest: Digest, location: Location, storedMs: number): Promise<boolean>;
  /** Writes the link that lets a repository hold content at this location, which was found at `foundMs`. False if it was freed since. */
  link(repo: RepositoryName, digest: Digest, location: Location, foundMs?: number): Promise<boolean>;
  /** Removes the link. False if there was none. */
  unlink(repo: RepositoryName, digest: Digest): Promise<boolean>;
}

/** Whether bytes are looked for: each time, unless they were seen a moment ago, or not at all, where what reads them next finds it. */
export type Look = 'always' | 'unless seen' | 'never';

/** Whether repositories share the bytes of a blob that was pushed to each of them. */
export type Sharing = 'shared' | 'own bytes';

/** The contents of a store. */
export function createContents(store: Store, sharing: Sharing = 'shared'): Contents {
  const seen = createSeenBytes();
  const trash = createTrash(store);
  const asides = createAsides(store);

  async function exists({ key, size }: Location): Promise<boolean> {
    const lookedMs = Date.now();
    const isThere = (await store.size(key)) === size;
    if (isThere) seen.add(key, lookedMs);
    else seen.forget(key);
    return isThere;
  }

  /** The location that the pointer or link at `key` has, if its bytes exist. */
  async function readLocation(key: string, look: Look = 'always'): Promise<Location | undefined> {
    const found = await trash.read(key);
    const location = found && isValue(found.bytes.length) ? decodeLocation(key, found.bytes) : undefined;
    if (!location) return undefined;
    // Where there is no byte, no reading finds that the object is gone.
    const isSpared = look === 'never' && location.size > 0;
    if (isSpared || (look !== 'always' && seen.has(location.key))) return location;
    return (await exists(location)) ? location : undefined;
  }

  /**
   * Writes the pointer or link at `key` by compare-and-swap, unless it has a location whose bytes exist. Gives the location that
   * it then has.
   */
  async function setLocation(key: string, location: Location, value: Uint8Array): Promise<Location> {
    for (;;) {
      if ((await store.write(key, value, { when: 'absent' })) !== undefined) return location;
      const current = await trash.read(key);
      if (!current) continue;
      // An empty link was deleted.
      const other = isValue(current.bytes.length) ? decodeLocation(key, current.bytes) : undefined;
      if (other && (other.key === location.key || (await exists(other)))) return other;
      if ((await store.write(key, value, { when: { ifMatch: current.etag } })) !== undefined) return location;
    }
  }

  /** Whether bytes of the upload may be the content of a link that leads elsewhere than the pointer. */
  const isRecorded = async (upload: UploadId | undefined): Promise<boolean> =>
    upload !== undefined && (await store.size(publishedKey(upload))) !== undefined;

  const setPointer = (digest: Digest, location: Location, first: RepositoryName): Promise<Location> =>
    setLocation(contentKey(digest), location, encodePointer({ ...location, first }));

  /**
   * Whether bytes stay to which a link of the repository leads, which is there by now. If they were freed, it takes the link away, and them.
   * `foundMs` is when they were found, before the link was written.
   */
  async function stays(repo: RepositoryName, digest: Digest, { key }: Location, foundMs: number): Promise<boolean> {
    const kept = await asides.keep(key);
    if (Date.now() - foundMs > linkMs)
      throw new StorageFault('busy', `it took too long to link ${digest}: its bytes may have been freed meanwhile`);
    if (kept) return true;
    seen.forget(key);
    await store.delete(key);
    await deleteObject(store, linkKey(repo, digest), (bytes) => parseFields(bytes).key === key);
    return false;
  }

  /** Lets the repository hold bytes that were just written, unless it holds others, which stay. Gives those that it holds. */
  async function setLink(repo: RepositoryName, digest: Digest, location: Location): Promise<Location> {
    for (;;) {
      const foundMs = Date.now();
      const held = await setLocation(linkKey(repo, digest), location, encodeLocation(location));
      if (held.key === location.key || (await stays(repo, digest, held, foundMs))) return held;
    }
  }

  /** Lets the repository hold these very bytes, unless it holds the blob already. False if it does not, and they are gone. */
  async function publishOwn(repo: RepositoryName, digest: Digest, location: Location): Promise<boolean> {
    const pointed = await setPointer(digest, location, repo);
    const upload = parseDataKey(location.key);
    const record = upload && pointed.key !== location.key ? publishedKey(upload) : undefined;
    // An earlier attempt deletes the bytes where the repository held the blob, which may have been deleted since.
    if (record !== undefined && !(await exists(location))) return (await readLocation(linkKey(repo, digest))) !== undefined;
    // Before the link: no expiry may take the bytes for unpublished, even if the link is deleted and others were made of it.
    const isFirst = record !== undefined && (await store.write(record, new Uint8Array(), { when: 'absent' })) !== undefined;
    const held = await setLink(repo, digest, location);
    // Others may have linked these bytes meanwhile: an instance whose repositories share, where the pointer leads here, and any
    // instance after an earlier attempt that had linked them.
    if (held.key === location.key || !isFirst) return true;
    await store.delete(location.key);
    await store.delete(record);
    return true;
  }

  /** Lets the repository hold these bytes or those that others have pushed already. Gives those that it holds. */
  async function publishShared(repo: RepositoryName, digest: Digest, location: Location): Promise<Location> {
    for (;;) {
      const foundMs = Date.now();
      const kept = await setPointer(digest, location, repo);
      await store.write(linkKey(repo, digest), encodeLocation(kept));
      if (kept.key === location.key || (await stays(repo, digest, kept, foundMs))) return kept;
    }
  }

  return {
    find: (repo, digest, look) => readLocation(linkKey(repo, digest), look),
    missed: ({ key }) => seen.forget(key),
    isPublished: async (upload, digest) =>
      (await readLocation(contentKey(digest)))?.key.startsWith(dataPrefix(upload)) || isRecorded(upload),
    findAnywhere: async (digest) => {
      const key = contentKey(digest);
      const found = await store.read(key);
      const first = found && parseFields(found.bytes).first;
      return isRepositoryName(first) ? readLocation(linkKey(first, digest)) : undefined;
    },
    async link(repo, digest, location, foundMs = Date.now()) {
      await store.write(linkKey(repo, digest), encodeLocation(location));
      return stays(repo, digest, location, foundMs);
    },
    publish: async (repo, digest, location, storedMs) => {
      seen.add(location.key, storedMs);
      if (sharing === 'own bytes') {
        if (!(await publishOwn(repo, digest, location))) return false;
      } else {
        const kept = await publishShared(repo, digest, location);
        // An earlier attempt, in an instance whose repositories do not share, may have linked these bytes.
        if (kept.key !== location.key && !(await isRecorded(parseDataKey(location.key)))) await store.delete(location.key);
      }
      // Bytes of a `put` have no session if that could not be written; old ones may have been taken for forgotten.
      return Date.now() - storedMs <= linkMs || asides.keep(location.key);
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

/** The location that a pointer or link has. Throws a {@link StorageFault} if it is damaged. */
export function decodeLocation(at: string, bytes: Uint8Array): Location {
  const location = parseFields(bytes);
  if (!isLocation(location)) throw damaged(at);
  return location;
}
