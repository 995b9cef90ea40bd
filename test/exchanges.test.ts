/**
 * The exchanges on every driver: each reply is as expected, as the table says, and as its schema says; and together they show
 * everything that the table owes. `npm run coverage:api` runs this file and writes down what they show.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../lib/api/routes.ts';
import { metBy, obligations } from '../lib/docs/coverage.ts';
import { testWire } from '../lib/testing/driver-suite.ts';
import { type DriverCoverage, summaryOf } from './coverage/artefacts.ts';
import { assertSchema } from './schema.ts';
import { drivers } from './stores.ts';

const owed = obligations(routes);
let exchange = '';
beforeEach(({ task }) => {
  exchange = `${task.suite?.name}: ${task.name}`;
});

for (const driver of drivers) {
  const met = new Map(owed.map((obligation) => [obligation, new Set<string>()]));
  testWire(driver, { describe, it }, (seen) => {
    assertSchema(seen);
    for (const obligation of metBy(seen)) met.get(obligation)?.add(exchange);
  });

  describe(`the exchanges on ${driver.name}`, () => {
    it(`meet all ${owed.length} obligations of the table`, ({ task }) => {
      const metIn = Object.fromEntries([...met].map(([obligation, names]) => [obligation, [...names]]));
      const coverage: DriverCoverage = { driver: driver.name, metIn };
      Object.assign(task.meta, { coverage });
      expect(summaryOf(coverage).missing).toEqual([]);
    });
  });
}
