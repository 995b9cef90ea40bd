import type { Rows } from '../row.ts';

const appending = ['appendUpload (chunk)', 'appendUpload (stream)'] as const;
const completing = ['completeUpload (last chunk)', 'completeUpload (nothing left)', 'completeUpload (the rest)'] as const;

/** An upload in progress. Where several use cases came of one request, a row has a place in each of them. */
export const upload = {
  'SEED-R6': {
    was: { route: 'blob-upload-chunk', path: '/v2/{name}/blobs/uploads/{uuid}', entity: 'Blob Upload' },
    at: [{ route: 'upload' }],
    but: ['a repository name has any number of components', 'an upload has a random id', 'routes are named after what is there'],
  },

  'SEED-R6-GET': { was: { method: 'GET' }, at: [{ method: 'GET', on: 'upload' }] },
  'SEED-R6-GET-Q1': { was: { request: '' }, at: [{ request: 'getUpload' }] },
  'SEED-R6-GET-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'getUpload' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R6-GET-P2': { was: { path: 'uuid' }, at: [{ path: 'upload', of: 'getUpload' }], but: ['an upload has a random id'] },
  'SEED-R6-GET-S1': { was: { success: 204 }, at: [{ success: 204, of: 'getUpload' }] },
  'SEED-R6-GET-S1-H1': {
    was: { replyHeader: 'Range' },
    at: [{ replyHeader: 'Range', status: 204, of: 'getUpload' }],
    but: ['a range ends at its last byte'],
  },

  'SEED-R6-HEAD': { was: { method: 'HEAD' }, at: [{ method: 'HEAD', on: 'upload' }], but: ['HEAD is GET without its body'] },
  'SEED-R6-HEAD-Q1': {
    was: { request: '' },
    at: [{ request: 'getUpload', as: 'HEAD' }],
    but: ['HEAD is GET without its body'],
  },
  'SEED-R6-HEAD-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'getUpload' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R6-HEAD-P2': { was: { path: 'uuid' }, at: [{ path: 'upload', of: 'getUpload' }], but: ['an upload has a random id'] },
  'SEED-R6-HEAD-S1': { was: { success: 204 }, at: [{ success: 204, of: 'getUpload', as: 'HEAD' }] },
  'SEED-R6-HEAD-S1-H1': {
    was: { replyHeader: 'Range' },
    at: [{ replyHeader: 'Range', status: 204, of: 'getUpload', as: 'HEAD' }],
    but: ['a range ends at its last byte'],
  },

  'SEED-R6-PATCH': { was: { method: 'PATCH' }, at: [{ method: 'PATCH', on: 'upload' }] },
  'SEED-R6-PATCH-Q1': {
    was: { request: '' },
    at: appending.map((request) => ({ request })),
    but: ['bytes may come without a range'],
  },
  'SEED-R6-PATCH-P1': {
    was: { path: 'name' },
    at: appending.map((of) => ({ path: 'name', of })),
    but: ['a repository name has any number of components'],
  },
  'SEED-R6-PATCH-P2': {
    was: { path: 'uuid' },
    at: appending.map((of) => ({ path: 'upload', of })),
    but: ['an upload has a random id'],
  },
  'SEED-R6-PATCH-H1': {
    was: { header: 'Content-Range', required: true },
    at: [{ header: 'Content-Range', of: 'appendUpload (chunk)' }],
    but: ['bytes may come without a range', 'a range ends at its last byte'],
  },
  'SEED-R6-PATCH-H2': {
    was: { header: 'Content-Length', required: false },
    at: appending.map((of) => ({ body: 'blob', of })),
    but: ['lengths are left to HTTP'],
  },
  'SEED-R6-PATCH-B': { was: { body: 'application/octet-stream' }, at: appending.map((of) => ({ body: 'blob', of })) },
  'SEED-R6-PATCH-S1': {
    was: { success: 204 },
    at: appending.map((of) => ({ success: 202, of })),
    but: ['a stored chunk is answered 202'],
  },
  'SEED-R6-PATCH-S1-H1': {
    was: { replyHeader: 'Range' },
    at: appending.map((of) => ({ replyHeader: 'Range', status: 202, of })),
    but: ['a range ends at its last byte'],
  },
  'SEED-R6-PATCH-S1-H2': {
    was: { replyHeader: 'Content-Length' },
    at: appending.map((of) => ({ success: 202, of })),
    but: ['lengths are left to HTTP'],
  },

  'SEED-R6-PUT': { was: { method: 'PUT' }, at: [{ method: 'PUT', on: 'upload' }] },
  'SEED-R6-PUT-TODO': {
    was: { says: 'Split the closing PUT into three.' },
    at: completing.map((request) => ({ request })),
    but: ['an upload is completed in three ways'],
  },
  'SEED-R6-PUT-Q1': {
    was: { request: '' },
    at: completing.map((request) => ({ request })),
    but: ['an upload is completed in three ways'],
  },
  'SEED-R6-PUT-P1': {
    was: { path: 'name' },
    at: completing.map((of) => ({ path: 'name', of })),
    but: ['a repository name has any number of components'],
  },
  'SEED-R6-PUT-P2': {
    was: { path: 'uuid' },
    at: completing.map((of) => ({ path: 'upload', of })),
    but: ['an upload has a random id'],
  },
  'SEED-R6-PUT-Y1': {
    was: { query: 'digest', required: true },
    at: completing.map((of) => ({ query: 'digest', of })),
    but: ['a digest has exactly the length of its algorithm', 'tarsums are legacy'],
  },
  'SEED-R6-PUT-S1': {
    was: { success: 204 },
    at: completing.map((of) => ({ success: 201, of })),
    but: ['a completed upload is answered 201', 'a chunk belongs to the request'],
  },
  'SEED-R6-PUT-S1-H1': {
    was: { replyHeader: 'Content-Range' },
    at: [{ header: 'Content-Range', of: 'completeUpload (last chunk)' }],
    but: ['a chunk belongs to the request'],
  },
  'SEED-R6-PUT-S1-H2': {
    was: { replyHeader: 'Content-Length' },
    at: [
      { body: 'blob', of: 'completeUpload (last chunk)' },
      { body: 'blob', of: 'completeUpload (the rest)' },
    ],
    but: ['a chunk belongs to the request', 'lengths are left to HTTP'],
  },
  'SEED-R6-PUT-S1-B': {
    was: { replyBody: 'application/octet-stream' },
    at: [
      { body: 'blob', of: 'completeUpload (last chunk)' },
      { body: 'blob', of: 'completeUpload (the rest)' },
    ],
    but: ['a chunk belongs to the request'],
  },

  'SEED-R6-DELETE': { was: { method: 'DELETE' }, at: [{ method: 'DELETE', on: 'upload' }] },
  'SEED-R6-DELETE-Q1': { was: { request: '' }, at: [{ request: 'cancelUpload' }], but: ['a cancelled upload is answered'] },
  'SEED-R6-DELETE-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'cancelUpload' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R6-DELETE-P2': {
    was: { path: 'uuid' },
    at: [{ path: 'upload', of: 'cancelUpload' }],
    but: ['an upload has a random id'],
  },
} as const satisfies Rows;
