import type { Rows } from '../row.ts';

/** The tags of a repository. */
export const tags = {
  'SEED-R2': {
    was: { route: 'tags', path: '/v2/{name}/tags/list', entity: 'Tags' },
    at: [{ route: 'tags' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R2-GET': { was: { method: 'GET' }, at: [{ method: 'GET', on: 'tags' }] },
  'SEED-R2-GET-Q1': { was: { request: '' }, at: [{ request: 'listTags' }] },
  'SEED-R2-GET-P1': {
    was: { path: 'name' },
    at: [{ path: 'name', of: 'listTags' }],
    but: ['a repository name has any number of components'],
  },
  'SEED-R2-GET-S1': { was: { success: 200 }, at: [{ success: 200, of: 'listTags' }] },
  'SEED-R2-GET-S1-B': {
    was: { replyBody: 'application/json' },
    at: [{ replyBody: 'tags', status: 200, of: 'listTags' }],
  },
  'SEED-R2-GET-F1': {
    was: { failure: 404, codes: [] },
    at: [{ failure: 404, code: 'NAME_UNKNOWN', of: 'listTags' }],
    but: ['an unknown repository has a code'],
  },
  'SEED-R2-GET-F2': {
    was: { failure: 401, codes: [] },
    at: [{ failure: 401, code: 'UNAUTHORIZED', of: 'listTags' }],
    but: ['a refusal has a code, a challenge and a body'],
  },
} as const satisfies Rows;
