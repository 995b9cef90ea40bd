/**
 * Every obligation of the table is met on every driver, and JSON fits its schema. `npm run coverage:api` runs this file alone and prints the report.
 */
import { describe, expect, it } from 'vitest';
import { routes } from '../lib/api/routes.ts';
import { obligations } from '../lib/docs/coverage.ts';
import { exchanges } from '../lib/testing/exchanges/index.ts';
import { play } from '../lib/testing/wire/play.ts';
import { assertSchema } from './schema.ts';
import { stores } from './stores.ts';

const owed = obligations(routes);

describe.each(Object.entries(stores))('on %s', (store, withDriver) => {
  it(`meets all ${owed.length} obligations of the table`, { timeout: 120_000 }, async ({ task }) => {
    const met = new Set<string>();
    for (const exchange of Object.values(exchanges).flat()) {
      for (const obligation of await withDriver((driver) => play(exchange, driver, assertSchema))) met.add(obligation);
    }
    const missing = owed.filter((obligation) => !met.has(obligation));
    Object.assign(task.meta, { coverage: { store, owed: owed.length, met: owed.length - missing.length, missing } });
    expect(missing).toEqual([]);
  });
});
