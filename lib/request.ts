/** A request of `node:http`, read as what the registry works with. */
import type { IncomingMessage } from 'node:http';
import { type Body, BodyBroken } from './body.ts';
import type { Incoming } from './dispatch.ts';
import type { Target } from './target.ts';

/** How many bytes wait for a reader before the client is slowed down. */
const waitingBytes = 64 * 1024;

/** A client that sends its body in crumbs must not cost a buffer for each. */
const manyPieces = 64;

/** The request as an `Incoming`. Its body is not touched before it is read. */
export function readRequest(request: IncomingMessage, { prefix, path, query }: Target): Incoming {
  const length = announcedLength(request);
  return {
    method: request.method ?? 'GET',
    path,
    query,
    prefix,
    hasBody: length !== 0,
    header: (name) => headerOf(request, name),
    authorization: request.headers.authorization,
    remoteAddress: request.socket.remoteAddress,
    request,
    body: bodyOf(request, length),
  };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The length of the body in bytes; 0 where none is announced, undefined where it is chunked. */
export function announcedLength({ headers }: IncomingMessage): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}

function bodyOf(request: IncomingMessage & { readonly body?: unknown }, length: number | undefined): Body {
  let interrupted = false;
  let wake = (): void => {};
  return {
    length,
    interrupt: () => {
      interrupted = true;
      wake();
    },
    read: async function* () {
      if (request.readableEnded && length !== 0) return yield [consumedBody(request.body)];
      let waiting: Uint8Array[] = [];
      let bytes = 0;
      const onData = (piece: Uint8Array): void => {
        waiting.push(piece);
        bytes += piece.length;
        if (bytes >= waitingBytes) request.pause();
        wake();
      };
      const onEnd = (): void => wake();
      request.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd);
      try {
        for (;;) {
          const batch = waiting;
          waiting = [];
          bytes = 0;
          if (batch.length > 0) {
            yield batch.length > manyPieces ? [Buffer.concat(batch)] : batch;
            if (interrupted) throw new BodyBroken();
          } else if (request.readableEnded) return;
          else if (interrupted || request.destroyed) throw new BodyBroken();
          else {
            const arrival = new Promise<void>((resolve) => {
              wake = resolve;
            });
            request.resume();
            await arrival;
            // What the parser found in the same packet comes along, instead of one by one.
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
      } finally {
        request.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
        request.pause();
      }
    },
  };
}

/** What a body parser of the host left of a body that it has read. Bytes will do; parsed, they are gone. */
function consumedBody(body: unknown): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new Error(
    'a body parser ran before the registry and consumed the body: mount the registry before it, or keep it from /v2',
  );
}
