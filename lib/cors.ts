/**
 * Pages of other origins, in browsers: the CORS protocol of the Fetch standard, section 3.3, around what serves requests. Imported where
 * the option `cors` is given.
 */
import type { HeaderLines } from './api/errors.ts';
import { requestHeaders, responseHeaders } from './api/parameters.ts';
import { originsOf } from './checks/origins.ts';
import type { Dispatch, Incoming } from './dispatch.ts';
import type { Settings } from './options.ts';
import { isVain, type Outgoing } from './reply.ts';

/** What a page may read of a reply, beside its body and what browsers let it read of any: the headers of the table, and those of a throttle. */
const exposed = {
  'Access-Control-Expose-Headers': [...Object.keys(responseHeaders), 'RateLimit', 'RateLimit-Policy'].join(', '),
};
/** What a page may send. */
const sendable = [...Object.keys(requestHeaders), 'Authorization'].join(', ');

/**
 * Serves pages of the origins that the option names as well. Replies to others are as without it, and no browser shows them to a page. A
 * preflight is answered from the table alone: no driver is called, and `authorize` is not asked, as a browser sends no login with it.
 */
export function createCors(dispatch: Dispatch, { cors, logger }: Pick<Settings, 'cors' | 'logger'>): Dispatch {
  const { origins, credentials, maxAge } = cors;
  const isOpen = origins === '*';
  const isNamed = originsOf('cors.origins', origins);

  const allows = (origin: string): boolean => {
    try {
      return isNamed(origin);
    } catch (err) {
      logger.error({ err }, 'the option cors.origins failed, and the origin is refused');
      return false;
    }
  };
  /** The headers by which a browser lets the page of a request read the reply. */
  const grantTo = (origin: string) => ({
    'Access-Control-Allow-Origin': isOpen ? origins : origin,
    ...(credentials && { 'Access-Control-Allow-Credentials': 'true' }),
  });
  // Caches keep the reply to one origin from the next, unless it is the same for all.
  const vary = isOpen ? {} : { Vary: 'Origin' };

  return async (incoming) => {
    const reply = await dispatch(incoming);
    if (isVain(reply)) return reply;
    const origin = incoming.header('Origin');
    if (origin === undefined || !allows(origin)) return withHeaders(reply, vary);
    const granted = withHeaders(reply, { ...vary, ...grantTo(origin) });
    return isPreflight(incoming) ? preflight(granted, maxAge) : withHeaders(granted, exposed);
  };
}

const isPreflight = (incoming: Incoming): boolean =>
  incoming.method === 'OPTIONS' && incoming.header('Access-Control-Request-Method') !== undefined;

const withHeaders = (reply: Outgoing, headers: HeaderLines): Outgoing => ({
  ...reply,
  headers: { ...reply.headers, ...headers },
});

/** The reply to a preflight, made of the refusal of its method, which names those of the path. Any other refusal stays. */
function preflight(refusal: Outgoing, maxAge: number): Outgoing {
  const { about, headers } = refusal;
  const { Allow, 'Content-Type': _, 'Content-Length': __, ...kept } = headers;
  if (Allow === undefined) return refusal;
  const answer = {
    'Access-Control-Allow-Methods': Allow,
    'Access-Control-Allow-Headers': sendable,
    'Access-Control-Max-Age': String(maxAge),
  };
  return { status: 204, headers: { ...kept, ...answer }, about };
}
