/**
 * The way of every request, whichever server it came through: parse, authorize, operate, reply. What a client did wrong
 * becomes its error; what broke is logged and becomes a 5xx that says nothing about it.
 */

import { admit, allOf, type Client, wantsOf } from './access/permission.ts';
import { type BodyName, bodies, type Content } from './api/bodies.ts';
import type { RequestDescriptor } from './api/descriptor.ts';
import { type ErrorDescriptor, errors, type HeaderLines, isRegistryError, RegistryError } from './api/errors.ts';
import type { Operation } from './api/infer.ts';
import { responseHeaders } from './api/parameters.ts';
import { routes } from './api/routes.ts';
import { type Call, type Handler, type Reply, refusal, type Surroundings, writeHeaders } from './call.ts';
import { type Driver, isStorageFault } from './driver.ts';
import { legacyOver } from './legacy/index.ts';
import { operations } from './operations/index.ts';
import type { Logger, Settings } from './options.ts';
import type { RequestHead } from './routing/match.ts';
import { type Parsed, parserOf } from './routing/parse.ts';
import { urlsBelow } from './routing/url.ts';
import { expireUploads, type OnFault } from './upkeep/expiry.ts';
import { type Body, BodyBroken } from './uploads/body.ts';
import { uploadsInto } from './uploads/uploads.ts';

/** A request, whichever server it came through. */
export interface Incoming extends RequestHead, Client {
  readonly body: Body;
  /** What URLs begin with for this client. */
  readonly prefix: string;
  /** Why the request cannot be served, wherever it goes: it is refused with this before it is routed. */
  readonly flaw?: RegistryError | undefined;
}

/** A reply that is ready to be sent. */
export interface Outgoing {
  readonly status: number;
  readonly headers: HeaderLines;
  /** Absent for a HEAD and where there is none. Whoever gets an iterable has to read it, or to begin it and call its `return`. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Serves requests; undefined where the client went away and nobody waits for a reply. It never rejects. */
export type Dispatch = (incoming: Incoming) => Promise<Outgoing | undefined>;

/** Serves the API over a driver. */
export function dispatchTo(driver: Driver, settings: Settings): Dispatch {
  const served = routes.map((route) => ({
    ...route,
    methods: route.methods.filter(({ access }) => settings.deletes || access !== 'delete'),
  }));
  const parse = parserOf(served);
  const uploads = uploadsInto(driver, settings.limits.blobBytes);
  const legacy = legacyOver(driver, settings.legacy);
  if (settings.uploadExpiry !== false) expireUploads(driver, settings.uploadExpiry, reportTo(settings.logger));

  const serve = async (incoming: Incoming): Promise<Outgoing> => {
    if (incoming.flaw) throw incoming.flaw;
    const asked = parse(incoming);
    const may = await admit(settings.authorize, asked, incoming);
    const parsed = (await allOf(wantsOf(asked), may)) ? asked : parse(incoming, asked.request);
    const url = urlsBelow(settings.publicUrl ?? incoming.prefix);
    const reply = await operate(parsed, incoming.body, { driver, uploads, settings, legacy, url, may, head: parsed.head });
    return outgoing(reply, parsed.request, parsed.head);
  };
  return (incoming) => serve(incoming).catch((error: unknown) => refuse(error, incoming, settings));
}

/** Apart from what it reports of, so that it does not keep a registry alive that nobody uses. */
const reportTo =
  (logger: Logger): OnFault =>
  (err) =>
    logger.error({ err }, 'uploads that nobody finished could not be ended');

/** Here data meets types: the table says that these parameters are those of the operation. */
function operate({ request, path, query, headers }: Parsed, body: Body, surroundings: Surroundings): Promise<Reply> {
  const { operation, use } = request;
  const call = { ...surroundings, operation, use, path, query, headers, error: refusal, ...(request.body && { body }) };
  const handler = operations[operation as Operation] as unknown as Handler<'checkBase'>;
  return handler(call as unknown as Call<'checkBase'>);
}

async function outgoing(reply: Reply, request: RequestDescriptor, head: boolean): Promise<Outgoing> {
  const row = request.successes.find(({ status }) => status === reply.status);
  const headers = { ...always, ...writeHeaders(reply.headers ?? {}) };
  if (row?.body === undefined || reply.body === undefined)
    return { status: reply.status, headers: { ...headers, ...noContent(reply.status) } };
  const stored = 'open' in reply.body ? reply.body : undefined;
  const { mediaType, size, open } = stored ?? contentOf(asJson(row.body, reply.body));
  const described = { ...headers, 'Content-Type': mediaType, 'Content-Length': String(size) };
  return { status: reply.status, headers: described, ...(!head && { body: await open() }) };
}

/** Headers that every reply carries. */
const always: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(responseHeaders).flatMap(([name, header]) => ('always' in header ? [[name, header.always]] : [])),
);

/** A 204 and a 304 have no length: RFC 9110 section 8.6. */
const noContent = (status: number): Record<string, string> => (status === 204 || status === 304 ? {} : { 'Content-Length': '0' });

const asJson = (body: BodyName, value: object) => ({
  mediaType: bodies[body].mediaTypes[0],
  bytes: Buffer.from(JSON.stringify(value)),
});

const contentOf = ({ mediaType, bytes }: ReturnType<typeof asJson>): Content => ({
  mediaType,
  size: bytes.length,
  open: async () => bytes,
});

function refuse(error: unknown, incoming: Incoming, { logger }: Settings): Outgoing | undefined {
  if (error instanceof BodyBroken) return undefined;
  const known = isRegistryError(error) ? error : faultOf(error);
  if (known.status >= 500) {
    // The query and the headers stay out of the log: they may hold what is secret.
    logger.error(
      { err: known.cause ?? known, method: incoming.method, path: incoming.path, status: known.status },
      'request failed',
    );
  }
  const { mediaType, bytes } = asJson('errors', { errors: known.entries });
  const headers = {
    ...always,
    ...owedBy(known),
    ...known.headers,
    'Content-Type': mediaType,
    'Content-Length': String(bytes.length),
  };
  return { status: known.status, headers, ...(incoming.method !== 'HEAD' && { body: bytes }) };
}

/** A header that the code owes and the error lacks, where there is a sensible value. */
function owedBy({ code }: RegistryError): Record<string, string> {
  const { headers = [] }: ErrorDescriptor = errors[code];
  return headers.includes('Retry-After') ? writeHeaders({ 'Retry-After': waitSeconds }) : {};
}

/** How long clients should wait where nobody knows better. */
const waitSeconds = 5;

/** What broke, as an error that tells a client nothing but what to do. */
function faultOf(cause: unknown): RegistryError {
  if (!isStorageFault(cause) || cause.kind === 'broken') return new RegistryError('UNKNOWN', { cause });
  if (cause.kind === 'full') return new RegistryError('UNKNOWN', { status: 507, message: 'the storage is full', cause });
  return new RegistryError('UNAVAILABLE', { headers: writeHeaders({ 'Retry-After': cause.retryAfterSeconds }), cause });
}
