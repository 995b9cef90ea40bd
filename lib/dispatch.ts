/**
 * The way of every request, whichever server it came through: match, parse, admit, operate, write the reply. What a client
 * did wrong becomes its error; what broke is logged and becomes a 5xx that says nothing about it.
 */
import { admit, type Client, everybody, type May, mayHaveWants } from './access/permission.ts';
import { rowsOf } from './api/derive.ts';
import { excerpt, RegistryError } from './api/errors.ts';
import { isDigest } from './api/formats.ts';
import { routes } from './api/routes.ts';
import { type CallContext, type Reply, refusal, type Services } from './call.ts';
import type { RequestTarget } from './events/response.ts';
import { operations } from './operations/index.ts';
import type { Logger } from './options.ts';
import { clientClosedRequest, errorFrom, isAbandoned, type Outgoing, writeError, writeRedirect, writeReply } from './reply.ts';
import { type Parsed, parse } from './routing/parse.ts';
import { plainPathOf } from './routing/plain-path.ts';
import { createRouter, type RequestHead } from './routing/router.ts';
import { createUrlBuilder, type UrlBuilder, urlBase } from './routing/url.ts';
import { type Body, BodyBroken } from './uploads/body.ts';

/** A request, whichever server it came through. */
export interface Incoming extends RequestHead, Client {
  readonly body: Body;
  /** What URLs begin with for this client. */
  readonly baseUrl: string;
  /** Why the request cannot be served, wherever it goes: it is refused with this before it is routed. */
  readonly ambiguity: RegistryError | undefined;
}

/** Serves a request. The reply has status 499 where the client left, and is then not to be sent. It never rejects. */
export type Dispatch = (incoming: Incoming) => Promise<Outgoing>;

/** Which requests are taken: all; none that begins an upload; none. */
export interface Lifecycle {
  readonly phase: 'open' | 'draining' | 'closed';
}

/** Serves the API with what a registry has. */
export function createDispatch(services: Services, lifecycle: Lifecycle): Dispatch {
  const { authorize, deletes, logger, publicUrl } = services.settings;
  const router = createRouter(rowsOf(routes).filter(({ method }) => deletes || method.access !== 'delete'));

  const serve = async (incoming: Incoming, about: Draft): Promise<Outgoing> => {
    if (incoming.ambiguity) throw incoming.ambiguity;
    if (lifecycle.phase === 'closed') throw shuttingDown;
    const head = incoming.method === 'HEAD';
    const plain = incoming.path.includes('%') ? plainPathOf(incoming.path) : undefined;
    const match = router.match(plain === undefined ? incoming : onPath(plain, incoming));
    about.operation = match.row.operation;
    if (plain !== undefined) return leadTo(plain, incoming, about);
    if (lifecycle.phase === 'draining' && match.row.route.name === 'uploads') throw shuttingDown;
    const asked = match.row.parameters.length > 0 ? parse(match, incoming) : { row: match.row, ...withoutParameters };
    noteTarget(about, asked);
    const admission = authorize ? await admit(authorize, asked, head, incoming) : everybody;
    if (admission.subject !== undefined) about.user = admission.subject;
    if (admission.refusal) throw admission.refusal;
    const { may } = admission;
    const parsed = authorize && !(await mayHaveWants(asked, may)) ? parse(router.next(match, incoming), incoming) : asked;
    noteRow(about, parsed);
    const reply = await operate(new OperationCall(services, incoming, parsed, may, head));
    const outgoing = await writeReply(reply, parsed.row, head, about);
    noteReply(about, reply);
    return outgoing;
  };

  /** Nothing is served under a path with escapes: what guards paths before the registry may have read it in another way. */
  const leadTo = (plain: string, { method, path, query, baseUrl }: Incoming, about: Draft): Outgoing => {
    if (method === 'GET' || method === 'HEAD')
      return writeRedirect(urlBase(publicUrl, baseUrl) + plain + (query && `?${query}`), about);
    const detail = { reason: 'escaped-path', expected: plain, given: excerpt(path) };
    throw new RegistryError('UNSUPPORTED', { status: 400, message: 'the path has escapes that it does not need', detail });
  };

  return async (incoming) => {
    const about: Draft = {};
    try {
      return await serve(incoming, about);
    } catch (error) {
      if (error instanceof BodyBroken || isAbandoned(error)) return { status: clientClosedRequest, headers: {}, about };
      try {
        return refuse(error, incoming, about, logger);
      } catch (cause) {
        // An error of the host's own, with a detail that JSON cannot hold.
        return refuse(cause, incoming, about, logger);
      }
    }
  };
}

const onPath = (path: string, incoming: Incoming): RequestHead => ({
  method: incoming.method,
  path,
  query: incoming.query,
  hasBody: incoming.hasBody,
  header: (name) => incoming.header(name),
});

const withoutParameters = { path: {}, query: {}, headers: {} } as const;

type Draft = { -readonly [Name in keyof RequestTarget]: RequestTarget[Name] };

function noteRow(about: Draft, { row }: Parsed): void {
  about.operation = row.operation;
  if (row.request.use !== undefined) about.use = row.request.use;
}

function noteTarget(about: Draft, { path, query }: Parsed): void {
  const named = path.reference !== undefined && isDigest(path.reference) ? path.reference : undefined;
  const digest = path.digest ?? named ?? query.digest ?? query.mount ?? undefined;
  if (path.name !== undefined) about.repository = path.name;
  if (path.reference !== undefined) about.reference = path.reference;
  if (path.upload !== undefined) about.upload = path.upload;
  if (digest !== undefined) about.digest = digest;
  if (query.tag !== undefined) about.tags = query.tag;
  if (query.from) about.from = query.from;
}

/** What only the reply says of what a request was about. */
function noteReply(about: Draft, { headers }: Reply): void {
  if (headers === undefined) return;
  if ('Docker-Upload-UUID' in headers) about.upload = headers['Docker-Upload-UUID'];
  if ('Docker-Content-Digest' in headers) about.digest = headers['Docker-Content-Digest'];
  if ('OCI-Subject' in headers && headers['OCI-Subject'] !== undefined) about.subject = headers['OCI-Subject'];
}

/** One call of an operation. Its members are those that the types of its row promise. */
class OperationCall implements CallContext {
  readonly driver;
  readonly uploads;
  readonly settings;
  readonly legacy;
  readonly operation;
  readonly use;
  readonly path;
  readonly query;
  readonly headers;
  readonly body: Body | undefined;
  readonly error = refusal;
  readonly #incoming: Incoming;

  constructor(
    { driver, uploads, settings, legacy }: Services,
    incoming: Incoming,
    { row, path, query, headers }: Parsed,
    readonly may: May,
    readonly head: boolean,
  ) {
    this.driver = driver;
    this.uploads = uploads;
    this.settings = settings;
    this.legacy = legacy;
    this.operation = row.operation;
    this.use = row.request.use;
    this.path = path;
    this.query = query;
    this.headers = headers;
    this.body = row.request.body && incoming.body;
    this.#incoming = incoming;
  }

  get signal(): AbortSignal {
    return this.#incoming.signal;
  }

  get url(): UrlBuilder {
    return createUrlBuilder(urlBase(this.settings.publicUrl, this.#incoming.baseUrl));
  }
}

/** Here data meets types: the table says that these parameters are those of the operation. */
function operate(call: OperationCall): Promise<Reply> {
  const handler: (call: never) => Promise<Reply> = operations[call.operation];
  return handler(call as never);
}

/** Expected, and no fault: it is logged as other refusals are. */
const shuttingDown = new RegistryError('UNAVAILABLE', {
  message: 'the registry is shutting down',
  detail: { reason: 'shutting-down' },
});

function refuse(thrown: unknown, { method, path }: Incoming, about: RequestTarget, logger: Logger): Outgoing {
  const error = errorFrom(thrown);
  const reply = writeError(error, method === 'HEAD', about);
  // The query and the headers stay out of the log: they may hold what is secret.
  const { code, status, message } = error;
  if (status >= 500 && error !== shuttingDown)
    logger.error({ err: error.cause ?? error, method, path, status }, 'request failed');
  else logger.debug?.({ code, status, message, detail: detailOf(error), method, path }, 'request refused');
  return reply;
}

/** The detail of an error; those of all its entries where it has several. */
function detailOf({ entries }: RegistryError): unknown {
  const details = entries.map(({ detail }) => detail);
  return details.length > 1 ? details : details[0];
}
