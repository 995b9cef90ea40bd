/** Requests to a registry: logged in where that is asked for, sent again where it is busy, redirected where blobs lie elsewhere. */
import { isObject } from '../../content/json.ts';
import { gathered, piecesOf } from '../bytes.ts';
import { authorizationFor, type TokenRequest } from './authorization.ts';
import { patiently } from './pause.ts';

/** Sends a request: the `fetch` of the process, or a registry that is a function. */
export type Fetch = (request: Request) => Promise<Response>;

/** What is sent. */
export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** From the root of the registry, or as the registry gave it. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the body, from the first byte again with each call. */
  readonly body?: (() => BodyInit) | undefined;
}

/** What a client is made of. */
export interface ClientOptions extends Omit<TokenRequest, 'send'> {
  readonly fetch: Fetch;
}

/** How often a request may be sent elsewhere. */
const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Asks one registry about one repository. */
export class RegistryClient {
  /** The value of `Authorization`, once somebody has asked for it. */
  #login: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(private readonly options: ClientOptions) {}

  /** The response, whatever its status is. Throws an Error where there is none, and the reason of the signal once that is aborted. */
  send(asked: Asked): Promise<Response> {
    return patiently(() => this.#authorized(asked), this.options.signal);
  }

  /** The response, if it has one of these statuses. Throws an Error that says what the registry says. */
  async expect(statuses: readonly number[], asked: Asked): Promise<Response> {
    const response = await this.send(asked);
    if (statuses.includes(response.status)) return response;
    throw new Error(
      `${this.options.origin.host} answers ${asked.method} ${pathOf(asked.url)} with ${await refusalIn(response, this.options.signal)}`,
    );
  }

  /** The pieces of the body of a response. */
  piecesOf({ body }: Response): AsyncGenerator<Uint8Array> {
    return piecesOf(body, this.options.signal);
  }

  /** The URL that a response names. Pages of lists and uploads are of the registry: others are refused where `isOwn`. */
  locationIn(text: string, base: string | URL, isOwn: boolean): URL {
    const { origin } = this.options;
    const at = new URL(base, origin);
    if (!URL.canParse(text, at.href)) throw new Error(`${origin.host} names a place that is no URL`);
    const url = new URL(text, at);
    if (isOwn && url.origin !== origin.origin)
      throw new Error(`${origin.host} names a page of a list that is elsewhere: ${url.origin}`);
    if (!/^https?:$/.test(url.protocol) || (at.protocol === 'https:' && url.protocol !== 'https:'))
      throw new Error(`${at.host} leads from https to ${url.origin}, which is not`);
    url.username = url.password = '';
    return url;
  }

  /** Logs in where the registry asks for it. What others found out meanwhile is used. */
  async #authorized(asked: Asked): Promise<Response> {
    const login = this.#login;
    const used = await login;
    const response = await this.#follow(asked, used);
    if (response.status !== 401) return response;
    if (this.#login === login) this.#login = this.#logIn(response);
    const next = await this.#login;
    if (next === undefined || next === used) return response;
    await response.body?.cancel();
    return this.#follow(asked, next);
  }

  #logIn(response: Response): Promise<string | undefined> {
    const { signal } = this.options;
    const send = (request: (signal: AbortSignal) => Request): Promise<Response> => patiently(() => this.#fetch(request), signal);
    return authorizationFor(response, { ...this.options, send });
  }

  async #follow({ method, url, headers, body }: Asked, authorization: string | undefined): Promise<Response> {
    const { origin } = this.options;
    let at = new URL(url, origin);
    for (let hops = 0; hops <= mostRedirects; hops++) {
      // Who is redirected elsewhere tells nobody there who it is.
      const login = authorization !== undefined && at.origin === origin.origin ? { authorization } : {};
      const sent: RequestInit & { readonly duplex: 'half' } = {
        method,
        headers: { ...headers, ...login },
        redirect: 'manual',
        // A stream as a body is read while it is sent.
        duplex: 'half',
        ...(body && { body: body() }),
      };
      const response = await this.#fetch((signal) => new Request(at, { ...sent, signal }));
      const location = response.headers.get('location');
      if (!redirects.has(response.status) || location === null || body !== undefined || method === 'POST') return response;
      await response.body?.cancel();
      at = this.locationIn(location, at, false);
    }
    throw new Error(`${origin.host} redirects ${method} ${pathOf(url)} again and again`);
  }

  /**
   * Sends a request, with a signal of its own: runtimes leave a listener behind on the signal of each request. What breaks a body off is with
   * who reads it.
   */
  async #fetch(request: (signal: AbortSignal) => Request): Promise<Response> {
    const { fetch, signal } = this.options;
    const own = new AbortController();
    const abort = (): void => own.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', abort);
    const sent = request(own.signal);
    try {
      return await fetch(sent);
    } catch (error) {
      signal.throwIfAborted();
      // "fetch failed" says nothing; its cause does.
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason =
        cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : String(cause);
      throw new Error(`${new URL(sent.url).host} cannot be reached: ${reason}`, { cause: error });
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

/** The path of a URL, without what may be secret in its query. */
const pathOf = (url: string | URL): string => new URL(url, 'http://registry').pathname;

/** As much of a refusal as is read, and as is shown. */
const refusalBytes = 64 * 1024;
const shown = 300;

/** The status of a response, and the words of its first error, without what a terminal would obey. */
async function refusalIn(response: Response, signal: AbortSignal): Promise<string> {
  const words = await gathered(piecesOf(response.body, signal), refusalBytes, 'a refusal').then(messageIn, () => '');
  const plain = words.replaceAll(/\p{Cc}+/gu, ' ').slice(0, shown);
  return plain === '' ? String(response.status) : `${response.status}: ${plain}`;
}

function messageIn(bytes: Uint8Array): string {
  try {
    const reply: unknown = JSON.parse(Buffer.from(bytes).toString());
    const [error]: unknown[] = isObject(reply) && Array.isArray(reply.errors) ? reply.errors : [];
    const { code, message } = isObject(error) ? error : {};
    return String(message || code || '');
  } catch {
    // A page of HTML, say, of a proxy.
    return '';
  }
}
