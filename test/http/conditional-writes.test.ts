/** Two writers of one tag: over two handlers on one driver, as two processes on one storage are. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createRegistryHandler, type Driver, type RegistryOptions } from '../../lib/index.ts';
import { digest, image, imageType } from '../../lib/testing/exchanges/given.ts';
import { stores } from '../support/stores.ts';

const rounds = 20;
const writers = 6;

async function withServers<T>(
  driver: Driver,
  options: RegistryOptions,
  use: (urls: readonly string[]) => Promise<T>,
): Promise<T> {
  const servers: Server[] = [0, 1].map(() =>
    createServer(createRegistryHandler(driver, { allowMissingReferences: true, ...options })),
  );
  try {
    for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return await use(servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  } finally {
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** All writers push a manifest of their own under one tag at once; gives their statuses, and the manifest that won. */
async function race(urls: readonly string[], tag: string, headers: Record<string, string>, round: number) {
  const contents = Array.from({ length: writers }, (_, writer) =>
    image({ annotations: { round: `${round}`, writer: `${writer}` } }),
  );
  const statuses = await Promise.all(
    contents.map(async (body, writer) => {
      const url = `${urls[writer % urls.length]}/v2/a/manifests/${tag}`;
      return (await fetch(url, { method: 'PUT', body, headers: { 'Content-Type': imageType, ...headers } })).status;
    }),
  );
  const reply = await fetch(`${urls[0]}/v2/a/manifests/${tag}`);
  return { statuses, won: contents[statuses.indexOf(201)] ?? '', now: await reply.text() };
}

describe.each(Object.entries(stores))('on %s, of several writers of one tag', (_, withDriver) => {
  it('exactly one creates it', () =>
    withDriver((driver) =>
      withServers(driver, {}, async (urls) => {
        for (let round = 0; round < rounds; round++) {
          const { statuses, won, now } = await race(urls, `new-${round}`, { 'If-None-Match': '*' }, round);
          expect([...statuses].sort()).toEqual([201, ...Array.from({ length: writers - 1 }, () => 412)]);
          expect(now).toBe(won);
        }
      }),
    ));

  it('exactly one moves it on', () =>
    withDriver((driver) =>
      withServers(driver, {}, async (urls) => {
        let current = (await race(urls, 'latest', { 'If-None-Match': '*' }, 0)).now;
        for (let round = 1; round <= rounds; round++) {
          const { statuses, won, now } = await race(urls, 'latest', { 'If-Match': `"${digest(current)}"` }, round);
          expect([...statuses].sort()).toEqual([201, ...Array.from({ length: writers - 1 }, () => 412)]);
          expect(now).toBe(won);
          current = now;
        }
      }),
    ));

  it('exactly one sets it where it may not be moved', () =>
    withDriver((driver) =>
      withServers(driver, { immutableTags: true }, async (urls) => {
        for (let round = 0; round < rounds; round++) {
          const { statuses, won, now } = await race(urls, `once-${round}`, {}, round);
          expect([...statuses].sort()).toEqual([201, ...Array.from({ length: writers - 1 }, () => 403)]);
          expect(now).toBe(won);
        }
      }),
    ));
});
