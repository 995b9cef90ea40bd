/** The commands for blobs, manifests, tags and lists. */
import type { ByteRange, Digest, RepositoryName, Tag } from '../../../api/formats.ts';
import type { Manifest, Page } from '../../../driver.ts';
import { readAll } from '../samples.ts';
import { type ChunkShape, catchChunkError, createChunk, formatShape, threwChunkError } from './chunk-shape.ts';
import { type Command, createCommand, createPlainCommand } from './command.ts';
import { type Content, contentDigest, contentOf } from './pools.ts';

/** Commands for a blob store. */
export const blobCommands = {
  /** Looks up the blob and opens it, or a range of it. */
  get: (repo: RepositoryName, digest: Digest, range?: ByteRange): Command =>
    createCommand<unknown>('blobs.get', [repo, digest, range && `bytes ${range.first} to ${range.last}`], {
      async onDriver({ driver }) {
        const blob = await driver.blobs.get(repo, digest);
        return blob && { size: blob.size, bytes: await readAll(await blob.open(range)) };
      },
      onModel: (model) => model.blobs.get(repo, digest, range),
    }),

  delete: (repo: RepositoryName, digest: Digest): Command =>
    createPlainCommand('blobs.delete', [repo, digest], (store) => store.blobs.delete(repo, digest)),

  /** Without `from`, false is always a right answer: a driver need not know every repository that holds the blob. */
  mount(to: RepositoryName, digest: Digest, from?: RepositoryName): Command {
    const mount = createCommand('blobs.mount', [to, digest, from && `from ${from}`], {
      onDriver: async ({ driver }) => driver.blobs.mount?.(to, digest, from),
      onModel: (model, answer) => (from === undefined && answer === false ? answer : model.blobs.mount(to, digest, from)),
    });
    return { ...mount, needs: 'blobs.mount' };
  },

  /** Puts the first bytes of a content. */
  put(repo: RepositoryName, content: Content, length: number, how: ChunkShape): Command {
    const [digest, bytes] = [contentDigest(content, length), contentOf(content, length)];
    const put = createCommand('blobs.put', [repo, digest, `${length} bytes ${formatShape(how)}`], {
      onDriver: ({ driver }) =>
        catchChunkError(async () => driver.blobs.put?.(repo, digest, createChunk(new Uint8Array(0), bytes, how))),
      onModel: (model) => (how.throws ? threwChunkError : model.blobs.put(repo, digest, bytes)),
    });
    return { ...put, needs: 'blobs.put' };
  },
};

const about = ({ digest, mediaType, subject }: Manifest): string =>
  `${digest} (${mediaType}${subject ? `, subject ${subject}` : ''})`;

const ifAt = (expected: Digest | null | undefined): string | undefined =>
  expected === undefined ? undefined : `expected ${expected ?? 'null'}`;

/** Commands for a manifest store. */
export const manifestCommands = {
  get: (repo: RepositoryName, digest: Digest): Command =>
    createPlainCommand('manifests.get', [repo, digest], (store) => store.manifests.get(repo, digest)),

  put: (repo: RepositoryName, manifest: Manifest): Command =>
    createPlainCommand('manifests.put', [repo, about(manifest)], (store) => store.manifests.put(repo, manifest)),

  delete: (repo: RepositoryName, digest: Digest): Command =>
    createPlainCommand('manifests.delete', [repo, digest], (store) => store.manifests.delete(repo, digest)),

  resolve: (repo: RepositoryName, tag: Tag): Command =>
    createPlainCommand('manifests.resolve', [repo, tag], (store) => store.manifests.resolve(repo, tag)),

  tag: (repo: RepositoryName, tag: Tag, digest: Digest, expected?: Digest | null): Command =>
    createPlainCommand('manifests.tag', [repo, tag, digest, ifAt(expected)], (store) =>
      store.manifests.tag(repo, tag, digest, expected),
    ),

  untag: (repo: RepositoryName, tag: Tag, expected?: Digest): Command =>
    createPlainCommand('manifests.untag', [repo, tag, ifAt(expected)], (store) => store.manifests.untag(repo, tag, expected)),

  tags: (repo: RepositoryName, page: Page): Command =>
    createPlainCommand('manifests.tags', [repo, page], (store) => store.manifests.tags(repo, page)),

  referrers: (repo: RepositoryName, subject: Digest, page: Page<Digest>): Command =>
    createPlainCommand('manifests.referrers', [repo, subject, page], (store) => store.manifests.referrers(repo, subject, page)),

  repositories: (page: Page): Command =>
    createPlainCommand('manifests.repositories', [page], (store) => store.manifests.repositories(page)),
};

/** Closes the driver and goes on with another one over the same storage. */
export const reopen = (): Command =>
  createCommand<void>('reopen', [], {
    onDriver: async (world) => {
      world.driver = await world.storage.reopen();
    },
    onModel: () => undefined,
  });
