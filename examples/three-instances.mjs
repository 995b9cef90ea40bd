/** Three instances on one bucket behind a load balancer: BUCKET=my-registry node examples/three-instances.mjs */
import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import { pipeline } from 'node:stream';
import { createRegistryHandler } from 'stowage';
import { s3Driver } from 'stowage/drivers/s3';

// Credentials and region are found as the SDK finds them; ENDPOINT is for a store of your own.
const { BUCKET: bucket, ENDPOINT: endpoint, PORT: port = '5000' } = process.env;
const clientConfig = endpoint === undefined ? {} : { endpoint, forcePathStyle: true };

async function listen(listener, port) {
  // Idle connections stay for longer than the 60 seconds of usual proxies.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 75_000 }, listener);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server.address().port;
}

// They share nothing but the bucket, and could as well run on three machines.
const startInstance = () =>
  listen(createRegistryHandler(s3Driver({ bucket, clientConfig }), { trustProxy: 'loopback', logger: console }), 0);
const instances = await Promise.all([startInstance(), startInstance(), startInstance()]);

let turn = 0;
function balance(request, response) {
  const port = instances[turn++ % instances.length];
  const { method, url: path, headers, socket } = request;
  const seen = { 'x-forwarded-host': headers.host, 'x-forwarded-proto': 'http', 'x-forwarded-for': socket.remoteAddress };
  const dropped = { 'x-forwarded-prefix': '', forwarded: '' }; // which a client could choose
  const asked = ask({ port, method, path, headers: { ...headers, ...seen, ...dropped } }, (answer) => {
    response.writeHead(answer.statusCode, { ...answer.headers, 'x-served-by': port });
    pipeline(answer, response, () => {}); // whichever side breaks off, the other one hears of it
  });
  asked.on('error', () => response.headersSent || response.writeHead(502).end());
  pipeline(request, asked, () => {});
}

console.log(`listening on 127.0.0.1:${await listen(balance, Number(port))}`);
