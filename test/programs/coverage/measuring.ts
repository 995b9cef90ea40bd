/** The exchanges on one driver, as tests: what they show of the table has to be all that it owes. */
import { beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../../lib/api/routes.ts';
import { metBy } from '../../../lib/coverage/judge.ts';
import { obligations } from '../../../lib/coverage/obligations.ts';
import { register } from '../../../lib/testing/suite/case.ts';
import type { DriverUnderTest } from '../../../lib/testing/suite/index.ts';
import { exchangeCases } from '../../../lib/testing/suite/wire.ts';
import { assertSchema } from '../../support/schema.ts';
import { type DriverCoverage, summaryOf } from './artefacts.ts';

const owed = obligations(routes);

/** Plays every exchange on the driver, then looks what they have shown: the last test carries that as `coverage`. */
export function measure(driver: DriverUnderTest): void {
  const met = new Map(owed.map((obligation) => [obligation, new Set<string>()]));
  let exchange = '';
  beforeEach(({ task }) => {
    exchange = `${task.suite?.name}: ${task.name}`;
  });
  const cases = exchangeCases(driver, (seen) => {
    assertSchema(seen);
    for (const obligation of metBy(seen)) met.get(obligation)?.add(exchange);
  });
  register(`${driver.name} over HTTP`, cases, { describe, it });

  describe(`the exchanges on ${driver.name}`, () => {
    it(`meet all ${owed.length} obligations of the table`, ({ task }) => {
      const metIn = Object.fromEntries([...met].map(([obligation, names]) => [obligation, [...names]]));
      const coverage: DriverCoverage = { driver: driver.name, metIn };
      Object.assign(task.meta, { coverage });
      expect(summaryOf(coverage).missing).toEqual([]);
    });
  });
}
