/**
 * The contract of a storage driver, in one file.
 *
 * A driver speaks of repositories, digests, tags, offsets and bytes. It knows no HTTP, no manifest formats, no hashing,
 * no range headers, no links between pages and no error codes: the library does all that, for every driver alike.
 *
 * Six rules hold for every method.
 *
 * 1. **Absence is a value** (`undefined`, `false`). Whatever a driver throws means that its storage failed; throw a
 *    {@link StorageFault} to say how. The exceptions: what a {@link Chunk} throws while it is read passes through, and rule 6.
 * 2. **Each object changes in one step.** A reader sees it before or after, never half. A method that changes several
 *    objects does so in the order of rule 3; it may be repeated after a failure, and then repeats all its steps.
 * 3. **Order**: bytes, the link in the repository, the manifest, its referrer entry, its tags. Deletions run in the
 *    reverse order. A link without content, a referrer entry without its manifest and a tag without its manifest read as absent.
 *    On a database, a transaction for each method keeps rules 2 and 3 by itself.
 * 4. **A promise that resolves is kept**: what a method reported as done survives the death of the process, and of the
 *    machine where the driver says that it is durable.
 * 5. **A repository exists while it holds a manifest or a blob.** An upload does not make one.
 * 6. **An aborted signal says that the answer is not needed any longer**: the client has left, or the registry closes. A method
 *    whose work grows with what is stored has a signal as its last parameter, which is always optional. Once it is aborted, the
 *    method may stop wherever it might fail (rule 2), and then throws the signal's reason, or an error whose `cause` that is. A
 *    driver that ignores it is right, too. What streams bytes has none: a reader that stops closes the iterable.
 *
 * The names, digests, tags and ids that a driver gets were checked: no component of a path is `.` or `..`, and there is no
 * backslash and no NUL, so they may be used in paths and keys. A tag may contain dots (`1..2`), and tags differ by case; a
 * digest contains a colon. What was stored is read back with `readDigest` and its like, which the package exports. Every optional
 * member may also be there and undefined.
 */
import type { Descriptor } from './api/bodies.ts';
import type { ByteRange, Digest, MediaType, RepositoryName, Tag, UploadId } from './api/formats.ts';

export type { Descriptor } from './api/bodies.ts';
export {
  algorithmOf,
  type ByteRange,
  type Digest,
  hexOf,
  type MediaType,
  type RepositoryName,
  readDigest,
  readMediaType,
  readRepositoryName,
  readTag,
  readUploadId,
  type Tag,
  type UploadId,
} from './api/formats.ts';
export { readDescriptor } from './api/read-descriptor.ts';

/** Where a registry keeps its content. */
export interface Driver {
  /** For logs and messages: `memory`, `fs`. */
  readonly name: string;
  readonly blobs: BlobStore;
  readonly uploads: UploadStore;
  readonly manifests: ManifestStore;
  /** Where events wait until they are delivered. Where it is absent, the option `events` is refused. */
  readonly outbox?: OutboxStore | undefined;
  /** What the repositories hold, to be looked through and tidied up. Where it is absent, nothing is collected. */
  readonly inventory?: Inventory | undefined;
  /** The largest blob that can be kept, in bytes: the library refuses larger ones, before their bytes come where the length tells. */
  readonly largestBlob?: number | undefined;
  /**
   * Lets go of whatever keeps a process alive. A client, pool or connection that was handed in stays open: who made it closes it.
   * The driver is not used afterwards.
   */
  readonly close?: (() => Promise<void>) | undefined;
}

/** A blob that was looked up, and not opened yet. */
export interface Blob {
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes of the range, or all. Undefined if the blob is gone since it was looked up. Of a blob that is deleted while it is
   * read, either all these bytes come or the iteration throws: it never ends short.
   */
  open(range?: ByteRange): Promise<Uint8Array | ByteStream | undefined>;
  /** A URL at which a client may GET the blob itself. Undefined: the library serves it this time. */
  readonly url?: (() => Promise<string | undefined>) | undefined;
}

/** Bytes that come piece by piece. Each piece is memory that is not written to again. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /**
   * The same bytes, to be read into memory of the library's, which it uses again: nothing is allocated for each piece. Called once
   * at most, in place of the iteration. Where the method is absent, the library iterates.
   */
  readonly reader?: (() => ByteReader) | undefined;
}

/** Reads bytes from the first to the last. */
export interface ByteReader {
  /**
   * Puts the next bytes at the start of the buffer, as many as fit or fewer, and says how many; 0 exactly if all were read. Of a
   * blob that is deleted meanwhile, all bytes are read or it throws. Called again only when the call before has settled.
   */
  read(buffer: Uint8Array): Promise<number>;
  /** Lets go of what is read from. Called once, when no read is under way, however far the bytes were read. */
  close(): Promise<void>;
}

/** What a look-up is for. A driver that ignores it is right, too. */
export interface LookUp {
  /** What is found is read next: what that does not find is absent, so the look-up need not look for it. */
  readonly thenRead?: boolean | undefined;
}

/** The blobs that repositories hold. */
export interface BlobStore {
  /** The blob, if this repository holds it. With `thenRead`, `open` may be what finds that its bytes are gone. */
  get(repo: RepositoryName, digest: Digest, lookUp?: LookUp): Promise<Blob | undefined>;
  /** Takes the blob from this repository and from no other. False if it was not there. */
  delete(repo: RepositoryName, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /**
   * Lets `to` hold a blob that `from` holds; without `from`, that any repository holds, as far as the driver can tell.
   * False if none does. Where the method is absent, clients upload instead.
   */
  readonly mount?:
    | ((to: RepositoryName, digest: Digest, from?: RepositoryName, signal?: AbortSignal) => Promise<boolean>)
    | undefined;
  /**
   * Stores a whole blob whose digest is known and lets `repo` hold it. `chunk` throws unless every byte came and the
   * digest is right; then nothing may be kept. Where the method is absent, the upload store is used instead.
   */
  readonly put?: ((repo: RepositoryName, digest: Digest, chunk: Chunk) => Promise<void>) | undefined;
}

/**
 * The bytes of one request, hashed and counted as they arrive. Each step gives the buffers that have come by then, to be
 * written in one go or kept. While the driver writes, more arrive, up to a limit. The iterable can be read once.
 *
 * In `append`, it ends early if the client's connection breaks: keep what came. In `put`, it throws instead. If it throws,
 * keep nothing of the chunk, and let the error through.
 */
export interface Chunk extends AsyncIterable<readonly Uint8Array[]> {
  /**
   * Tells that buffers of a step are not needed any longer, as their bytes are written: their memory is free at once, where it otherwise waits
   * for the garbage collector. They may be empty, or hold anything, from then on.
   */
  release?(buffers: readonly Uint8Array[]): void;
  /** How far the upload is with all bytes of the chunk. To be asked after the last step. */
  checkpoint(): Checkpoint;
}

/** The chunk with which an upload is to have all its bytes. It throws unless they have the digest that was named. */
export interface LastChunk extends Chunk {
  /** Whether it came to its end; false where it ended early. To be asked after the last step. */
  isWhole(): boolean;
}

/** How far an upload is, and the digest of all bytes before there, if one process hashed them all. */
export interface Checkpoint {
  /** In bytes. */
  readonly offset: number;
  readonly digest?: Digest | undefined;
}

/**
 * An upload as it stands between two requests. Two of them are the same state if `offset` and `token` are deeply equal.
 */
export interface Upload extends Checkpoint {
  /** The driver's own (a version, an ETag, a list of parts); plain data, handed back unchanged. */
  readonly token?: unknown;
}

/** Uploads that are under way. */
export interface UploadStore {
  /** Begins an upload at `start`: offset 0 and the digest of nothing, in the upload's algorithm. */
  create(repo: RepositoryName, id: UploadId, start: Checkpoint): Promise<Upload>;
  /** The upload, if it was begun in this repository and has not ended. */
  get(repo: RepositoryName, id: UploadId): Promise<Upload | undefined>;
  /**
   * Appends all of `chunk`, and stores its checkpoint with it: the upload as it then stands. Undefined, and nothing
   * kept, if the upload is gone or no longer stands at `from`. If it throws, the upload still stands at `from`; or at the end of
   * the chunk, where the storage had it and the answer was lost; or it is gone, where the storage can no longer guarantee its bytes.
   */
  append(repo: RepositoryName, id: UploadId, from: Upload, chunk: Chunk): Promise<Upload | undefined>;
  /** The bytes of the upload up to `at`; undefined if the upload is gone. An append that follows must still work. */
  read(repo: RepositoryName, id: UploadId, at: Upload): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Publishes exactly the bytes up to `at`, which were verified, as `digest` in `repo`, and ends the upload. True: they are
   * published. If the upload is gone or no longer stands at `at`, nothing changes, and it is true if this repository holds
   * `digest`, as after a commit whose answer was lost, and false if it does not.
   */
  commit(repo: RepositoryName, id: UploadId, at: Upload, digest: Digest): Promise<boolean>;
  /**
   * Does what `append` does and, where the chunk is whole, what `commit` does, with nothing stored in between. True: the bytes are
   * published. Where the chunk ended early, the upload as it then stands. Undefined, and nothing kept or published, where `append` gives
   * undefined. Where the method is absent, the two are called.
   */
  readonly complete?:
    | ((repo: RepositoryName, id: UploadId, from: Upload, chunk: LastChunk, digest: Digest) => Promise<Upload | true | undefined>)
    | undefined;
  /** Ends the upload and drops its bytes; false if there was none. A running append is not waited for; it then gives undefined. */
  delete(repo: RepositoryName, id: UploadId): Promise<boolean>;
  /**
   * Ends all uploads that nobody touched since `before`; says how many. An append touches its upload for as long as it runs,
   * whichever instance runs it. `before` is a time of the caller's clock: where the storage stamps times by a clock of its own,
   * the difference of the two is taken into account. Whatever `before` is, what dead processes left behind is removed; what an
   * append or a `put` is still writing is not, and is not waited for.
   */
  readonly expire?: ((before: Date) => Promise<number>) | undefined;
}

/** A manifest: parsed by the library, stored as told. */
export interface Manifest {
  /** What it is known by. The bytes of a signed manifest have another digest. */
  readonly digest: Digest;
  readonly mediaType: MediaType;
  /** To be given back exactly. */
  readonly bytes: Uint8Array;
  /** The manifest that this one refers to, if any; it need not exist. */
  readonly subject?: Digest | undefined;
  /**
   * How this manifest is listed among the referrers of its subject; present exactly if `subject` is. All that JSON can say comes back
   * in it: U+0000, lone surrogates, an empty key, `__proto__`, keys that differ by case or normalization, sizes up to 2^53 - 1. The
   * order of keys may change.
   */
  readonly referrer?: Descriptor | undefined;
}

/** What is known of a manifest without its bytes. */
export interface ManifestDescription {
  readonly mediaType: MediaType;
  /** In bytes. */
  readonly size: number;
}

/** A page of a list in byte order: what comes after `after`, at most `limit` entries, and fewer only where the list ends. */
export interface Page<Marker extends string = string> {
  /** Any printable ASCII, and not always a valid name: to be compared, never to build a path or a key from. */
  readonly after?: Marker | undefined;
  readonly limit: number;
}

/** Manifests, tags and referrers. */
export interface ManifestStore {
  /** The manifest, if this repository has it. */
  get(repo: RepositoryName, digest: Digest): Promise<Manifest | undefined>;
  /** The media type and the size of the manifest that `get` gives, without its bytes. Where the method is absent, `get` is asked. */
  readonly describe?: ((repo: RepositoryName, digest: Digest) => Promise<ManifestDescription | undefined>) | undefined;
  /** Stores the manifest, then its referrer entry; repeats both even where the manifest is there. */
  put(repo: RepositoryName, manifest: Manifest): Promise<void>;
  /**
   * Deletes all tags on the manifest, the entry that lists it among the referrers of its subject, then itself. A tag that is set
   * once it is absent and was put again stays. False if it was not there.
   */
  delete(repo: RepositoryName, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /** The manifest that the tag points at. With `thenRead`, `get` or `describe` may be what finds that it is gone. */
  resolve(repo: RepositoryName, tag: Tag, lookUp?: LookUp): Promise<Digest | undefined>;
  /**
   * Points the tag at the digest. With `expected`, only if it points there now (null: only if there is no such tag);
   * otherwise false, and nothing changed. False, too, if the repository has no manifest `digest`.
   */
  tag(repo: RepositoryName, tag: Tag, digest: Digest, expected?: Digest | null): Promise<boolean>;
  /**
   * Does what `put` does, and then points each of the tags at the manifest, whatever it points at. A driver may make all of that
   * durable at once. False if the manifest was deleted meanwhile. Where the method is absent, `put` and `tag` are called.
   */
  readonly putTagged?: ((repo: RepositoryName, manifest: Manifest, tags: readonly Tag[]) => Promise<boolean>) | undefined;
  /** Deletes the tag. False if there was none or, with `expected`, if it points elsewhere. */
  untag(repo: RepositoryName, tag: Tag, expected?: Digest): Promise<boolean>;
  /**
   * A page of tags in byte order; undefined if there is no such repository. After a crash in the middle of a deletion it
   * may still name a tag whose manifest is gone.
   */
  tags(repo: RepositoryName, page: Page, signal?: AbortSignal): Promise<readonly Tag[] | undefined>;
  /**
   * A page of how the manifests that have this subject are listed, in the byte order of their digests. A page may also end at the entry
   * with which the JSON of its entries comes to a mebibyte, so that large ones do not gather in memory.
   */
  referrers(repo: RepositoryName, subject: Digest, page: Page<Digest>, signal?: AbortSignal): Promise<readonly Descriptor[]>;
  /** A page of repositories in byte order. */
  repositories(page: Page, signal?: AbortSignal): Promise<readonly RepositoryName[]>;
}

/** Entries of a stream, the oldest first. */
export interface OutboxPage {
  readonly entries: readonly Uint8Array[];
  /** Where the stream goes on behind them; plain text, to be handed back unchanged. */
  readonly next: string;
}

/** A lease that its holder has. */
export interface OutboxLease {
  /** What was kept with it last, by whichever holder; undefined if nothing ever was. */
  readonly state?: Uint8Array | undefined;
}

/**
 * Streams of entries that are kept until they were delivered elsewhere, and leases by which several instances share that work. The names
 * of streams, leases and holders have 1 to 64 small letters, digits and hyphens.
 */
export interface OutboxStore {
  /** Adds the entries to the stream: all of them, in their order, behind those that this instance has added before. */
  append(stream: string, entries: readonly Uint8Array[]): Promise<void>;
  /**
   * The entries of the stream behind `after`, which is the `next` of a page, or from its beginning; at most `limit`, and none only at the
   * end. Whoever goes on from page to page gets each entry once, whichever instance adds it and however late it came.
   */
  read(stream: string, after: string | undefined, limit: number): Promise<OutboxPage>;
  /** Drops the entries of the stream that were added before this time of the caller's clock. Where to go on keeps its meaning. */
  trim(stream: string, before: Date): Promise<void>;
  /**
   * Lets the holder have the lease for so many milliseconds from now, again if it has it already; 0 gives it up. Undefined, and nothing
   * changed, while another holder has it. With `state`, keeps that in place of what was kept with the lease.
   */
  lease(name: string, holder: string, milliseconds: number, state?: Uint8Array): Promise<OutboxLease | undefined>;
}

/** What a repository holds under a digest. */
export type ItemKind = 'blob' | 'manifest';

/** A blob or a manifest that a repository holds, or that lies in its trash. */
export interface Item {
  readonly digest: Digest;
  /** In bytes, about: what it takes in the storage. That of a blob may be shared by repositories. */
  readonly size: number;
  /** When it came to be held, at the latest, by the clock of the storage; of what lies in the trash, what it was put there with. */
  readonly at: Date;
}

/** How much was freed. */
export interface Reclaimed {
  /** How many contents of blobs. */
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Lists of what repositories hold, and a trash for each repository: what lies there is still found by whoever looks for it, which takes it out again.
 * So what a client was told of stays, and what nobody has looked for all the time can be removed beside any traffic.
 */
export interface Inventory {
  /** A page of all repositories in byte order, with those that hold nothing any more and have something in their trash. */
  repositories(page: Page, signal?: AbortSignal): Promise<readonly RepositoryName[]>;
  /** A page of the blobs or manifests that the repository holds, in the byte order of their digests. */
  held(repo: RepositoryName, kind: ItemKind, page: Page<Digest>, signal?: AbortSignal): Promise<readonly Item[]>;
  /** A page of the blobs or manifests in the trash of the repository, in the byte order of their digests. To list them is not to look for them. */
  discarded(repo: RepositoryName, kind: ItemKind, page: Page<Digest>, signal?: AbortSignal): Promise<readonly Item[]>;
  /**
   * Puts the item into the trash of the repository, and notes this time of the caller's clock with it. False if the repository does not hold it.
   * Every method that would have found it held, but for those that list, finds it as before, and with that the repository holds it again:
   * also a mount from there, a tag that resolves to it, and a list of referrers that has it. A repository does not exist for what lies in its trash.
   */
  discard(repo: RepositoryName, kind: ItemKind, digest: Digest, at: Date): Promise<boolean>;
  /**
   * Removes the item for good, a manifest with its entry among the referrers of its subject, if it lies in the trash and was put there with a time
   * before `before`. False, and nothing that can be found is changed, if it does not: of a look that finds it and a removal at the same
   * time, one comes first. Tags that point at it are not looked for.
   */
  remove(repo: RepositoryName, kind: ItemKind, digest: Digest, before: Date): Promise<boolean>;
  /**
   * Frees the bytes of blobs that no repository holds and that lie in no trash; says how many were freed. A driver may find them in one call and
   * free them in the next one, so that it need not stop who pushes or mounts them again.
   */
  reclaim(signal?: AbortSignal): Promise<Reclaimed>;
  /**
   * Moves what is kept of an item, a blob with its bytes, to a place where nobody looks: no look finds it until the same is pushed again. Then all
   * that led to it leads to it again: tags, lists of referrers and, where repositories share the bytes of a blob, the links of each. What was moved
   * is handed to `isDamaged`, and moved back unless that gives true: the same may have been pushed again meanwhile. False if nothing was
   * moved, or it was moved back. Where the method is absent, what is damaged stays.
   */
  readonly withdraw?:
    | ((repo: RepositoryName, kind: ItemKind, digest: Digest, isDamaged: (moved: Moved) => Promise<boolean>) => Promise<boolean>)
    | undefined;
}

/** Reads what was moved as `get` would have given it, and fails as that would have; undefined if it is gone. */
export type Moved = () => Promise<Blob | Manifest | undefined>;

/**
 * How a storage failed: `full` is answered with 507, `busy` with 503 and a time to wait, `broken` with 500.
 *
 * `busy` is what may work when it is tried again and no one does anything: no connection of a pool is free, a deadlock or a
 * serialization failure is left after the driver's own retries, a lock was not had in time, a connection was refused or lost, a store
 * asks to slow down. `full` is a lack of space or of quota. `broken` is everything else: a missing permission, damage, a schema.
 */
export type FaultKind = 'full' | 'busy' | 'broken';

const brand = Symbol.for('stowage.StorageFault');

/**
 * What a driver throws when its storage fails, so that the library need not know the names of any storage's errors.
 * The message and the cause are logged and never shown to a client. Anything else that a driver throws counts as `broken`.
 *
 * @example
 * import { StorageFault } from 'stowage';
 *
 * const fault = new StorageFault('busy', 'the database is locked', { retryAfterSeconds: 1.5 });
 * fault.retryAfterSeconds; // => 2
 */
export class StorageFault extends Error {
  /** Decides the status of the reply. */
  readonly kind: FaultKind;
  /** How many whole seconds a client should wait before it tries again, for `busy`. */
  readonly retryAfterSeconds: number;

  /** A fault that is logged with its message and cause. Without `retryAfterSeconds`, clients wait for 5 seconds. */
  constructor(
    kind: FaultKind,
    message: string,
    options: { readonly retryAfterSeconds?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'StorageFault';
    this.kind = kind;
    this.retryAfterSeconds = Math.ceil(options.retryAfterSeconds ?? 5);
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether a value is a {@link StorageFault}, of this copy of the package or of another.
 *
 * @example
 * import { isStorageFault, StorageFault } from 'stowage';
 *
 * isStorageFault(new StorageFault('full', 'the disk is full')); // => true
 * isStorageFault(new Error('ENOSPC')); // => false
 */
export function isStorageFault(value: unknown): value is StorageFault {
  return typeof value === 'object' && value !== null && brand in value;
}
