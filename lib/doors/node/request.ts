/** The head of a request of `node:http`, and what makes it one that could be read in two ways (RFC 9112 sections 3, 6 and 11.2). */
import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../../api/errors.ts';
import type { Incoming } from '../../dispatch.ts';
import type { Target } from '../../routing/target.ts';
import { now } from '../../timers.ts';
import { Abandonable } from '../abandonable.ts';
import type { Pace } from '../inflow.ts';
import { type Believed, type Origin, originOf } from '../origin.ts';
import { nextRequestId } from '../request-id.ts';
import { NodeBody } from './body.ts';
import type { Expectation } from './continue.ts';

/** What a request is read with. */
export interface Reading extends Believed {
  /** Absent where the client does not wait to be asked for its body. */
  readonly expectation: Expectation | undefined;
  readonly pace: Pace;
}

/** A request as the registry reads it. Its body is not touched before it is asked for. */
export class NodeRequest extends Abandonable implements Incoming {
  /** When its headers arrived, by {@link now}. */
  readonly startedAt = now();
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly baseUrl: string;
  readonly requestId: string;
  /** Read at once: a socket that has closed no longer knows it. */
  readonly remoteAddress: string | undefined;
  /** The length of the body in bytes; 0 where none is announced, undefined where it is chunked. */
  readonly length: number | undefined;
  readonly ambiguity: RegistryError | undefined;
  readonly #reading: Reading;
  #body: NodeBody | undefined;

  constructor(
    readonly request: IncomingMessage,
    { mountPath, path, query }: Target,
    reading: Reading,
  ) {
    super();
    this.method = request.method ?? 'GET';
    this.path = path;
    this.query = query;
    this.length = lengthOf(request);
    this.#reading = reading;
    // Requests of a host's own making have no socket.
    const peer = request.socket?.remoteAddress;
    const cut = cutHeaders(request);
    // Of headers that were cut, those of the proxy may be what is missing: the address would be its own.
    const origin: Origin = !reading.trust
      ? { externalBase: '', remoteAddress: peer }
      : cut
        ? { externalBase: '', remoteAddress: undefined }
        : originOf((name) => this.header(name), peer, reading);
    this.baseUrl = origin.externalBase + mountPath;
    this.remoteAddress = origin.remoteAddress;
    this.requestId = origin.requestId ?? nextRequestId();
    this.ambiguity = cut ?? flawIn(request) ?? origin.flaw;
  }

  get hasBody(): boolean {
    return this.length !== 0;
  }

  /** Whether bytes of the body may still be on their way. What a host made itself has no connection that they would come over. */
  get isArriving(): boolean {
    const { request } = this;
    return request.complete === false && Boolean(request.socket) && !request.readableEnded;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  get authorization(): string | undefined {
    return this.request.headers.authorization;
  }

  get body(): NodeBody {
    this.#body ??= new NodeBody(this.request, this.length, this.#reading);
    return this.#body;
  }

  /** How many bytes of the body were read so far. */
  get received(): number {
    return this.#body?.received ?? 0;
  }
}

function lengthOf(request: IncomingMessage & { readonly stream?: { readonly endAfterHeaders?: boolean } }): number | undefined {
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  if (coding !== undefined) return undefined;
  // A stream of HTTP/2 needs neither header for its body.
  if (length === undefined && request.stream?.endAfterHeaders === false) return undefined;
  return Number(length ?? 0);
}

/** How many headers Node keeps of a request where its server does not say. */
const headersByDefault = 1_000;

/**
 * The refusal of a request with so many headers that Node may have dropped some, which it does in silence; undefined where all are
 * there. What a proxy appended is at the end, and goes first. HTTP/2 drops none: it resets a stream that has too many.
 */
function cutHeaders(request: IncomingMessage): RegistryError | undefined {
  if ('stream' in request) return undefined;
  // The server of a socket is not documented. Where it is not known, as much is kept as by default.
  const { server } = (request.socket ?? {}) as { readonly server?: { readonly maxHeadersCount?: number | null } };
  const limit = server?.maxHeadersCount ?? headersByDefault;
  // As Node computes it: 0, and what doubles to less, is no limit.
  const pairs = limit << 1;
  if (pairs <= 0 || request.rawHeaders.length < pairs) return undefined;
  const message = `the request has too many headers: fewer than ${limit} are read`;
  const detail = { reason: 'too-many-headers', limit };
  return new RegistryError('UNSUPPORTED', { status: 431, message, detail, headers: { Connection: 'close' } });
}

/** The refusal of a request that could be read in two ways; undefined where there is one reading. It costs the connection. */
function flawIn(request: IncomingMessage): RegistryError | undefined {
  const framing = framingFlaw(request);
  if (framing !== undefined) return ambiguous(framing, { reason: 'framing' });
  const header = repeatedHeader(request.rawHeaders);
  return header === undefined ? undefined : ambiguous(`${header} is given more than once`, { reason: 'repeated-header', header });
}

function ambiguous(message: string, detail: object): RegistryError {
  return new RegistryError('UNSUPPORTED', { status: 400, message, detail, headers: { Connection: 'close' } });
}

/** Node's parser refuses most of these; a lenient one (`insecureHTTPParser`) lets them through. */
function framingFlaw(request: IncomingMessage & { readonly originalUrl?: string }): string | undefined {
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  // A request that came as a stream of HTTP/2 says so; one that only claims the version came through the parser of HTTP/1. One
  // that a host made may have a text there, or nothing.
  if (Number(request.httpVersionMajor ?? 1) !== 1 && !('stream' in request)) return 'the protocol must be HTTP/1.1 or HTTP/1.0';
  if (coding !== undefined) {
    if (request.httpVersion === '1.0') return 'HTTP/1.0 has no Transfer-Encoding';
    if (coding.toLowerCase() !== 'chunked') return 'the only transfer coding that is served is chunked';
    if (length !== undefined) return 'a request has either a Content-Length or a Transfer-Encoding';
  }
  if (length !== undefined && !(/^\d{1,16}$/.test(length) && Number.isSafeInteger(Number(length))))
    return 'Content-Length must be a number of bytes';
  // Node's parser of HTTP/1.1 takes no others. They would come back in a Location, which cannot hold them.
  if (/[^!-~]/.test(request.originalUrl ?? request.url ?? '')) return 'a request target has printable characters of ASCII only';
  return request.url === '*' ? 'the registry as a whole has no methods; ask for a path' : undefined;
}

/** The headers that a server acts on as a whole, and of which Node takes the first in silence. */
const single: ReadonlyMap<string, string> = new Map(
  ['Host', 'Authorization', 'Content-Type'].map((name) => [name.toLowerCase(), name]),
);
const singleLengths: ReadonlySet<number> = new Set([...single.keys()].map(({ length }) => length));

/** The first of them that comes twice. */
function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // Most names are told apart by their length, which costs nothing.
    const known = singleLengths.has(name.length) ? single.get(name.toLowerCase()) : undefined;
    if (known === undefined) continue;
    if (seen.includes(known)) return known;
    seen.push(known);
  }
  return undefined;
}
