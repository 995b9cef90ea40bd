/** A request of `node:http`, read as what the registry works with. */
import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../../api/errors.ts';
import type { Incoming } from '../../dispatch.ts';
import type { Target } from '../../routing/target.ts';
import { type Body, BodyBroken } from '../../uploads/body.ts';
import { type Origin, originOf } from '../origin.ts';
import type { Trust } from '../trust.ts';
import type { Expectation } from './continue.ts';
import { flawIn } from './framing.ts';
import { patience } from './idle.ts';

/** How many bytes wait for a reader before the client is slowed down. */
const waitingBytes = 64 * 1024;

/** A client that sends its body in crumbs must not cost a buffer for each. */
const manyPieces = 64;

/** What a request is read with. */
export interface Reading {
  readonly expectation: Expectation;
  /** How long the body may stand still, in milliseconds; 0 for ever. */
  readonly bodyIdle: number;
  readonly trust: Trust | undefined;
}

/** The request as an `Incoming`. Its body is not touched before it is read. */
export function readRequest(request: IncomingMessage, { prefix, path, query }: Target, reading: Reading): Incoming {
  const length = announcedLength(request);
  const { remoteAddress, base, flaw } = whence(request, reading.trust);
  return {
    method: request.method ?? 'GET',
    path,
    query,
    prefix: base + prefix,
    flaw: flawIn(request) ?? flaw,
    hasBody: length !== 0,
    header: (name) => headerOf(request, name),
    authorization: request.headers.authorization,
    remoteAddress,
    request,
    body: bodyOf(request, length, reading),
  };
}

/** A failure of the host's `trustProxy` lets nobody in. */
function whence(request: IncomingMessage, trust: Trust | undefined): Origin & { readonly flaw?: RegistryError } {
  try {
    return originOf((name) => headerOf(request, name), request.socket.remoteAddress, trust);
  } catch (cause) {
    const flaw = new RegistryError('UNAVAILABLE', { message: 'access could not be checked', cause });
    return { remoteAddress: undefined, base: '', flaw };
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The length of the body in bytes; 0 where none is announced, undefined where it is chunked. */
export function announcedLength({ headers }: IncomingMessage): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}

function bodyOf(request: IncomingMessage, length: number | undefined, { expectation, bodyIdle }: Reading): Body {
  let interrupted = false;
  let wake = (): void => {};
  return {
    length,
    interrupt: () => {
      interrupted = true;
      wake();
    },
    read: async function* () {
      if (isTouched(request) && length !== 0) return yield [consumedBody(request, length)];
      if (length !== 0) expectation.meet();
      let waiting: Uint8Array[] = [];
      let bytes = 0;
      const onData = (piece: Uint8Array): void => {
        waiting.push(piece);
        bytes += piece.length;
        if (bytes >= waitingBytes) request.pause();
        wake();
      };
      const onEnd = (): void => wake();
      const watch = patience(bodyIdle, () => request.destroy());
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
            await watch.during(arrival);
            // What the parser found in the same packet comes along, instead of one by one.
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
      } finally {
        watch.end();
        request.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
        request.pause();
      }
    },
  };
}

/** Whether somebody else has begun to read. */
const isTouched = (request: IncomingMessage): boolean => request.readableDidRead || request.readableEnded;

/** What a body parser of the host left of a body that it has read. Its bytes will do; parsed or cut short, they are gone. */
function consumedBody(request: IncomingMessage & { readonly body?: unknown }, length: number | undefined): Uint8Array {
  const { readableEnded, destroyed, body } = request;
  if (destroyed && !readableEnded) throw new BodyBroken();
  if (!readableEnded) throw tooLate('read a part of the body');
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) throw tooLate('consumed the body');
  const bytes = Buffer.from(body);
  if (length !== undefined && bytes.length !== length) throw tooLate('changed the body');
  return bytes;
}

/** The client may read it: who sees it first is who mounts the registry. */
function tooLate(what: string): RegistryError {
  const message = `a body parser ran before the registry and ${what}: mount the registry before it, or keep it from /v2`;
  return new RegistryError('UNKNOWN', { message });
}
