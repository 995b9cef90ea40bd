/** Sends the requests of exchanges, each on a connection of its own, and byte for byte as the exchange has them. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request as open } from 'node:http';
import type { Sent } from '../exchanges/exchange.ts';

/** A reply, read to its end. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends a request to the server at an origin (`http://127.0.0.1:5000`) and reads its reply to the end. Rejects if the connection
 * cannot be made or breaks.
 */
export function send(origin: string, { method, path, headers = {}, body = '', chunked = false }: Sent): Promise<Reply> {
  const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(Buffer.byteLength(body)) };
  const announced = method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : length;
  return new Promise((resolve, reject) => {
    const request = open(origin, { method, path, headers: { ...announced, ...headers }, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The reply at the `Location` of a 307; any other reply as it is. */
export async function followRedirect(reply: Reply): Promise<Reply> {
  if (reply.status !== 307) return reply;
  const { location } = reply.headers;
  assert.ok(location, 'a 307 must have a Location');
  const response = await fetch(location, { headers: { Connection: 'close' } });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}
