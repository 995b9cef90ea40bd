/** Requests over a connection of their own, byte for byte as an exchange has them. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request as open } from 'node:http';
import type { Sent } from '../exchanges/exchange.ts';

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request to the server at an origin (`http://127.0.0.1:5000`), and takes its reply to the end. */
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

/** What is where a reply redirects to, or the reply itself if it does not. */
export async function followed(reply: Reply): Promise<Reply> {
  if (reply.status !== 307) return reply;
  const { location } = reply.headers;
  assert.ok(location, 'a redirect has to say where to');
  const response = await fetch(location, { headers: { Connection: 'close' } });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}
