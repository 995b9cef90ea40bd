/** The HTTP client of the tests. */
import { type Agent, type IncomingMessage, request as openRequest } from 'node:http';
import { request as openSecureRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { followRedirect, type Reply } from '../../lib/testing/wire/send.ts';

export { digestOf } from '../../lib/testing/suite/samples.ts';
export type { Reply };

/** A request. */
export interface Sent {
  readonly method: string;
  /** A path, or the URL that a `Location` gave. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are announced with their length; a stream goes out in chunks, unless the headers give its length. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Goes on to where the reply redirects, if it does. */
  readonly follow?: boolean;
  /** Keeps connections. Without one, each request has a connection of its own. */
  readonly agent?: Agent;
  /** Breaks the connection when it aborts. */
  readonly signal?: AbortSignal;
}

/** Methods whose requests announce no length when they have no body. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE']);

/**
 * Sends a request to the server at an origin (`http://127.0.0.1:5000`, or with `https:`, whatever its certificate is); gives the response
 * as soon as it begins, which may be before all of the body has left. Rejects if the connection breaks before.
 */
export function open(origin: string, { method, path, headers, body = '', agent, signal }: Sent): Promise<IncomingMessage> {
  const whole = typeof body === 'string' || body instanceof Uint8Array;
  const length = whole && !bodiless.has(method) ? { 'Content-Length': String(Buffer.byteLength(body)) } : {};
  return new Promise((resolve, reject) => {
    const about = { method, headers: { ...length, ...headers }, agent: agent ?? false, signal };
    const url = new URL(path, origin);
    const request =
      url.protocol === 'https:'
        ? openSecureRequest(url, { ...about, rejectUnauthorized: false }, resolve)
        : openRequest(url, about, resolve);
    // Listens also after an early response: the rest of the body may find the connection closed.
    request.on('error', reject);
    if (whole) request.end(body);
    else pipeline(body, request).catch(reject);
  });
}

/** Sends a request, and takes its reply to the end. Rejects if the connection breaks before. */
export async function send(origin: string, sent: Sent): Promise<Reply> {
  const response = await open(origin, sent);
  const pieces: Buffer[] = await response.toArray();
  const reply = { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) };
  return sent.follow ? followRedirect(reply) : reply;
}

/** A reply that is not as it must be, as opposed to a connection that breaks. */
export class UnexpectedReply extends Error {}

/** A reply, which must have this status. Throws {@link UnexpectedReply}, which shows it. */
export async function expectStatus(status: number, origin: string, sent: Sent): Promise<Reply> {
  const reply = await send(origin, sent);
  if (reply.status === status) return reply;
  const told = reply.body.subarray(0, 500).toString();
  throw new UnexpectedReply(`${sent.method} ${sent.path} gave ${reply.status}, not ${status}: ${told}`);
}

/** The `Location` of a reply. Throws {@link UnexpectedReply} if it has none. */
export function locationOf({ status, headers }: Reply): string {
  if (headers.location === undefined) throw new UnexpectedReply(`a reply with ${status} has no Location`);
  return headers.location;
}

/** The code of the first error in a reply; empty if there is none. */
export function codeOf({ headers, body }: Reply): string {
  if (headers['content-type'] !== 'application/json' || body.length === 0) return '';
  return (JSON.parse(body.toString()) as { errors?: { code: string }[] }).errors?.[0]?.code ?? '';
}

/** The URL that closes an upload as the blob of this digest. */
export const withDigest = (location: string, digest: string): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
