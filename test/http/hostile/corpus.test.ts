/** The fixed corpus of hostile requests, on each kind of store: each is answered as told, soon, in the registry's own words, and changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../../support/hostile/registry.ts';
import { complaintsAbout } from '../../support/hostile/trial.ts';
import { stores, type WithDriver } from '../../support/stores.ts';
import { corpus } from './corpus/index.ts';

const kept = ['memory', 'fs'].map((name) => [name, stores[name] as WithDriver] as const);

describe.each(kept)('on %s', (_, withDriver) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await openRegistry(withDriver, { limits: { manifestBytes: 4 * 1024 * 1024 } });
  });
  afterAll(() => registry.close());

  describe.each(Object.entries(corpus))('hostile %s', (_kind, rows) => {
    for (const row of rows) {
      it(row.name, async () => {
        expect((await complaintsAbout(registry, row)).join('\n')).toBe('');
      });
    }
  });
});

it('the corpus has at least 500 rows', () => {
  expect(Object.values(corpus).flat().length).toBeGreaterThanOrEqual(500);
});
