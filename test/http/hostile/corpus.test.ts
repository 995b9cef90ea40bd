/** The fixed corpus of hostile requests, on each kind of store: each is answered as told, soon, in the registry's own words, and changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { obstacleTo, throughFetch } from '../../support/hostile/fetch.ts';
import { openRegistry, type Registry } from '../../support/hostile/registry.ts';
import { complaintsAbout, overSocket, type Way } from '../../support/hostile/trial.ts';
import { stores, type WithDriver } from '../../support/stores.ts';
import { corpus } from './corpus/index.ts';
import type { Row } from './corpus/requests.ts';

const kept = ['memory', 'fs'].map((name) => [name, stores[name] as WithDriver] as const);

const applying = Object.entries(corpus).map(([kind, rows]) => [kind, rows.filter((row) => !obstacleTo(row))] as const);
const ways: readonly [string, Way, readonly (readonly [string, readonly Row[]])[]][] = [
  ['over a socket', overSocket, Object.entries(corpus)],
  ['through fetch', throughFetch, applying],
];

describe.each(kept)('on %s', (_, withDriver) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await openRegistry(withDriver, { limits: { manifestBytes: 4 * 1024 * 1024 } });
  });
  afterAll(() => registry.close());

  describe.each(ways)('%s', (_way, way, kinds) => {
    describe.each(kinds)('hostile %s', (_kind, rows) => {
      for (const row of rows) {
        it(row.name, async () => {
          expect((await complaintsAbout(registry, row, way)).join('\n')).toBe('');
        });
      }
    });
  });
});

it('the corpus has at least 500 rows', () => {
  expect(Object.values(corpus).flat().length).toBeGreaterThanOrEqual(500);
});

it('most rows go through fetch, too, and what the others are is known', () => {
  const obstacles = Object.values(corpus)
    .flat()
    .map((row) => obstacleTo(row) ?? 'none');
  const counts = Object.fromEntries(
    [...new Set(obstacles)].map((each) => [each, obstacles.filter((other) => other === each).length]),
  );
  expect(counts).toMatchInlineSnapshot(`
    {
      "Request has a URL: no asterisk, and no authority alone": 12,
      "Request has no body with GET and HEAD": 3,
      "Request takes no such header": 2,
      "Request takes no such method": 7,
      "fetch has no limit for headers": 26,
      "fetch joins the lines of a repeated header": 4,
      "it is not one request of HTTP/1.1 with a host and lines in order": 43,
      "its transfer coding is none, or its chunks are broken: the server reads them": 33,
      "none": 2641,
    }
  `);
});
