/** The hosts that the registry is mounted in. */

/** A host. */
export interface Host {
  readonly title: string;
  /** Its file in `servers`, if not the one of its own name. */
  readonly server?: string;
  /** What runs its file, if not Node. */
  readonly command?: readonly string[];
  /** Whether it speaks TLS. */
  readonly secure?: true;
  /** Where its mount is, if not in its own file. */
  readonly mount?: string;
  /** Checks that cannot pass: docs/hosts.md says why. */
  readonly without?: readonly string[];
  /** What it may write to its error output. */
  readonly says?: RegExp;
}

/** Koa prints the error of each client that leaves in the middle of a body. */
const koaSays = /^Error: Parse Error\n(?: +at .*\n?)*$/;

/** The one that is installed with the hosts, for frameworks that start on no older one. */
const newerNode = ['node'];

/** By name. */
export const hosts: Readonly<Record<string, Host>> = {
  'node-http-attach': { title: '`node:http`, any server that is there' },
  'node-http': { title: '`node:http`, as a function' },
  'node-https': { title: '`node:https`', secure: true },
  'node-http2': { title: '`node:http2` with `allowHTTP1`', secure: true },
  'express-5': { title: 'Express 5' },
  'express-4': { title: 'Express 4' },
  connect: { title: 'connect' },
  polka: { title: 'polka' },
  'fastify-attach': { title: 'Fastify 5' },
  'fastify-hook': { title: 'Fastify 5, as a hook' },
  'fastify-middie': { title: 'Fastify 5 with `@fastify/middie`' },
  'fastify-server-factory': { title: 'Fastify 5 with a `serverFactory`' },
  koa: { title: 'Koa 3', says: koaSays },
  'koa-mount': { title: 'Koa 3 with koa-mount', says: koaSays },
  'hono-node': { title: 'Hono on `@hono/node-server`' },
  'hono-fetch': { title: 'Hono anywhere' },
  'h3-1': { title: 'h3 1' },
  'h3-2': { title: 'h3 2' },
  'nest-express': { title: 'Nest on Express' },
  'nest-fastify': { title: 'Nest on Fastify' },
  'next-server': { title: 'Next 16 with a server of yours' },
  'next-app-route': {
    title: 'Next 16, a route of the app',
    mount: 'next-app-route/app/v2/[[...path]]/route.js',
    without: ['a HEAD tells the length'],
  },
  'next-pages': { title: 'Next 16, a route of the pages', mount: 'next-pages/pages/api/v2/[[...path]].js' },
  nitro: { title: 'Nitro 2, which Nuxt 4 rests on', mount: 'nitro/middleware/registry.js' },
  sveltekit: { title: 'SvelteKit 3', mount: 'sveltekit/src/hooks.server.js', command: newerNode },
  astro: { title: 'Astro 7', mount: 'astro/src/middleware.js', command: newerNode },
  vite: { title: 'Vite’s server' },
  'bun-serve': { title: '`Bun.serve`', command: ['bun'] },
  'bun-http': { title: '`node:http` in Bun', server: 'node-http-attach', command: ['bun'] },
  'deno-serve': { title: '`Deno.serve`', command: ['deno', 'run', '-A', '--unstable-no-legacy-abort'] },
  'deno-http': { title: '`node:http` in Deno', server: 'node-http-attach', command: ['deno', 'run', '-A'] },
  nginx: { title: 'nginx before it', mount: 'nginx.conf' },
  caddy: { title: 'Caddy before it', mount: 'Caddyfile', says: /^(?:\{"level":"info".*\n?)+$/ },
};
