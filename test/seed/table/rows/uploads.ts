import type { Rows } from '../row.ts';

/** The start of an upload: a whole blob in one request (Q1), or a session for many (Q2). */
export const uploads = {
  'SEED-R5': {
    was: { route: 'blob-upload', path: '/v2/{name}/blobs/uploads/', entity: 'Intiate Blob Upload' },
    at: [{ route: 'uploads' }],
    but: ['a repository name has any number of components', 'routes are named after what is there'],
  },
  'SEED-R5-POST': { was: { method: 'POST' }, at: [{ method: 'POST', on: 'uploads' }] },

  'SEED-R5-POST-Q1': { was: { request: 'Initiate Monolithic Blob Upload' }, at: [{ request: 'pushBlob' }] },
  'SEED-R5-POST-Q1-H1': {
    was: { header: 'Authorization', required: false },
    at: [{ access: 'push', of: 'pushBlob' }],
    but: ['Authorization is read on every request'],
  },
  'SEED-R5-POST-Q1-H2': {
    was: { header: 'Content-Length', required: false },
    at: [{ body: 'blob', of: 'pushBlob' }],
    but: ['lengths are left to HTTP'],
  },
  'SEED-R5-POST-Q1-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'pushBlob' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R5-POST-Q1-Y1': {
    was: { query: 'digest', required: false },
    at: [{ query: 'digest', of: 'pushBlob' }],
    but: [
      'a blob in one request is chosen by its digest',
      'a digest has exactly the length of its algorithm',
      'tarsums are legacy',
    ],
  },
  'SEED-R5-POST-Q1-B': {
    was: { body: 'application/octect-stream' },
    at: [{ body: 'blob', of: 'pushBlob' }],
    but: ['bytes are application/octet-stream'],
  },
  'SEED-R5-POST-Q1-S1': { was: { success: 201 }, at: [{ success: 201, of: 'pushBlob' }] },
  'SEED-R5-POST-Q1-S1-H1': {
    was: { replyHeader: 'Location' },
    at: [{ replyHeader: 'Location', status: 201, of: 'pushBlob' }],
  },
  'SEED-R5-POST-Q1-S1-H2': {
    was: { replyHeader: 'Content-Length' },
    at: [{ success: 201, of: 'pushBlob' }],
    but: ['lengths are left to HTTP'],
  },
  'SEED-R5-POST-Q1-F1': {
    was: { failure: 400, codes: ['DIGEST_INVALID', 'NAME_INVALID'] },
    at: [
      { failure: 400, code: 'DIGEST_INVALID', of: 'pushBlob' },
      { failure: 400, code: 'DIGEST_INVALID', for: 'digest', of: 'pushBlob' },
      { failure: 400, code: 'NAME_INVALID', for: 'name', of: 'pushBlob' },
    ],
  },
  'SEED-R5-POST-Q1-F2': {
    was: { failure: 401, codes: ['DIGEST_INVALID', 'NAME_INVALID'] },
    at: [{ failure: 401, code: 'UNAUTHORIZED', of: 'pushBlob' }],
    but: ['a refusal has a code, a challenge and a body'],
  },
  'SEED-R5-POST-Q1-F2-H1': {
    was: { replyHeader: 'WWW-Authenticate' },
    at: [{ replyHeader: 'WWW-Authenticate', status: 401, code: 'UNAUTHORIZED', of: 'pushBlob' }],
    but: ['a challenge says what it is about'],
  },

  'SEED-R5-POST-Q2': { was: { request: 'Initiate Resumable Blob Upload' }, at: [{ request: 'startUpload' }] },
  'SEED-R5-POST-Q2-H1': {
    was: { header: 'Authorization', required: false },
    at: [{ access: 'push', of: 'startUpload' }],
    but: ['Authorization is read on every request'],
  },
  'SEED-R5-POST-Q2-H2': {
    was: { header: 'Content-Length', required: false },
    at: [{ request: 'startUpload' }],
    but: ['lengths are left to HTTP'],
  },
  'SEED-R5-POST-Q2-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'startUpload' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R5-POST-Q2-S1': { was: { success: 202 }, at: [{ success: 202, of: 'startUpload' }] },
  'SEED-R5-POST-Q2-S1-H1': {
    was: { replyHeader: 'Content-Length' },
    at: [{ success: 202, of: 'startUpload' }],
    but: ['lengths are left to HTTP'],
  },
  'SEED-R5-POST-Q2-S1-H2': {
    was: { replyHeader: 'Location' },
    at: [{ replyHeader: 'Location', status: 202, of: 'startUpload' }],
  },
  'SEED-R5-POST-Q2-S1-H3': {
    was: { replyHeader: 'Range' },
    at: [{ replyHeader: 'Range', status: 202, of: 'startUpload' }],
    but: ['a range ends at its last byte'],
  },
} as const satisfies Rows;
