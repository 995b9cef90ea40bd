import { describe, it } from 'vitest';
import { play } from './exchange.ts';
import { exchanges } from './exchanges/index.ts';
import { stores } from './stores.ts';

for (const [store, withDriver] of Object.entries(stores)) {
  describe.each(Object.entries(exchanges))(`on ${store}: %s`, (_, list) => {
    it.each(list.map((exchange) => [exchange.name, exchange] as const))('%s', async (_name, exchange) => {
      await withDriver((driver) => play(exchange, driver));
    });
  });
}
