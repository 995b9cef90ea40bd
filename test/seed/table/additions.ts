/**
 * What the first table had not, when its history was written. This list is history, too: what the API has gained since then is
 * in `docs/api.md` and needs no row here.
 */
import type { Place } from './place.ts';

/** Something that is new. Its name says what. */
export interface Addition {
  readonly at: readonly [Place, ...Place[]];
  readonly reason: string;
  /** The section of a specification, or the version of the registry, that it comes from. */
  readonly source: string;
}

const endings = ['completeUpload (last chunk)', 'completeUpload (nothing left)', 'completeUpload (the rest)'] as const;

export const additions: Readonly<Record<string, Addition>> = {
  'Manifests by digest': {
    at: [
      { request: 'getManifest (by digest)' },
      { request: 'putManifest (by digest)' },
      { request: 'deleteManifest' },
      { query: 'tag', of: 'putManifest (by digest)' },
      { replyHeader: 'OCI-Tag', status: 201, of: 'putManifest (by digest)' },
    ],
    reason: 'A tag may move between two requests; a digest names one manifest for ever.',
    source:
      'distribution specification, "Pulling manifests" (end-3), "Pushing Manifests" (end-7a, end-7b), "Deleting Manifests" (end-9)',
  },
  'HEAD of manifests': {
    at: [
      { method: 'HEAD', on: 'manifest' },
      { success: 200, of: 'getManifest (by tag)', as: 'HEAD' },
      { success: 200, of: 'getManifest (by digest)', as: 'HEAD' },
    ],
    reason: 'Clients ask whether a manifest is there before they push or pull it.',
    source: 'distribution specification 1.1, "Checking if content exists in the registry" (end-3); registry 2.3.0',
  },
  Referrers: {
    at: [
      { route: 'referrers' },
      { request: 'listReferrers' },
      { replyHeader: 'OCI-Subject', status: 201, of: 'putManifest (by tag)' },
    ],
    reason: 'Signatures and attestations are found by what they are about.',
    source: 'distribution specification 1.1, "Listing Referrers" (end-12a, end-12b)',
  },
  'The list of repositories': {
    at: [{ route: 'catalog' }, { request: 'listRepositories' }],
    reason: 'Docker registries have it.',
    source: 'registry 2.1.0',
  },
  'Lists in pages': {
    at: [
      { query: 'n', of: 'listTags' },
      { query: 'last', of: 'listTags' },
      { replyHeader: 'Link', status: 200, of: 'listTags' },
    ],
    reason: 'A list may be longer than what fits in one reply.',
    source: 'distribution specification 1.1, "Listing Tags" (end-8b); RFC 8288',
  },
  'Blobs from another repository': {
    at: [{ request: 'mountBlob' }, { success: 201, of: 'mountBlob' }, { success: 202, of: 'mountBlob' }],
    reason: 'What the registry has already need not be sent again.',
    source: 'distribution specification 1.1, "Mounting a blob from another repository" (end-11); registry 2.3.0',
  },
  'Deletion of blobs': {
    at: [{ request: 'deleteBlob' }, { failure: 405, code: 'UNSUPPORTED', of: 'deleteBlob' }],
    reason: 'A repository can be cleared; a registry may be told not to delete.',
    source: 'distribution specification 1.1, "Deleting Blobs" (end-10); registry 2.1.0',
  },
  'Parts of a blob': {
    at: [
      { success: 206, of: 'getBlob' },
      { failure: 416, code: 'SIZE_INVALID', of: 'getBlob' },
    ],
    reason: 'A download that broke off goes on where it was.',
    source: 'RFC 9110 section 14; registry 2.0.0',
  },
  'The digest on every reply with content': {
    at: [
      { replyHeader: 'Docker-Content-Digest', status: 200, of: 'getManifest (by tag)' },
      { replyHeader: 'Docker-Content-Digest', status: 200, of: 'getBlob' },
      { replyHeader: 'Docker-Content-Digest', status: 201, of: 'pushBlob' },
    ],
    reason: 'Clients learn what a tag points at, and check what they got.',
    source: 'distribution specification 1.1, "Pulling manifests" and "Pulling blobs"; registry 2.0.0',
  },
  'Conditional requests': {
    at: [
      { success: 304, of: 'getManifest (by tag)' },
      { failure: 412, code: 'DENIED', of: 'putManifest (by tag)' },
      { failure: 412, code: 'DENIED', of: 'deleteTag' },
    ],
    reason: 'What a client has need not be sent again, and two clients cannot undo each other unawares.',
    source: 'RFC 9110 section 13',
  },
  'Where an upload stands, on each of its replies': {
    at: [
      { replyHeader: 'Location', status: 204, of: 'getUpload' },
      { replyHeader: 'Location', status: 202, of: 'appendUpload (chunk)' },
      { replyHeader: 'Docker-Upload-UUID', status: 202, of: 'startUpload' },
    ],
    reason: 'Each reply says where the next request goes.',
    source: 'distribution specification 1.1, "Pushing a blob in chunks" (end-5, end-13); registry 2.0.0',
  },
  'Failures of uploads': {
    at: [
      { error: 'BLOB_UPLOAD_INVALID' },
      { failure: 404, code: 'BLOB_UPLOAD_UNKNOWN', of: 'getUpload' },
      { failure: 416, code: 'BLOB_UPLOAD_INVALID', of: 'appendUpload (chunk)' },
      { failure: 400, code: 'SIZE_INVALID', of: 'appendUpload (chunk)' },
      ...endings.map((of): Place => ({ failure: 400, code: 'DIGEST_INVALID', of })),
      { failure: 404, code: 'BLOB_UPLOAD_UNKNOWN', of: 'cancelUpload' },
    ],
    reason:
      'The requests of an upload had no failures at all; a chunk that does not fit is refused, and the reply says where to go on.',
    source: 'distribution specification 1.1, "Pushing a blob in chunks" (end-5, end-6)',
  },
  'Missing content of manifests': {
    at: [{ error: 'MANIFEST_BLOB_UNKNOWN' }],
    reason: 'It is another matter than a blob that is asked for and not there.',
    source: 'distribution specification 1.1, "Error Codes" (code-5)',
  },
  Permissions: {
    at: [
      { error: 'UNAUTHORIZED' },
      { error: 'DENIED' },
      { failure: 401, code: 'UNAUTHORIZED', of: 'getManifest (by tag)' },
      { failure: 403, code: 'DENIED', of: 'getManifest (by tag)' },
      { type: 'MethodDescriptor', field: 'access' },
    ],
    reason: 'Every method says what it asks of `authorize`; the refusals follow from that.',
    source: 'distribution specification 1.1, "Error Codes" (code-11, code-12); registry 2.2.0',
  },
  'Limits and load': {
    at: [
      { error: 'TOOMANYREQUESTS' },
      { error: 'UNAVAILABLE' },
      { failure: 413, code: 'SIZE_INVALID', of: 'putManifest (by tag)' },
    ],
    reason: 'A client that asks too much, too often or too early learns which of these it is.',
    source:
      'distribution specification 1.1, "Pushing Manifests" and "Error Codes" (code-14); RFC 9110 sections 15.5.14 and 15.6.4',
  },
  'What is not served': {
    at: [{ error: 'UNSUPPORTED' }],
    reason: 'Paths, methods and values that nobody serves have a code as well; 405 carries `Allow`.',
    source: 'distribution specification 1.1, "Error Codes" (code-13); RFC 9110 section 15.5.6',
  },
  'Other algorithms': {
    at: [{ format: 'algorithm' }, { query: 'digest-algorithm', of: 'startUpload' }],
    reason: 'The digest of an upload is computed while its bytes come.',
    source: 'distribution specification, "Pushing a blob in chunks" (end-4c)',
  },
  'What chooses a use case': {
    at: [{ type: 'RequestDescriptor', field: 'when' }],
    reason: 'Use cases of one method are told apart by what the client sends, so that each of them can be tested.',
    source: 'this project',
  },
};
