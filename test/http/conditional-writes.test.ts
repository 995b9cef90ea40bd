/** Two writers of one tag: over two registries on one driver, as two processes on one storage are. */
import { describe, expect, it } from 'vitest';
import type { Driver, RegistryOptions } from '../../lib/index.ts';
import { digest, image, imageType } from '../../lib/testing/exchanges/given.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { send } from '../support/client.ts';
import { stores } from '../support/stores.ts';

const rounds = 20;
const writers = 6;

/** Runs something at the origins of two registries on one driver. */
async function withServers(
  driver: Driver,
  options: RegistryOptions,
  use: (origins: readonly string[]) => Promise<void>,
): Promise<void> {
  const both = { driver, options: { allowMissingReferences: true, ...options } };
  await using one = await startRegistry(both);
  await using other = await startRegistry(both);
  await use([one.url, other.url]);
}

/** All writers push a manifest of their own under one tag at once; gives their statuses, and the manifest that won. */
async function race(origins: readonly string[], tag: string, headers: Record<string, string>, round: number) {
  const contents = Array.from({ length: writers }, (_, writer) =>
    image({ annotations: { round: `${round}`, writer: `${writer}` } }),
  );
  const path = `/v2/a/manifests/${tag}`;
  const replies = await Promise.all(
    contents.map((body, writer) =>
      send(origins[writer % origins.length] ?? '', {
        method: 'PUT',
        path,
        body,
        headers: { 'Content-Type': imageType, ...headers },
      }),
    ),
  );
  const statuses = replies.map(({ status }) => status);
  const now = await send(origins[0] ?? '', { method: 'GET', path });
  return { statuses, won: contents[statuses.indexOf(201)] ?? '', now: String(now.body) };
}

describe.each(Object.entries(stores))('on %s, of several writers of one tag', (_, withDriver) => {
  it('exactly one creates it', () =>
    withDriver((driver) =>
      withServers(driver, {}, async (origins) => {
        for (let round = 0; round < rounds; round++) {
          const { statuses, won, now } = await race(origins, `new-${round}`, { 'If-None-Match': '*' }, round);
          expect([...statuses].sort()).toEqual([201, ...Array.from({ length: writers - 1 }, () => 412)]);
          expect(now).toBe(won);
        }
      }),
    ));

  it('exactly one moves it on', () =>
    withDriver((driver) =>
      withServers(driver, {}, async (origins) => {
        let current = (await race(origins, 'latest', { 'If-None-Match': '*' }, 0)).now;
        for (let round = 1; round <= rounds; round++) {
          const { statuses, won, now } = await race(origins, 'latest', { 'If-Match': `"${digest(current)}"` }, round);
          expect([...statuses].sort()).toEqual([201, ...Array.from({ length: writers - 1 }, () => 412)]);
          expect(now).toBe(won);
          current = now;
        }
      }),
    ));

  it('exactly one sets it where it may not be moved', () =>
    withDriver((driver) =>
      withServers(driver, { immutableTags: true }, async (origins) => {
        for (let round = 0; round < rounds; round++) {
          const { statuses, won, now } = await race(origins, `once-${round}`, {}, round);
          expect([...statuses].sort()).toEqual([201, ...Array.from({ length: writers - 1 }, () => 403)]);
          expect(now).toBe(won);
        }
      }),
    ));
});
