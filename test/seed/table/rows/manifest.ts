import type { Rows } from '../row.ts';

/** Manifests. The first table knew them by tag alone. */
export const manifest = {
  'SEED-R3': {
    was: { route: 'manifest', path: '/v2/{name}/manifests/{tag}', entity: 'Manifest' },
    at: [{ route: 'manifest' }],
    but: ['a repository name has any number of components', 'a reference is a tag or a digest'],
  },

  'SEED-R3-GET': { was: { method: 'GET' }, at: [{ method: 'GET', on: 'manifest' }] },
  'SEED-R3-GET-Q1': { was: { request: '' }, at: [{ request: 'getManifest (by tag)' }] },
  'SEED-R3-GET-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'getManifest (by tag)' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R3-GET-P2': {
    was: { path: 'tag' },
    at: [{ path: 'reference', of: 'getManifest (by tag)' }],
    but: ['a reference is a tag or a digest'],
  },
  'SEED-R3-GET-S1': { was: { success: 200 }, at: [{ success: 200, of: 'getManifest (by tag)' }] },
  'SEED-R3-GET-S1-B': {
    was: { replyBody: 'application/json' },
    at: [{ replyBody: 'manifest', status: 200, of: 'getManifest (by tag)' }],
    but: ['a manifest keeps its media type', 'signed manifests are legacy'],
  },
  'SEED-R3-GET-F1': {
    was: { failure: 400, codes: ['NAME_INVALID', 'TAG_INVALID'] },
    at: [
      { failure: 400, code: 'NAME_INVALID', for: 'name', of: 'getManifest (by tag)' },
      { failure: 400, code: 'MANIFEST_INVALID', for: 'reference', of: 'getManifest (by tag)' },
    ],
    but: ['a malformed tag is MANIFEST_INVALID'],
  },
  'SEED-R3-GET-F1-B': {
    was: { replyBody: 'application/json' },
    at: [
      { replyBody: 'errors', status: 400, code: 'NAME_INVALID', of: 'getManifest (by tag)' },
      { replyBody: 'errors', status: 400, code: 'MANIFEST_INVALID', of: 'getManifest (by tag)' },
    ],
    but: ['examples are values'],
  },
  'SEED-R3-GET-F2': {
    was: { failure: 404, codes: ['NAME_UNKNOWN', 'MANIFEST_UNKNOWN'] },
    at: [{ failure: 404, code: 'MANIFEST_UNKNOWN', of: 'getManifest (by tag)' }],
    but: ['what is missing is the content, not the repository'],
  },
  'SEED-R3-GET-F2-B': {
    was: { replyBody: 'application/json' },
    at: [{ replyBody: 'errors', status: 404, code: 'MANIFEST_UNKNOWN', of: 'getManifest (by tag)' }],
    but: ['examples are values'],
  },

  'SEED-R3-PUT': { was: { method: 'PUT' }, at: [{ method: 'PUT', on: 'manifest' }] },
  'SEED-R3-PUT-Q1': { was: { request: '' }, at: [{ request: 'putManifest (by tag)' }], but: ['signed manifests are legacy'] },
  'SEED-R3-PUT-H1': {
    was: { header: 'Authorization', required: false },
    at: [{ access: 'push', of: 'putManifest (by tag)' }],
    but: ['Authorization is read on every request'],
  },
  'SEED-R3-PUT-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'putManifest (by tag)' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R3-PUT-P2': {
    was: { path: 'tag' },
    at: [{ path: 'reference', of: 'putManifest (by tag)' }],
    but: ['a reference is a tag or a digest'],
  },
  'SEED-R3-PUT-B': {
    was: { body: 'application/json' },
    at: [{ body: 'manifest', of: 'putManifest (by tag)' }],
    but: ['a manifest keeps its media type', 'signed manifests are legacy'],
  },
  'SEED-R3-PUT-S1': {
    was: { success: 202 },
    at: [{ success: 201, of: 'putManifest (by tag)' }],
    but: ['a stored manifest is answered 201'],
  },
  'SEED-R3-PUT-F1': {
    was: {
      failure: 400,
      codes: ['NAME_INVALID', 'TAG_INVALID', 'MANIFEST_INVALID', 'MANIFEST_UNVERIFIED', 'BLOB_UNKNOWN'],
    },
    at: [
      { failure: 400, code: 'NAME_INVALID', for: 'name', of: 'putManifest (by tag)' },
      { failure: 400, code: 'MANIFEST_INVALID', for: 'reference', of: 'putManifest (by tag)' },
      { failure: 400, code: 'MANIFEST_INVALID', of: 'putManifest (by tag)' },
      { failure: 400, code: 'MANIFEST_BLOB_UNKNOWN', of: 'putManifest (by tag)' },
      { failure: 400, code: 'NAME_INVALID', of: 'putManifest (by tag)' },
      { failure: 400, code: 'TAG_INVALID', of: 'putManifest (by tag)' },
      { failure: 400, code: 'MANIFEST_UNVERIFIED', of: 'putManifest (by tag)' },
    ],
    but: [
      'a malformed tag is MANIFEST_INVALID',
      'content that a manifest misses is MANIFEST_BLOB_UNKNOWN',
      'signed manifests are legacy',
    ],
  },
  'SEED-R3-PUT-F2': {
    was: { failure: 400, codes: ['BLOB_UNKNOWN'] },
    at: [{ failure: 400, code: 'MANIFEST_BLOB_UNKNOWN', of: 'putManifest (by tag)' }],
    but: ['content that a manifest misses is MANIFEST_BLOB_UNKNOWN'],
  },
  'SEED-R3-PUT-F2-B': {
    was: { replyBody: 'application/json' },
    at: [{ replyBody: 'errors', status: 400, code: 'MANIFEST_BLOB_UNKNOWN', of: 'putManifest (by tag)' }],
    but: ['examples are values'],
  },
  'SEED-R3-PUT-F3': {
    was: { failure: 401, codes: [] },
    at: [{ failure: 401, code: 'UNAUTHORIZED', of: 'putManifest (by tag)' }],
    but: ['a refusal has a code, a challenge and a body'],
  },
  'SEED-R3-PUT-F3-H1': {
    was: { replyHeader: 'WWW-Authenticate' },
    at: [{ replyHeader: 'WWW-Authenticate', status: 401, code: 'UNAUTHORIZED', of: 'putManifest (by tag)' }],
    but: ['a challenge says what it is about'],
  },

  'SEED-R3-DELETE': { was: { method: 'DELETE' }, at: [{ method: 'DELETE', on: 'manifest' }] },
  'SEED-R3-DELETE-Q1': { was: { request: '' }, at: [{ request: 'deleteTag' }], but: ['a tag is deleted alone'] },
  'SEED-R3-DELETE-H1': {
    was: { header: 'Authorization', required: false },
    at: [{ access: 'delete', of: 'deleteTag' }],
    but: ['Authorization is read on every request'],
  },
  'SEED-R3-DELETE-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'deleteTag' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R3-DELETE-P2': {
    was: { path: 'tag' },
    at: [{ path: 'reference', of: 'deleteTag' }],
    but: ['a reference is a tag or a digest'],
  },
  'SEED-R3-DELETE-S1': { was: { success: 202 }, at: [{ success: 202, of: 'deleteTag' }], but: ['a tag is deleted alone'] },
  'SEED-R3-DELETE-F1': {
    was: { failure: 400, codes: ['NAME_INVALID', 'TAG_INVALID'] },
    at: [
      { failure: 400, code: 'NAME_INVALID', for: 'name', of: 'deleteTag' },
      { failure: 400, code: 'MANIFEST_INVALID', for: 'reference', of: 'deleteTag' },
    ],
    but: ['a malformed tag is MANIFEST_INVALID'],
  },
  'SEED-R3-DELETE-F2': {
    was: { failure: 401, codes: [] },
    at: [{ failure: 401, code: 'UNAUTHORIZED', of: 'deleteTag' }],
    but: ['a refusal has a code, a challenge and a body'],
  },
  'SEED-R3-DELETE-F2-H1': {
    was: { replyHeader: 'WWW-Authenticate' },
    at: [{ replyHeader: 'WWW-Authenticate', status: 401, code: 'UNAUTHORIZED', of: 'deleteTag' }],
    but: ['a challenge says what it is about'],
  },
  'SEED-R3-DELETE-F3': {
    was: { failure: 404, codes: ['NAME_UNKNOWN', 'MANIFEST_UNKNOWN'] },
    at: [{ failure: 404, code: 'MANIFEST_UNKNOWN', of: 'deleteTag' }],
    but: ['what is missing is the content, not the repository'],
  },
} as const satisfies Rows;
