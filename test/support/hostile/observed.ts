/** A driver that writes down what came to be in it: every change that was reported as done. */
import type { Driver } from '../../../lib/driver.ts';

/** What a driver was made to do. */
export interface Observed {
  readonly driver: Driver;
  /** Content, manifests and tags that were stored, moved or deleted. */
  readonly changes: string[];
  /** How far the uploads are that were begun and have not ended. */
  readonly uploads: ReadonlyMap<string, number>;
}

/** Watches a driver. */
export function observe(driver: Driver): Observed {
  const changes: string[] = [];
  const live = new Map<string, number>();
  const { blobs, uploads, manifests } = driver;
  /** The value of some work; a value that says that something was done is written down. */
  const noted = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const value = await work;
    if (value !== false) changes.push(what);
    return value;
  };
  return {
    changes,
    uploads: live,
    driver: {
      ...driver,
      blobs: {
        ...blobs,
        delete: (repo, digest) => noted(`no blob ${repo} ${digest}`, blobs.delete(repo, digest)),
        ...(blobs.mount && {
          mount: (to, digest, from) => noted(`mount ${to} ${digest}`, blobs.mount?.(to, digest, from) ?? Promise.resolve(false)),
        }),
        ...(blobs.put && {
          put: (repo, digest, chunk) => noted(`blob ${repo} ${digest}`, blobs.put?.(repo, digest, chunk) ?? Promise.resolve()),
        }),
      },
      uploads: {
        ...uploads,
        create: async (repo, id, start) => {
          const upload = await uploads.create(repo, id, start);
          live.set(id, upload.offset);
          return upload;
        },
        append: async (repo, id, from, chunk) => {
          const upload = await uploads.append(repo, id, from, chunk);
          if (upload) live.set(id, upload.offset);
          return upload;
        },
        commit: async (repo, id, at, digest) => {
          const committed = await noted(`blob ${repo} ${digest}`, uploads.commit(repo, id, at, digest));
          if (committed) live.delete(id);
          return committed;
        },
        ...(uploads.complete && {
          complete: async (repo, id, from, chunk, digest) => {
            const upload = await uploads.complete?.(repo, id, from, chunk, digest);
            if (upload === true) {
              changes.push(`blob ${repo} ${digest}`);
              live.delete(id);
            } else if (upload) live.set(id, upload.offset);
            return upload;
          },
        }),
        delete: async (repo, id) => {
          const deleted = await uploads.delete(repo, id);
          if (deleted) live.delete(id);
          return deleted;
        },
      },
      manifests: {
        ...manifests,
        put: (repo, manifest) => noted(`manifest ${repo} ${manifest.digest}`, manifests.put(repo, manifest)),
        delete: (repo, digest) => noted(`no manifest ${repo} ${digest}`, manifests.delete(repo, digest)),
        tag: (repo, tag, digest, expected) => noted(`tag ${repo} ${tag}`, manifests.tag(repo, tag, digest, expected)),
        ...(manifests.putTagged && {
          putTagged: (repo, manifest, tags) =>
            noted(
              `manifest ${repo} ${manifest.digest}, tags ${tags}`,
              manifests.putTagged?.(repo, manifest, tags) ?? Promise.resolve(false),
            ),
        }),
        untag: (repo, tag, expected) => noted(`no tag ${repo} ${tag}`, manifests.untag(repo, tag, expected)),
      },
    },
  };
}
