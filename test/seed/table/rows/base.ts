import type { Rows } from '../row.ts';

/** The base: is this API spoken here, and may the client use it? */
export const base = {
  'SEED-R1': { was: { route: 'base', path: '/v2/', entity: 'Base' }, at: [{ route: 'base' }] },
  'SEED-R1-GET': { was: { method: 'GET' }, at: [{ method: 'GET', on: 'base' }] },
  'SEED-R1-GET-Q1': { was: { request: '' }, at: [{ request: 'checkBase' }] },
  'SEED-R1-GET-H1': {
    was: { header: 'Authorization', required: false },
    at: [{ access: 'none', of: 'checkBase' }],
    but: ['Authorization is read on every request'],
  },
  'SEED-R1-GET-S1': {
    was: { success: 200 },
    at: [{ success: 200, of: 'checkBase' }],
    but: ['the base answers with an object'],
  },
  'SEED-R1-GET-F1': {
    was: { failure: 401, codes: [] },
    at: [{ failure: 401, code: 'UNAUTHORIZED', of: 'checkBase' }],
    but: ['a refusal has a code, a challenge and a body'],
  },
  'SEED-R1-GET-F1-H1': {
    was: { replyHeader: 'WWW-Authenticate' },
    at: [{ replyHeader: 'WWW-Authenticate', status: 401, code: 'UNAUTHORIZED', of: 'checkBase' }],
    but: ['a challenge says what it is about'],
  },
  'SEED-R1-GET-F2': { was: { failure: 404, codes: [] }, at: [], but: ['a server of another API is not in the table'] },
} as const satisfies Rows;
