/** The exchanges over other ways than sockets of HTTP/1.1: injected requests, streams of HTTP/2, and requests of fetch. */
import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { routes } from '../../lib/api/routes.ts';
import { obligations } from '../../lib/coverage/obligations.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { exchanges } from '../../lib/testing/exchanges/index.ts';
import { play, type Serving } from '../../lib/testing/wire/play.ts';
import { listen } from '../support/server.ts';
import { injected, overHttp2, throughFetch } from '../support/wires.ts';

const owed = obligations(routes);

/** HTTP/2 has no transfer coding that a request could be read in two ways by, and resets a stream with too many headers. */
const ofHttp1 = [
  'A request that could be read in two ways is refused before anybody asks where it goes',
  'A request with so many headers that some may be lost is refused before anything else',
];
const owedOverHttp1 = ['anywhere: 431 UNSUPPORTED'];

/** The warnings of the process while the tests run among which this is called. */
function collectWarnings(): readonly string[] {
  const warnings: string[] = [];
  const warn = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
  beforeAll(() => void process.on('warning', warn));
  afterAll(() => void process.off('warning', warn));
  return warnings;
}

describe.each<[string, Serving, readonly string[], readonly string[]]>([
  ['injected', injected, [], []],
  ['sent over HTTP/2', overHttp2, ofHttp1, owedOverHttp1],
  ['through fetch', throughFetch, ofHttp1, owedOverHttp1],
])('the exchanges, %s,', (_, serving, without, notOwed) => {
  const met = new Set<string>();
  const warnings = collectWarnings();

  for (const [area, list] of Object.entries(exchanges)) {
    describe(area, () => {
      for (const exchange of list) {
        it.skipIf(without.includes(exchange.name))(exchange.name, async () => {
          for (const obligation of await play(exchange, memoryDriver(), undefined, serving)) met.add(obligation);
        });
      }
    });
  }

  it('meet what the table owes, and warn of nothing', () => {
    expect(owed.filter((obligation) => !met.has(obligation))).toEqual(notOwed);
    expect(warnings).toEqual([]);
  });
});

describe('a request target with characters that no URL has', () => {
  const warnings = collectWarnings();

  it.each<[string, Serving]>([
    ['injected', injected],
    ['sent over HTTP/2', overHttp2],
    ['through fetch', throughFetch],
  ])('is refused, never sent back in a Location, and warned of by nothing, %s', async (_, serving) => {
    await serving(memoryDriver(), {}, async (send) => {
      for (const path of ['/v2/%61/tags/list?n=1&last=\u00e9', '/v2/%61/tags/list?\u00a0', '/v2/\u00e9/tags/list']) {
        const { status, headers } = await send({ method: 'GET', path });
        expect([status, headers.location], path).toEqual([400, undefined]);
      }
    });
    // The refusal closes the connection, and HTTP/2 has no header for that.
    expect(warnings).toEqual([]);
  });
});

describe('a large body that is refused', () => {
  it.each<[string, Serving]>([
    ['injected', injected],
    ['sent over HTTP/2', overHttp2],
    ['through fetch', throughFetch],
  ])('is answered at once, %s', async (_, serving) => {
    const begun = performance.now();
    await serving(memoryDriver(), {}, async (send) => {
      const path = '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';
      for (const body of ['small', new Uint8Array(3_000_000)])
        expect((await send({ method: 'PATCH', path, body })).status).toBe(404);
    });
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it.each([
    ['is not read', 'POST', '/v2/nothing', 404],
    ['is read in part', 'PUT', '/v2/a/manifests/latest', 413],
  ])(
    'leaves no stream of HTTP/2 open whose client never ends it, where it %s',
    { timeout: 20_000 },
    async (_, method, path, status) => {
      const handler = createRegistryHandler(memoryDriver(), { uploadExpiry: false, limits: { manifestBytes: 100_000 } });
      await using server = await listen(createServer(handler));
      const session = connect(server.origin);
      try {
        const stream = session.request({ ':method': method, ':path': path });
        stream.write(Buffer.alloc(150_000));
        const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
        expect(headers[':status']).toBe(status);
        const reply = Buffer.concat(await stream.toArray()).toString();
        expect(JSON.parse(reply)).toHaveProperty('errors');
        const begun = performance.now();
        await handler.drain({ deadline: 10_000 });
        expect(performance.now() - begun).toBeLessThan(6_000);
      } finally {
        session.destroy();
        await handler.close();
      }
    },
  );
});
