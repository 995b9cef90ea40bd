/**
 * A driver whose methods are still to be written. The guide is node_modules/stowage/docs/drivers.md; the contract, from which the
 * comments here are shortened, is node_modules/stowage/lib/driver.ts.
 */
import { inspect } from 'node:util';
import type { BlobStore, Driver, ManifestStore, UploadStore } from 'stowage';

/** A driver over an empty storage. What it keeps its content in, a path or a client, is for you to add as a parameter. */
export function createDriver(): Driver {
  return { name: 'my-driver', uploads, blobs, manifests };
}

// In the order in which the suite can be made to pass.

const uploads: UploadStore = {
  // Begins an upload at offset 0, with the digest of nothing.
  async create(repo, id, start) {
    throw notWritten('uploads.create', repo, id, start);
  },
  // The upload, if it was begun in this repository and has not ended.
  async get(repo, id) {
    throw notWritten('uploads.get', repo, id);
  },
  // Ends the upload and drops its bytes; false if there was none.
  async delete(repo, id) {
    throw notWritten('uploads.delete', repo, id);
  },
  // Appends all of the chunk, and stores `chunk.checkpoint()` with it. Undefined, and nothing kept, if the upload no longer stands
  // at `from`. If the chunk throws: nothing kept, and the error passes.
  async append(repo, id, from, chunk) {
    throw notWritten('uploads.append', repo, id, from, chunk);
  },
  // The bytes of the upload up to `at`; undefined if the upload is gone.
  async read(repo, id, at) {
    throw notWritten('uploads.read', repo, id, at);
  },
  // Publishes the bytes up to `at` as `digest` in `repo`, and ends the upload. True as well where the repository holds the digest.
  async commit(repo, id, at, digest) {
    throw notWritten('uploads.commit', repo, id, at, digest);
  },
};

const blobs: BlobStore = {
  // The size of the blob and how to open it, if this repository holds it.
  async get(repo, digest) {
    throw notWritten('blobs.get', repo, digest);
  },
  // Takes the blob from this repository and from no other; false if it was not there.
  async delete(repo, digest) {
    throw notWritten('blobs.delete', repo, digest);
  },
};

const manifests: ManifestStore = {
  // Stores the manifest, then its referrer entry; repeats both even where the manifest is there.
  async put(repo, manifest) {
    throw notWritten('manifests.put', repo, manifest);
  },
  // The manifest, its bytes exactly as they were stored.
  async get(repo, digest) {
    throw notWritten('manifests.get', repo, digest);
  },
  // Points the tag at the digest; false if that manifest is not there. With `expected`, only if the tag points there now (null: is
  // absent).
  async tag(repo, tag, digest, expected) {
    throw notWritten('manifests.tag', repo, tag, digest, expected);
  },
  // The digest that the tag points at.
  async resolve(repo, tag) {
    throw notWritten('manifests.resolve', repo, tag);
  },
  // Deletes the tag; false if there was none or, with `expected`, if it points elsewhere.
  async untag(repo, tag, expected) {
    throw notWritten('manifests.untag', repo, tag, expected);
  },
  // Deletes all tags on the manifest, its referrer entry, then itself; false if it was not there.
  async delete(repo, digest) {
    throw notWritten('manifests.delete', repo, digest);
  },
  // A page of how the manifests with this subject are listed, in the order of their digests: `page` is `{ after, limit }`.
  async referrers(repo, subject, page) {
    throw notWritten('manifests.referrers', repo, subject, page);
  },
  // A page of tags in byte order; undefined if there is no such repository.
  async tags(repo, page) {
    throw notWritten('manifests.tags', repo, page);
  },
  // A page of the repositories that hold a manifest or a blob, in byte order.
  async repositories(page) {
    throw notWritten('manifests.repositories', page);
  },
};

/** The failure of a method that is still to be written. It shows what the method was given. */
function notWritten(method: string, ...given: readonly unknown[]): Error {
  const shown = given.map((each) => inspect(each, { depth: 1, breakLength: Number.POSITIVE_INFINITY }));
  return new Error(`${method} is not written yet; it was given ${shown.join(', ')}`);
}
