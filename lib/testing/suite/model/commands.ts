/** The commands that are about blobs, manifests, tags and lists. */
import type { ByteRange, Digest, RepositoryName, Tag } from '../../../api/formats.ts';
import type { Manifest, Page } from '../../../driver.ts';
import { drained, listed } from '../samples.ts';
import { type Coming, chunkThat, comingText, orFailure, passed } from './coming.ts';
import { alike, type Command, command } from './command.ts';
import { type Content, contentDigest, contentOf } from './pools.ts';

/** Commands for a blob store. */
export const blobCommands = {
  /** Looks the blob up and opens it, or a range of it. */
  get: (repo: RepositoryName, digest: Digest, range?: ByteRange): Command =>
    command<unknown>('blobs.get', [repo, digest, range && `bytes ${range.first} to ${range.last}`], {
      async ask({ driver }) {
        const blob = await driver.blobs.get(repo, digest);
        return blob && { size: blob.size, bytes: await drained(await blob.open(range)) };
      },
      tell: (model) => model.blobs.get(repo, digest, range),
    }),

  delete: (repo: RepositoryName, digest: Digest): Command =>
    alike('blobs.delete', [repo, digest], (store) => store.blobs.delete(repo, digest)),

  /** Without `from`, a driver may not know of every repository that holds the blob. */
  mount(to: RepositoryName, digest: Digest, from?: RepositoryName): Command {
    const mount = command('blobs.mount', [to, digest, from && `from ${from}`], {
      ask: async ({ driver }) => driver.blobs.mount?.(to, digest, from),
      tell: (model, answer) => (from === undefined && answer === false ? answer : model.blobs.mount(to, digest, from)),
    });
    return { ...mount, needs: 'blobs.mount' };
  },

  /** Puts the beginning of a content. */
  put(repo: RepositoryName, content: Content, length: number, how: Coming): Command {
    const [digest, bytes] = [contentDigest(content, length), contentOf(content, length)];
    const put = command('blobs.put', [repo, digest, `${length} bytes ${comingText(how)}`], {
      ask: ({ driver }) => orFailure(async () => driver.blobs.put?.(repo, digest, chunkThat(new Uint8Array(0), bytes, how))),
      tell: (model) => (how.throws ? passed : model.blobs.put(repo, digest, bytes)),
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
    alike('manifests.get', [repo, digest], (store) => store.manifests.get(repo, digest)),

  put: (repo: RepositoryName, manifest: Manifest): Command =>
    alike('manifests.put', [repo, about(manifest)], (store) => store.manifests.put(repo, manifest)),

  delete: (repo: RepositoryName, manifest: Manifest): Command =>
    alike('manifests.delete', [repo, about(manifest)], (store) => store.manifests.delete(repo, manifest)),

  resolve: (repo: RepositoryName, tag: Tag): Command =>
    alike('manifests.resolve', [repo, tag], (store) => store.manifests.resolve(repo, tag)),

  tag: (repo: RepositoryName, tag: Tag, digest: Digest, expected?: Digest | null): Command =>
    alike('manifests.tag', [repo, tag, digest, ifAt(expected)], (store) => store.manifests.tag(repo, tag, digest, expected)),

  untag: (repo: RepositoryName, tag: Tag, expected?: Digest): Command =>
    alike('manifests.untag', [repo, tag, ifAt(expected)], (store) => store.manifests.untag(repo, tag, expected)),

  tags: (repo: RepositoryName, page: Page): Command =>
    alike('manifests.tags', [repo, page], (store) => store.manifests.tags(repo, page)),

  referrers: (repo: RepositoryName, subject: Digest, after?: Digest): Command =>
    command('manifests.referrers', [repo, subject, after && `after ${after}`], {
      ask: ({ driver }) => listed(driver.manifests.referrers(repo, subject, after)),
      tell: (model) => model.manifests.referrers(repo, subject, after),
    }),

  repositories: (page: Page): Command => alike('manifests.repositories', [page], (store) => store.manifests.repositories(page)),
};

/** Lets go of the driver and goes on with another one over the same storage. */
export const reopen = (): Command =>
  command<void>('reopen', [], {
    ask: async (world) => {
      world.driver = await world.storage.reopen();
    },
    tell: () => undefined,
  });
