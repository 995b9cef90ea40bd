/** The server that most people want: USERS=ann:secret TLS_CERT=cert.pem TLS_KEY=key.pem node examples/server.mjs */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createRegistryHandler } from 'stowage';
import { fsDriver } from 'stowage/drivers/fs';

const { ROOT = './data', HOST = '127.0.0.1', PORT = '5000', USERS = 'ann:secret', TLS_CERT, TLS_KEY } = process.env;
const hash = (text) => createHash('sha256').update(text).digest();
const users = USERS.split(',').map((user) => ({ name: user.split(':', 1)[0], secret: hash(user) }));

/** Whoever logs in may do everything, and nobody else anything. @type {import('stowage').Authorize} */
function authorize(_ask, { scheme, username, password }) {
  const given = hash(scheme === 'basic' ? `${username}:${password}` : '');
  const user = users.find(({ secret }) => timingSafeEqual(secret, given));
  if (user) return { subject: user.name, may: () => true };
  return { challenges: ['Basic realm="registry"'], may: () => false };
}

const registry = createRegistryHandler(fsDriver({ root: ROOT }), {
  authorize,
  logger: { error: console.error, warn: console.warn },
  onResponse: (event) => console.log(JSON.stringify({ time: new Date(), ...event })),
});
const app = ({ url }, response) => response.writeHead(url === '/livez' ? 200 : 404).end();
const server = TLS_CERT
  ? createSecureServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) }, app)
  : createServer(app);
registry.attach(server);
server.requestTimeout = 0; // Node would end every upload after five minutes
server.listen(Number(PORT), HOST, () => console.log(`listening on ${HOST}:${server.address().port}`));

process.once('SIGTERM', async () => {
  server.close(); // takes no further connection
  await registry.drain({ deadline: 30_000 });
  server.closeAllConnections();
});
