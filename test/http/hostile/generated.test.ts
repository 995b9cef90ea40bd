/** Requests generated from the table, on each kind of store: each is answered soon, as the table allows, and a refusal changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { obstacleTo, throughFetch } from '../../support/hostile/fetch.ts';
import { generate, rows } from '../../support/hostile/generated.ts';
import { openRegistry, type Registry } from '../../support/hostile/registry.ts';
import { complaintsAbout, overSocket, type Way } from '../../support/hostile/trial.ts';
import { drawFrom, seed, times } from '../../support/random.ts';
import { stores, type WithDriver } from '../../support/stores.ts';

const total = 1000 * times;
const each = Math.ceil(total / rows.length);
const ways: [string, Way][] = [
  ['over a socket', overSocket],
  ['through fetch', throughFetch],
];
const kept = ['memory', 'fs'].map((name) => [name, stores[name] as WithDriver] as const);

describe.each(kept)(`on %s, generated requests with STOWAGE_SEED=${seed}`, (store, withDriver) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await openRegistry(withDriver);
  });
  afterAll(() => registry.close());

  for (const row of rows) {
    it.each(ways)(`like ${row.name}, ${each} times, %s`, { timeout: 20_000 * times }, async (_, way) => {
      const found: string[] = [];
      for (let turn = 0; turn < each; turn++) {
        const hostile = generate(row, drawFrom(seed, store, row.name, turn), registry.holdings());
        if (way === throughFetch && obstacleTo(hostile)) continue;
        for (const complaint of await complaintsAbout(registry, hostile, way)) {
          found.push(`${complaint}\n  at turn ${turn}: ${JSON.stringify(hostile.bytes).slice(0, 700)}`);
        }
      }
      expect(found.slice(0, 5).join('\n')).toBe('');
    });
  }
});
