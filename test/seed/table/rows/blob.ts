import type { Rows } from '../row.ts';

/** Blobs. */
export const blob = {
  'SEED-R4': {
    was: { route: 'blob', path: '/v2/{name}/blobs/{digest}', entity: 'Blob' },
    at: [{ route: 'blob' }],
    but: [
      'a repository name has any number of components',
      'a digest has exactly the length of its algorithm',
      'tarsums are legacy',
    ],
  },
  'SEED-R4-TODO': { was: { says: 'A PUT on blobs, perhaps later.' }, at: [], but: ['no PUT on blobs'] },

  'SEED-R4-GET': { was: { method: 'GET' }, at: [{ method: 'GET', on: 'blob' }] },
  'SEED-R4-GET-Q1': { was: { request: '' }, at: [{ request: 'getBlob' }] },
  'SEED-R4-GET-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'getBlob' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R4-GET-P2': {
    was: { path: 'digest' },
    at: [{ path: 'digest', of: 'getBlob' }],
    but: ['a digest has exactly the length of its algorithm', 'tarsums are legacy'],
  },
  'SEED-R4-GET-S1': { was: { success: 200 }, at: [{ success: 200, of: 'getBlob' }] },
  'SEED-R4-GET-S1-B': {
    was: { replyBody: 'application/octet-stream' },
    at: [{ replyBody: 'blob', status: 200, of: 'getBlob' }],
  },
  'SEED-R4-GET-S2': { was: { success: 307 }, at: [{ success: 307, of: 'getBlob' }] },
  'SEED-R4-GET-S2-H1': {
    was: { replyHeader: 'Location' },
    at: [{ replyHeader: 'Location', status: 307, of: 'getBlob' }],
  },
  'SEED-R4-GET-F1': {
    was: { failure: 400, codes: ['NAME_INVALID', 'DIGEST_INVALID'] },
    at: [
      { failure: 400, code: 'NAME_INVALID', for: 'name', of: 'getBlob' },
      { failure: 400, code: 'DIGEST_INVALID', for: 'digest', of: 'getBlob' },
    ],
  },
  'SEED-R4-GET-F2': {
    was: { failure: 401, codes: [] },
    at: [{ failure: 401, code: 'UNAUTHORIZED', of: 'getBlob' }],
    but: ['a refusal has a code, a challenge and a body'],
  },
  'SEED-R4-GET-F3': {
    was: { failure: 404, codes: ['NAME_UNKNOWN', 'BLOB_UNKNOWN'] },
    at: [{ failure: 404, code: 'BLOB_UNKNOWN', of: 'getBlob' }],
    but: ['what is missing is the content, not the repository'],
  },

  'SEED-R4-HEAD': { was: { method: 'HEAD' }, at: [{ method: 'HEAD', on: 'blob' }], but: ['HEAD is GET without its body'] },
  'SEED-R4-HEAD-Q1': {
    was: { request: '' },
    at: [{ request: 'getBlob', as: 'HEAD' }],
    but: ['HEAD is GET without its body'],
  },
  'SEED-R4-HEAD-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'getBlob' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R4-HEAD-P2': {
    was: { path: 'digest' },
    at: [{ path: 'digest', of: 'getBlob' }],
    but: ['a digest has exactly the length of its algorithm', 'tarsums are legacy'],
  },
} as const satisfies Rows;
