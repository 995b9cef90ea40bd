/** Pages of other origins, in browsers: what lets them fetch tokens. The CORS protocol of the Fetch standard, section 3.3. */
import type { TokenReply } from './replies.ts';

/**
 * Lets pages of these origins read an answer. A preflight, which carries no login, is answered in its place. Answers are never cached, so
 * that none needs a `Vary`.
 */
export function readableBy(
  isNamed: (origin: string) => boolean,
  credentials: boolean,
): (reply: TokenReply, method: string, origin: string | undefined) => TokenReply {
  return (reply, method, origin) => {
    if (origin === undefined || !isNamed(origin)) return reply;
    const granted = {
      'Access-Control-Allow-Origin': origin,
      ...(credentials && { 'Access-Control-Allow-Credentials': 'true' }),
    };
    if (method === 'OPTIONS') return { status: 200, headers: { ...granted, ...askable }, json: {} };
    return {
      ...reply,
      headers: {
        ...reply.headers,
        ...granted,
        'Access-Control-Expose-Headers': 'Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate',
      },
    };
  };
}

const askable = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type',
  'Access-Control-Max-Age': '600',
};
