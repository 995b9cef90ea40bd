/** Where clients fetch tokens: a listener for `node:http`, and a function from a `Request` to a `Response`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readCredentials } from '../../access/credentials.ts';
import type { Visit } from '../../access/throttle.ts';
import { isRegistryError } from '../../api/errors.ts';
import { boolean, callable, isObject, isWhole, must } from '../../checks/check.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import { nameOrigins, originsOf } from '../../checks/origins.ts';
import { peerIn } from '../../doors/fetch/peer.ts';
import { guarded } from '../../events/guarded.ts';
import type { PublicKey } from '../bearer/keys.ts';
import { isChallengeText } from '../challenge.ts';
import type { Policy, Verify } from '../principal.ts';
import { type Form, mostBytes, readForm } from './form.ts';
import { failureOf, giveToken, type Issuer } from './issue.ts';
import { type KeySetEndpoint, keySetEndpoint } from './jwks.ts';
import { keyRingOf, type SigningKeys, wrongSigningKeys } from './key-ring.ts';
import { readableBy } from './pages.ts';
import { type RefreshTokens, refreshTokensInMemory } from './refresh-tokens.ts';
import { refusal, responseOf, type TokenReply, writeReply } from './replies.ts';
import { doorkeeper, type Visitor, type VisitorOptions, visitorOptions } from './visitors.ts';

/** Options of `tokenEndpoint`. */
export interface TokenEndpointOptions extends VisitorOptions {
  /** Who signs the tokens: their claim `iss`. */
  readonly issuer: string;
  /** The registry that they are for: their claim `aud`. */
  readonly service: string;
  /**
   * The key that signs them, or several: the first signs, and tokens of the others hold until they expire. A function is asked
   * for each token, so that keys can be changed while the service runs; what it throws is a 503.
   */
  readonly key: SigningKeys | (() => SigningKeys | Promise<SigningKeys>);
  /** Checks a name and a password: `htpasswd(…)`, `passwords(…)`, or a function of your own. */
  readonly verify: Verify;
  /** What somebody may do, and what those may who did not log in: `rules(…)`, or a function of your own. */
  readonly policy: Policy;
  /** How many seconds a token holds, 60 at least: no longer than a right that is withdrawn may go on. Default: 300. */
  readonly expiresIn?: number | undefined;
  /** Where refresh tokens are kept; false gives none. Default: in the memory of this process. */
  readonly refreshTokens?: RefreshTokens | false | undefined;
  /**
   * The pages of other origins that may fetch tokens in a browser: `['https://ui.example.com']`, `'*'` or a function, as `cors.origins` of
   * the registry has them. Default: none.
   */
  readonly origins?: readonly string[] | '*' | ((origin: string) => boolean) | undefined;
  /**
   * Lets those pages send a login that the browser has, as `cors.credentials` of the registry does: then each origin has to be named. Default: false.
   */
  readonly credentials?: boolean | undefined;
  /** Hears of what failed in `verify`, `policy`, `key`, `refreshTokens`, `origins`, `throttle` and `trustProxy`: the client gets a 503 that says nothing about it. Default: nobody. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const named = must('be printable ASCII', isChallengeText);

const endpointOptions = {
  issuer: { check: named, required: true },
  service: { check: named, required: true },
  key: { check: wrongSigningKeys, required: true },
  verify: { check: callable, required: true },
  policy: { check: callable, required: true },
  expiresIn: {
    check: must('be seconds, 60 at least', (value) => isWhole(value) && value >= 60),
    default: 300,
  },
  refreshTokens: {
    check: must(
      'have put and get, or be false',
      (value) => value === false || (isObject(value) && typeof value.put === 'function' && typeof value.get === 'function'),
    ),
  },
  origins: { check: nameOrigins },
  credentials: { check: boolean, default: false },
  onError: { check: callable },
  ...visitorOptions,
} as const satisfies OptionRules<TokenEndpointOptions>;

/** A token service, to be mounted beside the registry under the path that its `realm` names. */
export interface TokenEndpoint {
  /** Serves a request of `node:http`, whatever its path. */
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  /**
   * Serves a `Request`. What the host hands over beside it (of Deno and Bun, or `{ remoteAddress }`) says where it comes from, for
   * `throttle`: clients whose address is not known are counted as one.
   */
  readonly fetch: (request: Request, context?: unknown) => Promise<Response>;
  /** Gives the public keys that hold at the moment, for `bearer` in this process, which asks again. */
  readonly keys: () => Promise<readonly PublicKey[]>;
  /** Gives out the public keys as a key set, for `bearer` in other processes: to be mounted under another path. */
  readonly jwks: KeySetEndpoint;
}

/**
 * A service that gives tokens to those who log in, and to those who do not, for what the policy lets them do: as the distribution
 * project describes it (GET with Basic) and as OAuth 2 has it (POST with a form). With it, everybody may pull and some may push under
 * every client. Replies are never to be cached.
 *
 * @example
 * import { bearer, htpasswd, rules, tokenEndpoint, tokenKey } from 'stowage/auth';
 *
 * const policy = rules([{ anyone: true, repositories: '**', actions: ['pull'] }]);
 * const who = { issuer: 'registry.example.com', service: 'registry.example.com' };
 * const tokens = tokenEndpoint({ ...who, key: await tokenKey(), verify: htpasswd('/etc/registry/htpasswd'), policy });
 * const authorize = bearer({ ...who, realm: 'https://registry.example.com/token', keys: tokens.keys });
 *
 * @throws {TypeError} for options that are wrong, in words.
 */
export function tokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { key, refreshTokens, origins, credentials, onError, throttle, trustProxy, forwardedHeaders, ...rest } = parseOptions(
    'tokenEndpoint',
    options,
    endpointOptions,
    wrongInPages(options),
  );
  const enter = doorkeeper({ throttle, trustProxy, forwardedHeaders });
  const keys = keyRingOf(key);
  const forPage = readableBy(originsOf('origins of tokenEndpoint', origins), credentials);
  const issuer: Issuer = { ...rest, keys, refreshTokens: refreshTokens ?? refreshTokensInMemory() };
  const tell = (error: unknown): void => {
    guarded(
      () => onError?.(error),
      (cause) => process.emitWarning(`onError of tokenEndpoint failed: ${cause}`, 'StowageWarning'),
    );
  };
  const failed = (error: unknown): TokenReply => {
    tell(error);
    return failureOf(error);
  };

  const give = async (
    method: string,
    query: string,
    authorization: string | undefined,
    form: () => Promise<Form>,
  ): Promise<TokenReply> => {
    if (method !== 'GET' && method !== 'POST')
      return refusal(405, 'UNSUPPORTED', 'a token is asked for with GET or POST', { Allow: 'GET, POST' });
    const given = method === 'POST' ? await form() : { text: query };
    if ('refusal' in given) return refusals[given.refusal];
    try {
      return await giveToken(issuer, {
        method,
        fields: new URLSearchParams(given.text),
        credentials: readCredentials(authorization),
      });
    } catch (error) {
      return failed(error);
    }
  };

  const giveCounted = async (visitor: Visitor, ...asked: Parameters<typeof give>): Promise<TokenReply> => {
    let visit: Visit | undefined;
    try {
      visit = enter(visitor);
    } catch (error) {
      // A refusal is no fault to be told of.
      return isRegistryError(error) && error.status < 500 ? failureOf(error) : failed(error);
    }
    const reply = await give(...asked);
    guarded(() => visit?.end({ status: reply.status }), tell);
    return reply;
  };

  const answer = async (visitor: Visitor, ...asked: Parameters<typeof give>): Promise<TokenReply> => {
    const reply = await giveCounted(visitor, ...asked);
    try {
      return forPage(reply, asked[0], visitor.header('origin'));
    } catch (error) {
      return failed(error);
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '', headers, socket } = request;
    if (method === 'POST' && request.readableDidRead) return writeReply(request, response, failed(readBefore()));
    const form = () => readForm(request.iterator({ destroyOnReturn: false }), () => request.destroy());
    // Requests of a host's own making have no socket.
    const visitor = { header: (name: string) => lineOf(headers[name]), peer: socket?.remoteAddress, request };
    writeReply(request, response, await answer(visitor, method, queryOf(url), headers.authorization, form));
  };

  const fetch = async (request: Request, context?: unknown): Promise<Response> => {
    const { method, url, headers, body } = request;
    if (body?.locked || request.bodyUsed) return responseOf(method, failed(readBefore()));
    const header = (name: string) => headers.get(name) ?? undefined;
    const visitor = { header, peer: peerIn(isObject(context) ? context : {}, request), request };
    const form = async (): Promise<Form> => (body ? await readStream(body) : { text: '' });
    return responseOf(method, await answer(visitor, method, queryOf(url), header('authorization'), form));
  };

  return Object.assign(serve, { fetch, keys: keys.published, jwks: keySetEndpoint(keys, failed) });
}

/** A login that the browser sends by itself would be at the disposal of every page. */
function wrongInPages(options: TokenEndpointOptions | undefined): string[] {
  return options?.origins === '*' && options.credentials
    ? ["credentials needs origins to name some: no browser takes it with '*'"]
    : [];
}

/** Without its form, a login would be taken for somebody who does not log in. */
const readBefore = () =>
  new TypeError('tokenEndpoint: something has read the form before, such as a body parser; mount the token service before that');

const refusals = {
  'too long': refusal(413, 'SIZE_INVALID', `a form has ${mostBytes} bytes at most`),
  'broken off': refusal(400, 'UNSUPPORTED', 'the form broke off'),
};

/** Reads the form of a `Request`. */
function readStream(body: ReadableStream<Uint8Array>): Promise<Form> {
  const reader = body.getReader();
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  }
  return readForm(pieces(), () => void reader.cancel().catch(() => {}));
}

const lineOf = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(', ') : value);
const queryOf = (url: string): string => /\?([^#]*)/.exec(url)?.[1] ?? '';
