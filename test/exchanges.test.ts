/**
 * The exchanges on every driver: each reply is as expected, as the table says, and as its schema says; and together they show
 * everything that the table owes. `npm run coverage:api` runs this file and prints what they show.
 */
import { describe, expect, it } from 'vitest';
import { routes } from '../lib/api/routes.ts';
import { metBy, obligations } from '../lib/docs/coverage.ts';
import { testWire } from '../lib/testing/driver-suite.ts';
import { assertSchema } from './schema.ts';
import { drivers } from './stores.ts';

const owed = obligations(routes);

for (const driver of drivers) {
  const met = new Set<string>();
  testWire(driver, { describe, it }, (seen) => {
    assertSchema(seen);
    for (const obligation of metBy(seen)) met.add(obligation);
  });

  describe(`the exchanges on ${driver.name}`, () => {
    it(`meet all ${owed.length} obligations of the table`, ({ task }) => {
      const missing = owed.filter((obligation) => !met.has(obligation));
      const coverage = { store: driver.name, owed: owed.length, met: owed.length - missing.length, missing };
      Object.assign(task.meta, { coverage });
      expect(missing).toEqual([]);
    });
  });
}
