/** Three instances on one bucket of a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contend } from '../../support/contention-by-chance.ts';
import { contended } from '../../support/contention-cases.ts';
import { drawFrom, seed } from '../../support/random.ts';
import { type Gateway, startGateway } from '../../support/s3/gateway.ts';
import { casesOf, withInstances } from '../../support/s3/instances.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe('three instances on one bucket of a real server', () => {
  it.each([...casesOf(50), ...contended])('$name', (each) => withInstances(gateway, each));

  it(`a hundred schedules by chance with STOWAGE_SEED=${seed} leave no wrong byte and nothing stuck`, () =>
    withInstances(gateway, {
      name: 'by chance',
      async run(origins) {
        for (let trial = 0; trial < 100; trial++) {
          const name = `${seed} instances ${trial}`;
          expect(await contend(origins, name, drawFrom(name)), name).toEqual([]);
        }
      },
    }));
});
