/** The requests whose way is looked at: a push and a pull of an image with one layer, step by step. */
import type { IncomingHttpHeaders } from 'node:http';
import { digestOf, sample } from '../../../lib/testing/suite/samples.ts';

/** A request, and the status that its reply must have. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Sends a request by this name, and gives the headers of the reply. */
export type Send = (name: string, sent: Sent) => Promise<IncomingHttpHeaders>;

const mediaType = 'application/vnd.oci.image.manifest.v1+json';

/** Sends all requests, one after the other. In another round they carry other content, under another tag. */
export async function sendAll(send: Send, round: string): Promise<void> {
  const repo = '/v2/library/sample';
  const uploads = `${repo}/blobs/uploads/`;
  const small = sample(40_000, `${round} small`);
  const large = sample(2 ** 20, `${round} large`);
  const describe = (bytes: Uint8Array) => ({
    mediaType: 'application/octet-stream',
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const layer = describe(Buffer.concat([small, large]));
  const config = describe(small);
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const tag = `${repo}/manifests/${round}`;

  await send('GET /v2/', { method: 'GET', path: '/v2/', status: 200 });
  const begun = await send('POST upload', { method: 'POST', path: uploads, status: 202 });
  const first = await send('PATCH 40 kB', { method: 'PATCH', path: nextOf(begun), status: 202, body: small });
  const second = await send('PATCH 1 MiB', { method: 'PATCH', path: nextOf(first), status: 202, body: large });
  await send('PUT, empty', { method: 'PUT', path: nextOf(second, layer.digest), status: 201 });
  await send('POST 40 kB', { method: 'POST', path: `${uploads}?digest=${config.digest}`, status: 201, body: small });
  await send('GET 40 kB', { method: 'GET', path: `${repo}/blobs/${config.digest}`, status: 200 });
  await send('PUT manifest', { method: 'PUT', path: tag, status: 201, headers: { 'Content-Type': mediaType }, body: manifest });
  await send('HEAD manifest', { method: 'HEAD', path: tag, status: 200 });
  await send('GET manifest', { method: 'GET', path: tag, status: 200 });
}

/** Where an upload goes on, or ends under a digest. */
function nextOf({ location = '' }: IncomingHttpHeaders, digest?: string): string {
  const next = new URL(location, 'http://localhost');
  if (digest !== undefined) next.searchParams.set('digest', digest);
  return next.pathname + next.search;
}
