/** Drivers that give or delete blobs in a wrong way. */
import {
  type Blob,
  type BlobStore,
  type ByteRange,
  type ByteReader,
  type Digest,
  type RepositoryName,
  StorageFault,
} from '../../../lib/driver.ts';
import { everywhere } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

/** A lookup that gives another blob than the one that is there. */
function found(
  right: RightDriver,
  change: (blob: Blob, repo: RepositoryName, digest: Digest) => Blob | undefined,
): Pick<BlobStore, 'get'> {
  return {
    async get(repo, digest) {
      const blob = await right.blobs.get(repo, digest);
      return blob && change(blob, repo, digest);
    },
  };
}

/** The bytes in small pieces, all of which are the same memory. */
async function* reusing(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(65_536);
  for await (const piece of body) {
    for (let start = 0; start < piece.length; start += buffer.length) {
      const part = piece.subarray(start, start + buffer.length);
      buffer.set(part);
      yield buffer.subarray(0, part.length);
    }
  }
}

/** The bytes in pieces, until the blob is deleted: as of rows or chunks that are read one by one, of which the next is not found. */
async function* untilDeleted(body: AsyncIterable<Uint8Array>, isThere: () => Promise<boolean>): AsyncGenerator<Uint8Array> {
  const size = 2 ** 20;
  for await (const piece of body) {
    for (let start = 0; start < piece.length; start += size) {
      if (!(await isThere())) return;
      yield piece.subarray(start, start + size);
    }
  }
}

/** Ends the streams of blobs that are deleted, where `ends` says so of their range. */
function endingShort(right: RightDriver, ends: (range: ByteRange | undefined) => boolean): Pick<BlobStore, 'get'> {
  return found(right, (blob, repo, digest) => ({
    ...blob,
    async open(range) {
      const body = await blob.open(range);
      if (body === undefined || body instanceof Uint8Array || !ends(range)) return body;
      return untilDeleted(body, async () => (await right.blobs.get(repo, digest)) !== undefined);
    },
  }));
}

/** A reader of the blobs of memory, which is right but for what is changed. */
function reading(
  right: RightDriver,
  change: (reader: ByteReader, isThere: () => Promise<boolean>, blob: Blob) => ByteReader,
): Pick<BlobStore, 'get'> {
  return found(right, (blob, repo, digest) => ({
    ...blob,
    async open(range) {
      const body = await blob.open(range);
      if (body === undefined || body instanceof Uint8Array) return body;
      const isThere = async () => (await right.blobs.get(repo, digest)) !== undefined;
      return { [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](), reader: () => change(readerOf(body), isThere, blob) };
    },
  }));
}

function readerOf(body: AsyncIterable<Uint8Array>): ByteReader {
  const pieces = body[Symbol.asyncIterator]();
  let left = new Uint8Array(0);
  return {
    async read(buffer) {
      if (left.length === 0) left = Uint8Array.from((await pieces.next()).value ?? []);
      const part = left.subarray(0, buffer.length);
      buffer.set(part);
      left = left.subarray(part.length);
      return part.length;
    },
    close: async () => void (await pieces.return?.()),
  };
}

/** Each looks up, opens or deletes blobs in a wrong way. */
export const wrongBlobs = [
  wrong(
    'a blob that is looked up to be read is answered from memory',
    'a blob that is looked up to be read is there until it is deleted, and again when it was pushed again',
    ({ blobs }) => {
      const known = new Map<string, Blob>();
      return {
        blobs: {
          async get(repo, digest, lookUp) {
            const blob = (lookUp?.thenRead ? known.get(digest) : undefined) ?? (await blobs.get(repo, digest));
            const content = await blob?.open();
            if (blob && content && !known.has(digest)) {
              const pieces: Uint8Array[] = [];
              for await (const piece of ArrayBuffer.isView(content) ? [content] : content) pieces.push(piece);
              known.set(digest, { size: blob.size, open: async () => Buffer.concat(pieces) });
            }
            return blob && known.get(digest);
          },
        },
      };
    },
  ),
  wrong(
    'a reader tells of one byte more than it has put',
    'a blob, or a range of it, that is read into given memory is exactly those bytes',
    (right) => ({
      blobs: reading(right, (reader) => ({
        ...reader,
        read: async (buffer) => {
          const count = await reader.read(buffer.subarray(0, buffer.length - 1));
          return count && count + 1;
        },
      })),
    }),
  ),
  wrong(
    'a reader ends where its blob is deleted',
    'a blob that is deleted while it is read into given memory comes to its end, or its reader is told',
    (right) => ({
      blobs: reading(right, (reader, isThere) => ({
        ...reader,
        read: async (buffer) => ((await isThere()) ? reader.read(buffer) : 0),
      })),
    }),
  ),
  wrong(
    'a reader that is closed early takes the blob along',
    'a reader may stop before the end of a blob, or before its beginning',
    (right) => {
      const closed = new Set<number>();
      return {
        blobs: reading(right, (reader, _, blob) => ({
          ...reader,
          read: async (buffer) =>
            closed.has(blob.size) ? Promise.reject(new StorageFault('broken', 'closed')) : reader.read(buffer),
          close: async () => {
            closed.add(blob.size);
            await reader.close();
          },
        })),
      };
    },
  ),
  wrong(
    'a stream ends where its blob is deleted',
    'a blob that is deleted while it is read whole comes to its end, or its reader is told',
    (right) => ({ blobs: endingShort(right, (range) => range === undefined) }),
  ),
  wrong(
    'a range ends where its blob is deleted',
    'a blob that is deleted while it is read in a range comes to its end, or its reader is told',
    (right) => ({ blobs: endingShort(right, (range) => range !== undefined) }),
  ),
  wrong('a range lacks its last byte', 'a range of a blob is exactly those bytes', (right) => ({
    blobs: found(right, (blob) => ({
      ...blob,
      open: (range) => blob.open(range && { first: range.first, last: range.last - 1 }),
    })),
  })),
  wrong('a range begins one byte too late', 'a range of a blob is exactly those bytes', (right) => ({
    blobs: found(right, (blob) => ({
      ...blob,
      open: (range) => blob.open(range && { first: range.first + 1, last: range.last + 1 }),
    })),
  })),
  wrong('a reader uses one buffer again and again', 'a blob of 1000003 bytes comes back as it went in', (right) => ({
    blobs: found(right, (blob) => ({
      ...blob,
      async open(range) {
        const body = await blob.open(range);
        return body === undefined || body instanceof Uint8Array ? body : reusing(body);
      },
    })),
  })),
  wrong('a blob can be opened once', 'a blob can be opened many times, also at once', (right) => ({
    blobs: found(right, (blob) => {
      let opened = false;
      return {
        ...blob,
        async open(range) {
          if (opened) return undefined;
          opened = true;
          return blob.open(range);
        },
      };
    }),
  })),
  wrong('the size of an empty blob is not known', 'a blob of 0 bytes comes back as it went in', (right) => ({
    blobs: found(right, (blob) => ({ ...blob, size: blob.size || Number.NaN })),
  })),
  wrong('a blob is found by its sha256 digest only', 'a blob is found under its sha512 digest', (right) => ({
    blobs: found(right, (blob, _, digest) => (digest.startsWith('sha256:') ? blob : undefined)),
  })),
  wrong('a blob that is absent is an error', 'a blob that no repository holds is absent', (right) => ({
    blobs: {
      async get(repo, digest) {
        const blob = await right.blobs.get(repo, digest);
        if (blob === undefined) throw new StorageFault('broken', `${digest} is missing`);
        return blob;
      },
    },
  })),
  wrong(
    'a repository gives the blobs of all others',
    'a blob is held by the repository it was pushed to and by no other',
    (right) => ({
      blobs: {
        async get(repo, digest) {
          for (const each of [repo, ...(await everywhere(right))]) {
            const blob = await right.blobs.get(each, digest);
            if (blob !== undefined) return blob;
          }
          return undefined;
        },
      },
    }),
  ),
  wrong('a blob that was deleted opens by half', 'a blob deleted after it was looked up opens whole or not at all', (right) => ({
    blobs: found(right, (blob, repo, digest) => ({
      ...blob,
      async open(range) {
        const there = (await right.blobs.get(repo, digest)) !== undefined;
        return blob.open(there ? range : { first: 0, last: blob.size >> 1 });
      },
    })),
  })),
  wrong(
    'a deletion takes the blob from all repositories',
    'a deleted blob is gone from its repository and stays in the others',
    (right) => ({
      blobs: {
        async delete(repo, digest) {
          const deleted = await right.blobs.delete(repo, digest);
          for (const each of await everywhere(right)) await right.blobs.delete(each, digest);
          return deleted;
        },
      },
    }),
  ),
  wrong(
    'a deletion takes the blob from all repositories whose names begin alike',
    'deleting a blob leaves it to repositories whose names begin alike',
    (right) => ({
      blobs: {
        async delete(repo, digest) {
          const neighbours = (await everywhere(right)).filter((each) => each !== repo && each.startsWith(repo));
          for (const each of neighbours) await right.blobs.delete(each, digest);
          return right.blobs.delete(repo, digest);
        },
      },
    }),
  ),
  wrong(
    'a deletion takes all blobs whose digests begin alike',
    'deleting a blob leaves those whose digests begin alike',
    (right) => {
      const digests = new Set<Digest>();
      return {
        uploads: {
          commit(repo, id, at, digest) {
            digests.add(digest);
            return right.uploads.commit(repo, id, at, digest);
          },
        },
        blobs: {
          async delete(repo, digest) {
            const start = digest.slice(0, 'sha256:'.length + 2);
            const deleted = await right.blobs.delete(repo, digest);
            for (const each of digests) if (each.startsWith(start)) await right.blobs.delete(repo, each);
            return deleted;
          },
        },
      };
    },
  ),
  wrong('every deletion of a blob reports success', 'deleting a blob that is not there is false', (right) => ({
    blobs: {
      async delete(repo, digest) {
        await right.blobs.delete(repo, digest);
        return true;
      },
    },
  })),
  wrong('a deleted blob stays deleted for ever', 'a blob that was deleted can be pushed again', (right) => {
    const deleted = new Set<string>();
    return {
      blobs: {
        ...found(right, (blob, repo, digest) => (deleted.has(repo + digest) ? undefined : blob)),
        async delete(repo, digest) {
          deleted.add(repo + digest);
          return right.blobs.delete(repo, digest);
        },
      },
    };
  }),
];
