// @ts-check
/** What each host has beside the registry, and how it says where it listens. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';

/** Options of the registry, for hosts that others than `npm run hosts` start. */
export const options = JSON.parse(process.env.OPTIONS ?? '{}');

/** The port to listen on: any that is free. */
export const port = 0;

/**
 * The app of a host of `node:http`: `GET /other` and `POST /json`, which gives back the JSON that it has read.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
export async function app(request, response) {
  if (request.url === '/other') response.end('other');
  else if (request.url === '/json') response.end(JSON.stringify(await json(request)));
  else response.writeHead(404).end();
}

/**
 * The same for a host that speaks fetch.
 * @param {Request} request
 */
export async function fetchApp(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/other') return new Response('other');
  return pathname === '/json' ? Response.json(await request.json()) : new Response(null, { status: 404 });
}

/** For hosts with TLS: `run.mjs` has made it. */
export const certificate = existsSync('key.pem') ? { key: readFileSync('key.pem'), cert: readFileSync('certificate.pem') } : {};

/**
 * Has a server, or a framework that makes one, listen.
 * @param {any} host
 */
export function listen(host) {
  const started = host.listen(port, '127.0.0.1', () => {
    const server = started.server ?? started;
    // Node would end every upload after five minutes.
    server.requestTimeout = 0;
    listening(server.address());
  });
}

/**
 * Builds a host in its folder with the command of its framework, and loads what came of it.
 * @param {string} name
 * @param {string} command
 * @param {string} entry
 */
export async function built(name, command, entry) {
  const folder = resolve('servers', name);
  execFileSync(command, ['build'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return import(join(folder, entry));
}

/** Says where the host listens. @param {{ port: number | string }} address */
export function listening(address) {
  console.log(`listening on 127.0.0.1:${address.port}`);
}
