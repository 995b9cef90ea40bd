/** Replies as they are sent: what an operation answered, or why it did not, as status, headers and body. */
import { bodies, type Content } from './api/bodies.ts';
import { constantHeaders, headerWriter, type Row } from './api/derive.ts';
import { type ErrorDescriptor, errors, type HeaderLines, isRegistryError, RegistryError } from './api/errors.ts';
import { plainPath } from './api/routes.ts';
import type { Reply } from './call.ts';
import { type ByteStream, isStorageFault } from './driver.ts';
import type { ReplySummary, RequestTarget } from './events/response.ts';

/** A reply that is ready to be sent, and what it was about. */
export interface Outgoing extends ReplySummary {
  readonly headers: HeaderLines;
  /**
   * Absent for a HEAD and where there is none. An iterable must be read, or closed by `next()` and then `return()`: a generator
   * that never started skips its `finally`, and leaks what it opened.
   */
  readonly body?: Uint8Array | ByteStream;
}

/** The status of a reply that is never sent, as the client left before it was decided. Common in logs; no server sends it. */
export const clientClosedRequest = 499;

/** A reply that is not to be sent, as the client has left or the connection is to break. */
export const vain = (about: RequestTarget): Outgoing => ({ status: clientClosedRequest, headers: {}, about });

/** Of a request whose client left before it began to be served: it waited for others, or was aborted before it came. Nothing is done. */
export const neverBegun: Outgoing = vain({});

/** Whether a reply is not to be sent, as the client has left. A refusal of the host may have the same status; it has a code. */
export const isVain = ({ status, code }: Outgoing): boolean => status === clientClosedRequest && code === undefined;

/** Closes a body that will not be sent: begun first, as a generator that never began would not clear up after itself. */
export async function releaseBody(body: Outgoing['body']): Promise<void> {
  if (body === undefined || ArrayBuffer.isView(body)) return;
  const pieces = body[Symbol.asyncIterator]();
  await pieces.next();
  await pieces.return?.();
}

/** Why the signal of a request is aborted: its reply is not needed any longer. */
export class Abandoned extends Error {
  /** Says what happened: the client has left, or the registry broke the connection off. */
  constructor() {
    super('the client has left, or the registry broke the connection off');
    this.name = 'AbortError';
  }
}

/** Whether the work on a request was stopped by its signal: what was thrown is the signal's reason, or was caused by it. */
export function isAbandoned(thrown: unknown): boolean {
  let error = thrown;
  // Bounded, since errors of a host may be caused by each other.
  for (let depth = 0; depth < 8; depth++) {
    if (error instanceof Abandoned) return true;
    if (typeof error !== 'object' || error === null || !('cause' in error)) return false;
    error = error.cause;
  }
  return false;
}

/** The reply of an operation, written by its row. */
export async function writeReply(reply: Reply, row: Row, head: boolean, about: RequestTarget): Promise<Outgoing> {
  const { status } = reply;
  const values: Readonly<Record<string, unknown>> = reply.headers ?? {};
  const success = row.successes.find((each) => each.status === status && each.form === reply.form);
  const headers = startHeaders();
  for (const { name, write } of success?.writers ?? []) {
    if (values[name] !== undefined) headers[name] = write(values[name]);
  }
  if (success?.body === undefined || reply.body === undefined) {
    // A 204 and a 304 have no length: RFC 9110 section 8.6.
    if (status !== 204 && status !== 304) headers['Content-Length'] = '0';
    return { status, headers, about };
  }
  // Here data meets types: the row says which of the two a body is.
  const { mediaType, size, open } =
    success.json === undefined ? (reply.body as Content) : contentOf(success.json, jsonBytes(reply.body));
  headers['Content-Type'] = mediaType;
  headers['Content-Length'] = String(size);
  return head ? { status, headers, about } : { status, headers, body: await open(), about };
}

const constants = Object.entries(constantHeaders);

/** The headers that every reply carries, to be added to. Not a spread: V8 gives each copy a new map, and stores to it are slow. */
function startHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of constants) headers[name] = value;
  return headers;
}

const jsonBytes = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
const contentOf = (mediaType: string, bytes: Uint8Array): Content => ({
  mediaType,
  size: bytes.length,
  open: async () => bytes,
});

/** The reply that leads a client to the plain path. */
export function writeRedirect(location: string, about: RequestTarget): Outgoing {
  return { status: plainPath.status, headers: { ...constantHeaders, Location: location, 'Content-Length': '0' }, about };
}

/** The reply that tells a client its error. */
export function writeError(error: RegistryError, head: boolean, about: RequestTarget): Outgoing {
  const bytes = jsonBytes({ errors: error.entries });
  const own = { 'Content-Type': bodies.errors.mediaTypes[0], 'Content-Length': String(bytes.length) };
  const headers = Object.assign(startHeaders(), owedBy(error), withoutFraming(error.headers), own);
  return { status: error.status, headers, about, code: error.code, ...(!head && { body: bytes }) };
}

/** How long the body is says the registry alone, in whichever case a host writes that. */
const withoutFraming = (headers: HeaderLines): HeaderLines =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(?:content-(?:length|type)|transfer-encoding)$/i.test(name)));

/** The headers that every reply with this code carries, as far as there is a sensible value; those of the error come on top. */
function owedBy({ code }: RegistryError): Record<string, string> {
  const { headers = [] }: ErrorDescriptor = errors[code];
  return headers.includes('Retry-After') ? { 'Retry-After': retryAfter(waitSeconds) } : {};
}

const { write: retryAfter } = headerWriter('Retry-After');

/** The `Retry-After` where the error does not say one. */
const waitSeconds = 5;

/** What was thrown as an error for a client. What broke tells it nothing but what to do. */
export function errorFrom(thrown: unknown): RegistryError {
  if (isRegistryError(thrown)) return thrown;
  if (!isStorageFault(thrown) || thrown.kind === 'broken') return new RegistryError('UNKNOWN', { cause: thrown });
  if (thrown.kind === 'full') return new RegistryError('UNKNOWN', { status: 507, message: 'the storage is full', cause: thrown });
  return new RegistryError('UNAVAILABLE', { headers: { 'Retry-After': retryAfter(thrown.retryAfterSeconds) }, cause: thrown });
}
