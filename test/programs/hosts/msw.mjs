// @ts-check
/** MSW answers for a registry of the internet with one in memory, and no socket is opened. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { http } from 'msw';
import { setupServer } from 'msw/node';
import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';

const registry = createFetchHandler(memoryDriver());
const server = setupServer(http.all('https://ghcr.io/*', ({ request }) => registry(request, { passOn: true })));
server.listen({ onUnhandledRequest: 'error' });

const bytes = Buffer.alloc(3_000_000, 'stowage');
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
/** @param {Response} response */
const locationOf = (response) => new URL(response.headers.get('location') ?? '', 'https://ghcr.io');

const begun = await fetch('https://ghcr.io/v2/team/app/blobs/uploads/', { method: 'POST' });
assert.equal(begun.status, 202);
const streamed = { method: 'PATCH', body: new Blob([bytes]).stream(), duplex: 'half' };
const sent = await fetch(locationOf(begun), streamed);
assert.equal(sent.status, 202);
const closing = locationOf(sent);
closing.searchParams.set('digest', digest);
assert.equal((await fetch(closing, { method: 'PUT' })).status, 201);
const pulled = await fetch(`https://ghcr.io/v2/team/app/blobs/${digest}`);
assert.equal(pulled.headers.get('content-length'), String(bytes.length));
assert.deepEqual(Buffer.from(await pulled.arrayBuffer()), bytes);
// What is not the registry's is left to the other handlers, of which there are none here.
await assert.rejects(fetch('https://ghcr.io/other'));

server.close();
await registry.close();
