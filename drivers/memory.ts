/** Content in the memory of one process: the driver contract in its shortest true reading. For tests and trials. */
import type {
  Blob,
  ByteRange,
  Chunk,
  Descriptor,
  Digest,
  Driver,
  Manifest,
  Page,
  RepositoryName,
  Tag,
  Upload,
  UploadId,
} from '../lib/driver.ts';

/** The pieces of a blob as they arrived. They are never joined: one large copy would stall everything else. */
type Pieces = readonly Uint8Array[];

interface Repository {
  readonly blobs: Map<Digest, Pieces>;
  readonly manifests: Map<Digest, Manifest>;
  readonly tags: Map<Tag, Digest>;
}

interface Session {
  readonly repo: RepositoryName;
  readonly upload: Upload;
  readonly pieces: Pieces;
  readonly touched: Date;
}

/** A driver that keeps everything in memory and forgets it with the process. */
export function memoryDriver(): Driver {
  const repositories = new Map<RepositoryName, Repository>();
  const sessions = new Map<UploadId, Session>();

  const found = (repo: RepositoryName): Repository | undefined => repositories.get(repo);
  const made = (repo: RepositoryName): Repository => {
    const repository = found(repo) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    repositories.set(repo, repository);
    return repository;
  };
  /** A repository exists while it holds a manifest or a blob. */
  const forgetEmpty = (repo: RepositoryName): void => {
    const repository = found(repo);
    if (repository && repository.blobs.size + repository.manifests.size === 0) repositories.delete(repo);
  };
  const session = (repo: RepositoryName, id: UploadId): Session | undefined => {
    const held = sessions.get(id);
    return held?.repo === repo ? held : undefined;
  };
  const standsAt = (repo: RepositoryName, id: UploadId, at: Upload): Session | undefined => {
    const held = session(repo, id);
    return held?.upload.offset === at.offset ? held : undefined;
  };

  return {
    name: 'memory',
    blobs: {
      get: async (repo, digest) => {
        const pieces = found(repo)?.blobs.get(digest);
        return pieces && blobOf(pieces);
      },
      delete: async (repo, digest) => {
        const deleted = found(repo)?.blobs.delete(digest) ?? false;
        forgetEmpty(repo);
        return deleted;
      },
      mount: async (to, digest, from) => {
        const sources = from === undefined ? [...repositories.values()] : [found(from)];
        const pieces = sources.find((source) => source?.blobs.has(digest))?.blobs.get(digest);
        if (pieces) made(to).blobs.set(digest, pieces);
        return pieces !== undefined;
      },
      put: async (repo, digest, chunk) => {
        const pieces = await collect(chunk);
        made(repo).blobs.set(digest, pieces);
      },
    },
    uploads: {
      create: async (repo, id, start) => {
        sessions.set(id, { repo, upload: start, pieces: [], touched: new Date() });
        return start;
      },
      get: async (repo, id) => session(repo, id)?.upload,
      append: async (repo, id, from, chunk) => {
        if (!standsAt(repo, id, from)) return undefined;
        const arrived = await collect(chunk);
        const held = standsAt(repo, id, from);
        if (!held) return undefined;
        const upload = chunk.checkpoint();
        sessions.set(id, { repo, upload, pieces: [...held.pieces, ...arrived], touched: new Date() });
        return upload;
      },
      read: async (repo, id, at) => {
        const held = session(repo, id);
        return held && stream(held.pieces, { first: 0, last: at.offset - 1 });
      },
      commit: async (repo, id, at, digest) => {
        const held = standsAt(repo, id, at);
        if (!held) return found(repo)?.blobs.has(digest) ?? false;
        made(repo).blobs.set(digest, held.pieces);
        return sessions.delete(id);
      },
      delete: async (repo, id) => session(repo, id) !== undefined && sessions.delete(id),
      expire: async (before) => {
        const stale = [...sessions].filter(([, { touched }]) => touched < before);
        for (const [id] of stale) sessions.delete(id);
        return stale.length;
      },
    },
    manifests: {
      get: async (repo, digest) => found(repo)?.manifests.get(digest),
      put: async (repo, manifest) => {
        made(repo).manifests.set(manifest.digest, manifest);
      },
      delete: async (repo, { digest }) => {
        const repository = found(repo);
        for (const [tag, target] of repository?.tags ?? []) if (target === digest) repository?.tags.delete(tag);
        const deleted = repository?.manifests.delete(digest) ?? false;
        forgetEmpty(repo);
        return deleted;
      },
      resolve: async (repo, tag) => found(repo)?.tags.get(tag),
      tag: async (repo, tag, digest, expected) => {
        const repository = found(repo);
        if (!repository?.manifests.has(digest)) return false;
        if (expected !== undefined && (repository.tags.get(tag) ?? null) !== expected) return false;
        repository.tags.set(tag, digest);
        return true;
      },
      untag: async (repo, tag, expected) => {
        const target = found(repo)?.tags.get(tag);
        if (target === undefined || (expected !== undefined && target !== expected)) return false;
        return found(repo)?.tags.delete(tag) ?? false;
      },
      tags: async (repo, page) => {
        const repository = found(repo);
        return repository && paged(repository.tags.keys(), page);
      },
      referrers: (repo, subject, after) => referrersIn(found(repo), subject, after),
      repositories: async (page) => paged(repositories.keys(), page),
    },
  };
}

async function collect(chunk: Chunk): Promise<Pieces> {
  const pieces: Uint8Array[] = [];
  for await (const batch of chunk) pieces.push(...batch);
  return pieces;
}

function blobOf(pieces: Pieces): Blob {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return { size, open: async (range = { first: 0, last: size - 1 }) => stream(pieces, range) };
}

async function* stream(pieces: Pieces, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const piece of pieces) {
    const wanted = piece.subarray(Math.max(0, first - start), Math.max(0, last + 1 - start));
    if (wanted.length > 0) yield wanted;
    start += piece.length;
  }
}

async function* referrersIn(repository: Repository | undefined, subject: Digest, after = ''): AsyncGenerator<Descriptor> {
  const listed = [...(repository?.manifests.values() ?? [])].filter(
    (manifest) => manifest.subject === subject && manifest.digest > after,
  );
  for (const { referrer } of listed.sort((a, b) => (a.digest < b.digest ? -1 : 1))) if (referrer) yield referrer;
}

function paged<T extends string>(entries: Iterable<T>, { after = '', limit }: Page): T[] {
  const following = [...entries].filter((entry) => entry > after);
  return following.sort().slice(0, limit);
}
