/** A `Request` as the registry reads it. */
import { RegistryError } from '../../api/errors.ts';
import type { Incoming } from '../../dispatch.ts';
import type { Target } from '../../routing/target.ts';
import { now } from '../../timers.ts';
import { Abandonable } from '../abandonable.ts';
import { type Believed, originOf } from '../origin.ts';
import { nextRequestId } from '../request-id.ts';
import { type BodyReading, FetchBody } from './body.ts';

/** What a request is read with. */
export interface Reading extends Believed, BodyReading {}

export class FetchRequest extends Abandonable implements Incoming {
  /** When it was handed over, by {@link now}. */
  readonly startedAt = now();
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly baseUrl: string;
  readonly remoteAddress: string | undefined;
  readonly requestId: string;
  /** The length of the body in bytes; 0 where there is none, undefined where it is not announced. */
  readonly length: number | undefined;
  readonly ambiguity: RegistryError | undefined;
  readonly body: FetchBody;
  /** Aborted when its client leaves. A host's own class may have none. */
  readonly clientSignal: AbortSignal | undefined;
  readonly #headers: Headers;

  /**
   * Takes everything at once: a host may end its `Request` with the reply, and every look at it throws from then on.
   * @param peer the address that the request came from, where the host knows it
   */
  constructor(
    readonly request: Request,
    { mountPath, path, query }: Target,
    peer: string | undefined,
    reading: Reading,
  ) {
    super();
    this.clientSignal = request.signal;
    this.#headers = request.headers;
    this.method = request.method;
    this.path = path;
    this.query = query;
    const announced = this.header('content-length');
    this.length = request.body === null ? 0 : announced === undefined ? undefined : Number(announced);
    const origin = originOf((name) => this.header(name), peer, reading);
    this.baseUrl = origin.externalBase + mountPath;
    this.remoteAddress = origin.remoteAddress;
    this.requestId = origin.requestId ?? nextRequestId();
    this.ambiguity = flawIn(request, announced) ?? origin.flaw;
    this.body = new FetchBody(request, this.length, reading);
  }

  get hasBody(): boolean {
    return this.length !== 0;
  }

  header(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  get authorization(): string | undefined {
    return this.header('authorization');
  }

  /** Breaks it off: its client has left, or the registry ends. */
  cut(): void {
    this.abandon();
    this.body.cut();
  }

  /** How many bytes of the body were read so far. */
  get received(): number {
    return this.body.received;
  }
}

/** The refusal of a request that could be read in two ways. */
function flawIn({ url, method, body }: Request, announced: string | undefined): RegistryError | undefined {
  const message = wrongLength(announced, body === null && method !== 'GET' && method !== 'HEAD') ?? wrongTarget(url);
  return message === undefined
    ? undefined
    : new RegistryError('UNSUPPORTED', { status: 400, message, detail: { reason: 'framing' } });
}

function wrongLength(announced: string | undefined, isWithoutBody: boolean): string | undefined {
  if (announced === undefined) return undefined;
  if (!(/^\d{1,16}$/.test(announced) && Number.isSafeInteger(Number(announced))))
    return 'Content-Length must be a number of bytes';
  return isWithoutBody && Number(announced) > 0 ? 'the request announces a body, and has none' : undefined;
}

const wrongTarget = (url: string): string | undefined =>
  /[^!-~]/.test(url) ? 'a request target has printable characters of ASCII only' : undefined;
