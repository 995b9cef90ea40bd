/** Replies on their way out, and the faults that happen to them there. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Reply } from './call.ts';
import type { Fault } from './faults.ts';
import { type Content, cut, sizeOf } from './store.ts';

/** Sends a reply; resolves when it is out, or the connection is gone. */
export async function send(
  response: ServerResponse,
  { status, headers = {}, body = [] }: Reply,
  fault: Fault | undefined,
): Promise<void> {
  const content = typeof body === 'string' ? [Buffer.from(body)] : body;
  if (fault?.kind === 'reset reply' && fault.after === 0) {
    response.socket?.resetAndDestroy();
    return;
  }
  const type = typeof body === 'string' ? { 'content-type': 'application/xml' } : {};
  const length = status === 204 || status === 304 ? {} : { 'content-length': String(sizeOf(content)) };
  response.writeHead(status, { ...type, ...length, ...headers });
  const silent = response.req.method === 'HEAD' || status === 204 || status === 304;
  try {
    await pipeline(Readable.from(silent ? [] : pieces(response, content, fault)), response);
  } catch (error) {
    if (!response.destroyed) throw error;
  }
}

/** The pieces of a body as a fault lets them out. */
async function* pieces(response: ServerResponse, content: Content, fault: Fault | undefined): AsyncIterable<Buffer> {
  if (fault?.kind === 'reset reply') {
    yield* cut(content, 0, fault.after);
    await new Promise<void>((resolve) => response.write('', () => resolve()));
    response.socket?.resetAndDestroy();
    return;
  }
  if (fault?.kind !== 'slow reply') {
    yield* content;
    return;
  }
  for (let at = 0; at < sizeOf(content) && !response.destroyed; at += fault.bytes) {
    await pause(fault.pause, undefined, { ref: false });
    yield* cut(content, at, fault.bytes);
  }
}
