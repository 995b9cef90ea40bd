/**
 * A registry in the memory of one process: the shortest implementation of the driver contract. For tests and trials.
 *
 * @module stowage/drivers/memory
 */
import type {
  Blob,
  ByteRange,
  Chunk,
  Descriptor,
  Digest,
  Driver,
  Inventory,
  Item,
  ItemKind,
  Manifest,
  Page,
  RepositoryName,
  Tag,
  Upload,
  UploadId,
  UploadStore,
} from '../lib/driver.ts';
import { OrderedMap } from './memory/ordered-map.ts';
import { createOutbox } from './memory/outbox.ts';
import { Shelf } from './memory/shelf.ts';

/** The bytes of a blob, in the buffers that arrived. They are never joined: one large copy would block the event loop. */
type Buffers = readonly Uint8Array[];

interface Repository {
  readonly blobs: Shelf<Buffers>;
  readonly manifests: Shelf<Manifest>;
  readonly tags: OrderedMap<Tag, Digest>;
  /** How manifests are listed among the referrers of their subjects, by subject. */
  readonly referrers: Map<Digest, OrderedMap<Digest, Descriptor>>;
}

interface Session {
  readonly repo: RepositoryName;
  readonly upload: Upload;
  readonly buffers: Buffers;
  readonly touched: Date;
}

/** What a driver in memory held at one moment. */
export interface MemorySnapshot {
  readonly '~brand': 'MemorySnapshot';
}

class Contents implements MemorySnapshot {
  readonly '~brand' = 'MemorySnapshot';

  constructor(
    readonly repositories: OrderedMap<RepositoryName, Repository>,
    readonly sessions: ReadonlyMap<UploadId, Session>,
  ) {}
}

/** A driver in memory: one whose content can be kept, and had again. */
export interface MemoryDriver extends Driver {
  readonly inventory: Inventory;
  /** What it holds now, but for its outbox. The names are copied, and no bytes: some microseconds, and a millisecond for each ten thousand names. */
  snapshot(): MemorySnapshot;
  /**
   * Makes it hold what was held at a snapshot, which may be one of another driver in memory, and can be used again. Throws a TypeError
   * if it is none.
   */
  restore(snapshot: MemorySnapshot): void;
}

/**
 * A driver that keeps everything in memory and forgets it with the process.
 *
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * const driver = memoryDriver();
 * await driver.manifests.repositories({ limit: 10 }); // => []
 */
export function memoryDriver(): MemoryDriver {
  let repositories = new OrderedMap<RepositoryName, Repository>();
  let sessions = new Map<UploadId, Session>();
  /** The appends that are under way: their uploads do not expire. */
  const appends = new Set<{ readonly id: UploadId }>();

  const getOrCreate = (repo: RepositoryName): Repository => {
    const known = repositories.get(repo);
    if (known) return known;
    const repository = {
      blobs: new Shelf<Buffers>(),
      manifests: new Shelf<Manifest>(),
      tags: new OrderedMap<Tag, Digest>(),
      referrers: new Map(),
    };
    repositories.set(repo, repository);
    return repository;
  };
  /** The repository, if it exists: one that has nothing but what lies in its trash does not. */
  const existing = (repo: RepositoryName): Repository | undefined => {
    const repository = repositories.get(repo);
    return repository && !(repository.blobs.isEmpty && repository.manifests.isEmpty) ? repository : undefined;
  };
  /** Forgets the repository if nothing is left in it, not even in its trash. */
  const deleteIfGone = (repo: RepositoryName): void => {
    const repository = repositories.get(repo);
    if (repository?.blobs.isGone && repository.manifests.isGone) repositories.delete(repo);
  };
  const putManifest = (repo: RepositoryName, manifest: Manifest): Repository => {
    const { digest, subject, referrer } = manifest;
    const repository = getOrCreate(repo);
    const { manifests, referrers } = repository;
    unlist(repository, manifests.get(digest));
    manifests.set(digest, manifest);
    if (subject === undefined || referrer === undefined) return repository;
    const listed = referrers.get(subject) ?? new OrderedMap();
    referrers.set(subject, listed);
    listed.set(digest, referrer);
    return repository;
  };
  /** What the tag points at, if that manifest is there. */
  const resolve = (repo: RepositoryName, tag: Tag): Digest | undefined => {
    const repository = repositories.get(repo);
    const target = repository?.tags.get(tag);
    return target !== undefined && repository?.manifests.has(target) ? target : undefined;
  };
  const sessionOf = (repo: RepositoryName, id: UploadId): Session | undefined => {
    const session = sessions.get(id);
    return session?.repo === repo ? session : undefined;
  };
  /** The session, if its upload stands at `at`. */
  const sessionAt = (repo: RepositoryName, id: UploadId, at: Upload): Session | undefined => {
    const session = sessionOf(repo, id);
    return session?.upload.offset === at.offset ? session : undefined;
  };
  const append: UploadStore['append'] = async (repo, id, from, chunk) => {
    if (!sessionAt(repo, id, from)) return undefined;
    const underWay = { id };
    appends.add(underWay);
    const arrived = await collect(chunk).finally(() => appends.delete(underWay));
    const session = sessionAt(repo, id, from);
    if (!session) return undefined;
    const upload = chunk.checkpoint();
    sessions.set(id, { repo, upload, buffers: [...session.buffers, ...arrived], touched: new Date() });
    return upload;
  };
  const commit = (repo: RepositoryName, id: UploadId, at: Upload, digest: Digest): boolean => {
    const session = sessionAt(repo, id, at);
    if (!session) return repositories.get(repo)?.blobs.has(digest) ?? false;
    getOrCreate(repo).blobs.set(digest, session.buffers);
    return sessions.delete(id);
  };

  const inventory: Inventory = {
    repositories: async (page) => repositories.page(page),
    held: async (repo, kind, page) => listed(repositories.get(repo), kind, 'held', page),
    discarded: async (repo, kind, page) => listed(repositories.get(repo), kind, 'trash', page),
    discard: async (repo, kind, digest, at) => repositories.get(repo)?.[shelfOf[kind]].discard(digest, at) ?? false,
    remove: async (repo, kind, digest, before) => {
      const repository = repositories.get(repo);
      const removed = repository?.[shelfOf[kind]].remove(digest, before);
      if (!repository || !removed) return false;
      if ('subject' in removed) unlist(repository, removed);
      deleteIfGone(repo);
      return true;
    },
    // Tags and entries of referrers stay where they are, and lead to nothing until it is pushed again.
    withdraw: async (repo, kind, digest, isDamaged) => {
      const repository = repositories.get(repo);
      if (kind === 'blob')
        return withdrawFrom(repository?.blobs, digest, (buffers) => isDamaged(async () => createBlob(buffers)));
      return withdrawFrom(repository?.manifests, digest, (manifest) => isDamaged(async () => manifest));
    },
    // Buffers that nothing refers to are the garbage collector's.
    reclaim: async () => ({ blobs: 0, bytes: 0 }),
  };

  return {
    name: 'memory',
    snapshot: () => new Contents(copyOf(repositories), new Map(sessions)),
    restore: (snapshot) => {
      if (!(snapshot instanceof Contents)) throw new TypeError('restore takes what snapshot() of a driver in memory gave');
      repositories = copyOf(snapshot.repositories);
      sessions = new Map(snapshot.sessions);
    },
    blobs: {
      get: async (repo, digest) => {
        const buffers = repositories.get(repo)?.blobs.get(digest);
        return buffers && createBlob(buffers);
      },
      delete: async (repo, digest) => {
        const deleted = repositories.get(repo)?.blobs.delete(digest) ?? false;
        deleteIfGone(repo);
        return deleted;
      },
      mount: async (to, digest, from) => {
        const sources = from === undefined ? [...repositories.values()] : [repositories.get(from)];
        const buffers = sources.find((source) => source?.blobs.has(digest))?.blobs.get(digest);
        if (buffers) getOrCreate(to).blobs.set(digest, buffers);
        return buffers !== undefined;
      },
      put: async (repo, digest, chunk) => {
        const buffers = await collect(chunk);
        getOrCreate(repo).blobs.set(digest, buffers);
      },
    },
    uploads: {
      create: async (repo, id, start) => {
        sessions.set(id, { repo, upload: start, buffers: [], touched: new Date() });
        return start;
      },
      get: async (repo, id) => sessionOf(repo, id)?.upload,
      append,
      complete: async (repo, id, from, chunk, digest) => {
        const at = await append(repo, id, from, chunk);
        if (at === undefined || !chunk.isWhole()) return at;
        return commit(repo, id, at, digest) || undefined;
      },
      read: async (repo, id, at) => {
        const session = sessionOf(repo, id);
        return session && stream(session.buffers, { first: 0, last: at.offset - 1 });
      },
      commit: async (repo, id, at, digest) => commit(repo, id, at, digest),
      delete: async (repo, id) => sessionOf(repo, id) !== undefined && sessions.delete(id),
      expire: async (before) => {
        const receiving = new Set([...appends].map(({ id }) => id));
        const stale = [...sessions].filter(([id, { touched }]) => touched < before && !receiving.has(id));
        for (const [id] of stale) sessions.delete(id);
        return stale.length;
      },
    },
    manifests: {
      get: async (repo, digest) => repositories.get(repo)?.manifests.get(digest),
      describe: async (repo, digest) => {
        const manifest = repositories.get(repo)?.manifests.get(digest);
        return manifest && { mediaType: manifest.mediaType, size: manifest.bytes.length };
      },
      put: async (repo, manifest) => void putManifest(repo, manifest),
      putTagged: async (repo, manifest, tags) => {
        const repository = putManifest(repo, manifest);
        for (const tag of tags) repository.tags.set(tag, manifest.digest);
        return true;
      },
      delete: async (repo, digest) => {
        const repository = repositories.get(repo);
        const manifest = repository?.manifests.get(digest);
        if (!repository || !manifest) return false;
        for (const [tag, target] of repository.tags.entries()) if (target === digest) repository.tags.delete(tag);
        unlist(repository, manifest);
        repository.manifests.delete(digest);
        deleteIfGone(repo);
        return true;
      },
      resolve: async (repo, tag) => resolve(repo, tag),
      tag: async (repo, tag, digest, expected) => {
        const repository = repositories.get(repo);
        if (!repository?.manifests.has(digest)) return false;
        if (expected !== undefined && (resolve(repo, tag) ?? null) !== expected) return false;
        repository.tags.set(tag, digest);
        return true;
      },
      untag: async (repo, tag, expected) => {
        const target = repositories.get(repo)?.tags.get(tag);
        if (target === undefined || (expected !== undefined && target !== expected)) return false;
        return repositories.get(repo)?.tags.delete(tag) ?? false;
      },
      tags: async (repo, page) => existing(repo)?.tags.page(page),
      referrers: async (repo, subject, page) => {
        const repository = repositories.get(repo);
        const listed = repository?.referrers.get(subject);
        // To be listed is to be looked for: it is taken out of the trash.
        return listed?.page(page).flatMap((digest) => (repository?.manifests.has(digest) && listed.get(digest)) || []) ?? [];
      },
      repositories: async ({ after, limit }) => {
        const page: RepositoryName[] = [];
        for (let last = after; page.length < limit; ) {
          const names = repositories.page({ after: last, limit: limit - page.length });
          page.push(...names.filter((name) => existing(name)));
          last = names.at(-1);
          if (last === undefined) break;
        }
        return page;
      },
    },
    inventory,
    outbox: createOutbox(),
  };
}

/** The same content under names of its own. Sessions, manifests and bytes never change, and are shared. */
function copyOf(repositories: OrderedMap<RepositoryName, Repository>): OrderedMap<RepositoryName, Repository> {
  const copyOfOne = ({ blobs, manifests, tags, referrers }: Repository): Repository => ({
    blobs: blobs.copy(),
    manifests: manifests.copy(),
    tags: new OrderedMap(tags.entries()),
    referrers: new Map([...referrers].map(([subject, listed]) => [subject, new OrderedMap(listed.entries())])),
  });
  return new OrderedMap([...repositories.entries()].map(([name, repository]) => [name, copyOfOne(repository)]));
}

/** The bytes of a chunk, one buffer for each step: a reader then takes much at once. */
async function collect(chunk: Chunk): Promise<Buffers> {
  const buffers: Uint8Array[] = [];
  for await (const arrived of chunk) {
    buffers.push(Buffer.concat(arrived));
    chunk.release?.(arrived);
  }
  return buffers;
}

const sizeOf = (buffers: Buffers): number => buffers.reduce((sum, buffer) => sum + buffer.length, 0);

/** Where a repository has the items of a kind. */
const shelfOf = { blob: 'blobs', manifest: 'manifests' } as const;

/** Takes the value from the shelf, and puts it back unless it is damaged. */
async function withdrawFrom<T>(
  shelf: Shelf<T> | undefined,
  digest: Digest,
  isDamaged: (value: T) => Promise<boolean>,
): Promise<boolean> {
  const value = shelf?.get(digest);
  if (shelf === undefined || value === undefined) return false;
  shelf.delete(digest);
  let stays = false;
  try {
    stays = await isDamaged(value);
  } finally {
    if (!stays && !shelf.has(digest)) shelf.set(digest, value);
  }
  return stays;
}

/** A page of the items that a repository holds, or that lie in its trash. */
function listed(repository: Repository | undefined, kind: ItemKind, place: 'held' | 'trash', page: Page<Digest>): Item[] {
  if (!repository) return [];
  const { blobs, manifests } = repository;
  return kind === 'blob' ? blobs.list(place, page, sizeOf) : manifests.list(place, page, ({ bytes }) => bytes.length);
}

function createBlob(buffers: Buffers): Blob {
  const size = sizeOf(buffers);
  return { size, open: async (range = { first: 0, last: size - 1 }) => stream(buffers, range) };
}

async function* stream(buffers: Buffers, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const buffer of buffers) {
    const overlap = buffer.subarray(Math.max(0, first - start), Math.max(0, last + 1 - start));
    if (overlap.length > 0) yield overlap;
    start += buffer.length;
  }
}

/** Takes a manifest, if there is one, out of the referrers of its subject. */
function unlist({ referrers }: Repository, manifest: Manifest | undefined): void {
  if (manifest?.subject === undefined) return;
  const listed = referrers.get(manifest.subject);
  listed?.delete(manifest.digest);
  if (listed?.size === 0) referrers.delete(manifest.subject);
}
