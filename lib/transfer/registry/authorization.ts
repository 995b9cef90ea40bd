/** What a client says who it is with: a password, or a token that a service gives for one. */
import { isObject } from '../../content/json.ts';
import { gathered, piecesOf } from '../bytes.ts';
import { type Challenge, readChallenges } from './challenge.ts';

/** Who asks. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What tokens are asked for with. */
export interface TokenRequest {
  /** Sends it, again where the service is busy. */
  send(request: (signal: AbortSignal) => Request): Promise<Response>;
  readonly credentials: Credentials | undefined;
  /** The registry. */
  readonly origin: URL;
  /** The repository. */
  readonly repository: string;
  readonly actions: 'pull' | 'pull,push';
  readonly signal: AbortSignal;
}

/** The value of `Authorization` that answers a 401; undefined where nothing does. Throws an Error where a token service gives none. */
export async function authorizationFor(response: Response, asked: TokenRequest): Promise<string | undefined> {
  const challenges = readChallenges(response.headers.get('www-authenticate') ?? '');
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return `Bearer ${await fetchToken(bearer, asked)}`;
  const { credentials } = asked;
  return credentials && challenges.some(({ scheme }) => scheme === 'basic') ? basic(credentials) : undefined;
}

const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** As large as the reply of a token service may be, in bytes. */
const mostBytes = 1024 * 1024;

/** Distribution specification of tokens: `GET realm?service=…&scope=…`. Redirects are not followed: the password goes to the realm alone. */
async function fetchToken({ parameters }: Challenge, asked: TokenRequest): Promise<string> {
  const { credentials, origin, repository, actions, signal, send } = asked;
  const realm = realmIn(parameters.get('realm') ?? '', origin);
  const service = parameters.get('service');
  if (service !== undefined) realm.searchParams.set('service', service);
  // Both read and write are asked for at once. What the challenge asks for beside is another repository's, and no business of this one.
  const own = `repository:${repository}:`;
  const others = (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '' && !scope.startsWith(own));
  for (const scope of [`${own}${actions}`, ...others]) realm.searchParams.append('scope', scope);
  const headers = { accept: 'application/json', ...(credentials && { authorization: basic(credentials) }) };
  const response = await send((own) => new Request(realm, { headers, redirect: 'manual', signal: own }));
  const name = `the token service at ${realm.origin}`;
  const bytes = await gathered(piecesOf(response.body, signal), mostBytes, name);
  if (response.status !== 200) throw new Error(`${name} answers with ${response.status} to who asks for ${own}${actions}`);
  const reply: unknown = parsed(bytes);
  const { token, access_token } = isObject(reply) ? reply : {};
  const given = token ?? access_token;
  if (typeof given === 'string' && /^[!-~]+$/.test(given)) return given;
  throw new Error(`${name} gives no token`);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    // What is no JSON has no token.
    return undefined;
  }
}

/** The realm of a challenge. A password goes to no host in plain text but to the registry itself, or within this machine. */
function realmIn(text: string, origin: URL): URL {
  if (!URL.canParse(text)) throw new Error(`${origin.origin} names a token service that is no URL`);
  const realm = new URL(text);
  const isPlainAllowed = realm.protocol === 'http:' && (realm.hostname === origin.hostname || isLoopback(realm.hostname));
  if ((realm.protocol !== 'https:' && !isPlainAllowed) || realm.username + realm.password !== '')
    throw new Error(`${origin.origin} names a token service that is asked for no token: ${realm.origin} is not https`);
  return realm;
}

/** Whether a host is this machine. */
const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
