/**
 * The way of every request, whichever server it came through: match, parse, admit, operate, write the reply. What a client
 * did wrong becomes its error; what broke is logged and becomes a 5xx that says nothing about it.
 */
import type * as Permission from './access/permission.ts';
import type { Admission, Client, LetIn } from './access/permission.ts';
import type { Visit } from './access/throttle.ts';
import { withVisit } from './access/visits.ts';
import { rowsOf } from './api/derive.ts';
import { excerpt, RegistryError } from './api/errors.ts';
import { isDigest } from './api/formats.ts';
import { routes } from './api/routes.ts';
import { type CallContext, type Reply, refusal, type Services } from './call.ts';
import type { RequestTarget } from './events/response.ts';
import { isTraced, trace } from './events/tracing.ts';
import { operations } from './operations/index.ts';
import type { Logger } from './options.ts';
import { errorFrom, isAbandoned, type Outgoing, vain, writeError, writeRedirect, writeReply } from './reply.ts';
import { type Parsed, parse } from './routing/parse.ts';
import { createRouter, type Match, type RequestHead } from './routing/router.ts';
import { createUrlBuilder, type UrlBuilder, urlBase } from './routing/url.ts';
import { type Body, BodyBroken } from './uploads/body.ts';

/** A request, whichever server it came through. */
export interface Incoming extends RequestHead, Client {
  readonly body: Body;
  /** What its reply, its event and its lines in the log have in common. */
  readonly requestId: string;
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
  const { recording } = services;
  const { authorize, throttle, deletes, logger, publicUrl, timeouts } = services.settings;
  const router = createRouter(rowsOf(routes).filter(({ method }) => deletes || method.access !== 'delete'));

  const asked = authorize && { authorize, timeoutMs: timeouts.authorize };
  /** Imported with the first request, where there is somebody to ask. */
  let permission: typeof Permission | undefined;

  // Not async, but where something is waited for: each promise more on the way of a request costs a hundredth of it.
  const serve = (incoming: Incoming, about: Draft): Promise<Outgoing> => {
    if (incoming.ambiguity) throw incoming.ambiguity;
    if (lifecycle.phase === 'closed') throw shuttingDown;
    const visit = throttle?.(incoming);
    if (visit || incoming.path.includes('%')) return serveSpecially(incoming, about, visit);
    return ask(incoming, about);
  };

  /** Serves a request that a throttle counts, or whose path has escapes. */
  const serveSpecially = async (incoming: Incoming, about: Draft, visit: Visit | undefined): Promise<Outgoing> => {
    try {
      const plain = incoming.path.includes('%') ? await withoutEscapes(incoming.path) : undefined;
      if (plain === undefined) return await ask(incoming, about, visit);
      about.operation = router.match(onPath(plain, incoming)).row.operation;
      return leadTo(plain, incoming, about);
    } finally {
      if (visit) withVisit(about, visit);
    }
  };

  const ask = (incoming: Incoming, about: Draft, visit?: Visit): Promise<Outgoing> => {
    const match = router.match(incoming);
    about.operation = match.row.operation;
    if (lifecycle.phase === 'draining' && match.row.route.name === 'uploads') throw shuttingDown;
    const first = match.row.parameters.length > 0 ? parse(match, incoming) : { row: match.row, ...withoutParameters };
    noteTarget(about, first);
    if (!isTraced()) return answer(incoming, match, first, about, visit);
    const { use } = first.row.request;
    const served = () => answer(incoming, match, first, about, visit);
    return trace({ asked: incoming, use, about, stores: services.driver, serve: served });
  };

  const answer = async (
    incoming: Incoming,
    match: Match,
    first: Parsed,
    about: Draft,
    visit: Visit | undefined,
  ): Promise<Outgoing> => {
    const head = incoming.method === 'HEAD';
    if (asked) permission ??= await import('./access/permission.ts');
    const admission = asked && permission ? await permission.admit(asked, first, head, incoming) : everybody;
    if (admission.subject !== undefined) about.user = admission.subject;
    if (admission.refusal) throw admission.refusal;
    visit?.admit(admission.subject, about);
    const { hasWants } = admission;
    const parsed = hasWants ? first : parse(router.next(match, incoming), incoming);
    noteRow(about, parsed);
    const reply = await operate(new OperationCall(services, incoming, parsed, admission, head));
    noteReply(about, reply);
    if (recording && !head) await recording.record(about, reply.status);
    return writeReply(reply, parsed.row, head, about);
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
      if (error instanceof BodyBroken || isAbandoned(error)) return vain(about);
      try {
        return refuse(error, incoming, about, logger);
      } catch (cause) {
        // An error of the host's own, with a detail that JSON cannot hold.
        return refuse(cause, incoming, about, logger);
      }
    }
  };
}

/** Where no `authorize` is given, everybody may do everything. */
const everybody: Admission = {
  subject: undefined,
  may: async () => true,
  denied: () => new RegistryError('DENIED'),
  hasWants: true,
};

/** The plain form of a path. What finds it is loaded when it is first asked for, as no client of a registry needs escapes. */
const withoutEscapes = async (path: string): Promise<string | undefined> =>
  (await import('./routing/plain-path.ts')).plainPathOf(path);

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
  readonly may;
  readonly denied;
  readonly user;
  readonly error = refusal;
  readonly #incoming: Incoming;

  constructor(
    { driver, uploads, settings, legacy }: Services,
    incoming: Incoming,
    { row, path, query, headers }: Parsed,
    { may, denied, subject }: LetIn,
    readonly head: boolean,
  ) {
    this.driver = driver;
    this.uploads = uploads;
    this.settings = settings;
    this.legacy = legacy;
    this.may = may;
    this.denied = denied;
    this.user = subject;
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

function refuse(thrown: unknown, { method, path, requestId }: Incoming, about: RequestTarget, logger: Logger): Outgoing {
  const error = errorFrom(thrown);
  const reply = writeError(error, method === 'HEAD', about);
  // The query and the headers stay out of the log: they may hold what is secret.
  const { code, status, message } = error;
  if (status >= 500 && error !== shuttingDown)
    logger.error({ err: error.cause ?? error, requestId, method, path, status }, 'request failed');
  else logger.debug?.({ code, status, message, detail: detailOf(error), requestId, method, path }, 'request refused');
  return reply;
}

/** The detail of an error; those of all its entries where it has several. */
function detailOf({ entries }: RegistryError): unknown {
  const details = entries.map(({ detail }) => detail);
  return details.length > 1 ? details : details[0];
}
