import type { Rows } from '../row.ts';

/** What the commit that brought the first table said of it. */
export const claims = {
  'SEED-M1': {
    was: { says: 'Data describes the routes of the API.' },
    at: [
      { module: 'lib/api/routes.ts', exports: 'routes' },
      { module: 'lib/api/row-shapes.ts', exports: 'RouteDescriptor' },
    ],
  },
  'SEED-M2': {
    was: { says: 'Routers are created from it.' },
    at: [
      { module: 'lib/routing/router.ts', exports: 'compile' },
      { module: 'lib/api/derive.ts', exports: 'rowsOf' },
      { module: 'lib/api/infer.ts', exports: 'ParamsOf' },
    ],
  },
  'SEED-M3': {
    was: { says: 'It is the complete documentation.' },
    at: [{ file: 'docs/api.md' }, { file: 'docs/openapi.json' }],
  },
  'SEED-M4': {
    was: { says: 'It can enumerate what the tests of a server must cover.' },
    at: [
      { module: 'lib/coverage/obligations.ts', exports: 'obligations' },
      { script: 'coverage:api' },
      { file: 'test/seed/seed.test.ts' },
    ],
  },
  'SEED-M5': {
    was: { says: 'A template makes the specification of it.' },
    at: [{ module: 'lib/docs/reference.ts', exports: 'reference' }, { script: 'docs' }],
  },
} as const satisfies Rows;
