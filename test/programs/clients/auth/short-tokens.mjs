// @ts-check
/** Stands before a registry, has its tokens end within three seconds, and holds one request until its token has. */
import { once } from 'node:events';
import { createServer, request as openRequest } from 'node:http';
import { decodeJwt, importJWK, SignJWT } from 'jose';

/** How long a token may be over at the registry before it is refused: the clocks of two machines differ. */
const leewaySeconds = 60;

/**
 * Waits until the token that a request came with has ended.
 * @param {string} authorization
 */
async function untilEnded(authorization) {
  const { exp = 0 } = decodeJwt(authorization.replace('Bearer ', ''));
  await new Promise((resolve) => setTimeout(resolve, (exp + leewaySeconds) * 1000 - Date.now() + 50));
}

/**
 * @param {string} host the registry
 * @param {import('stowage/auth').PrivateKey} key the one that signs its tokens
 * @param {(line: string) => boolean} isHeld whether a request, as in `PUT /v2/…`, may be held; the first of them is
 */
export async function startShortTokens(host, key, isHeld) {
  const signing = await importJWK({ ...key }, key.alg);
  const seen = { held: false, expired: 0 };

  /** The reply of the registry to a request for a token, whose token ends sooner. */
  const shortened = async (/** @type {Response} */ reply) => {
    const given = await reply.json();
    if (reply.status !== 200) return given;
    const claims = { ...decodeJwt(given.token), exp: Math.floor(Date.now() / 1000) + 3 - leewaySeconds };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid }).sign(signing);
    return { ...given, token, access_token: token, expires_in: 3 };
  };

  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '', headers } = request;
    if (url.startsWith('/token')) {
      const body = method === 'POST' ? Buffer.concat(await request.toArray()) : undefined;
      const type = headers['content-type'] === undefined ? {} : { 'content-type': headers['content-type'] };
      const login = headers.authorization === undefined ? {} : { authorization: headers.authorization };
      const reply = await fetch(`http://${host}${url}`, { method, headers: { ...type, ...login }, ...(body && { body }) });
      response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(await shortened(reply)));
      return;
    }
    if (!seen.held && isHeld(`${method} ${url}`)) {
      seen.held = true;
      await untilEnded(headers.authorization ?? '');
    }
    // With the Host that the client has sent: its tokens are to come from here.
    const forwarded = openRequest(`http://${host}${url}`, { method, headers, agent: false }, (reply) => {
      if (String(reply.headers['www-authenticate']).includes('error="invalid_token"')) seen.expired += 1;
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    host: `127.0.0.1:${port}`,
    seen,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
