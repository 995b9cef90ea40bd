/**
 * Exchanges: what is sent and what comes back, as data. Each is played over a real connection against a fresh server;
 * every reply on the way is checked against its row of the table, and written down in the ledger.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, request as open } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv } from 'ajv';
import { bodies } from '../lib/api/bodies.ts';
import type { ErrorCode } from '../lib/api/errors.ts';
import { isRegistryError } from '../lib/api/errors.ts';
import type { Digest } from '../lib/api/formats.ts';
import { routes } from '../lib/api/routes.ts';
import { metBy, objectionsTo, type Seen } from '../lib/docs/coverage.ts';
import type { Driver } from '../lib/driver.ts';
import { createRegistryHandler, type RegistryOptions } from '../lib/index.ts';
import { placesIn } from '../lib/parse.ts';
import { compile } from '../lib/router.ts';

/**
 * A request. In its path, `{location}` stands for the last `Location` that came, and `{upload}` for the last one of an
 * upload, without its query; `{other}` is the same in another repository.
 */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the body without announcing its length. */
  readonly chunked?: boolean;
}

/** What has to come back; what is not named may be anything that the table allows. */
export interface Expected {
  readonly status: number;
  readonly code?: ErrorCode;
  /** The digests in the details, for several errors. */
  readonly missing?: readonly Digest[];
  /** Null: the header must not be there. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** Text is compared letter by letter, an expression has to match, anything else is compared as JSON. */
  readonly body?: unknown;
}

/** One request and its reply. */
export interface Step {
  readonly send: Sent;
  readonly expect: Expected;
}

/** A sentence about the registry, and the steps that show it. */
export interface Exchange {
  readonly name: string;
  readonly options?: RegistryOptions;
  /** Puts something between the registry and its driver. */
  readonly over?: (driver: Driver) => Driver;
  readonly steps: readonly Step[];
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Plays an exchange over a driver; gives the obligations that it met. */
export async function play(exchange: Exchange, driver: Driver): Promise<string[]> {
  const handler = createRegistryHandler(exchange.over?.(driver) ?? driver, exchange.options);
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const met: string[] = [];
  let location = '';
  let upload = '';
  try {
    for (const { send, expect } of exchange.steps) {
      const sent = {
        ...send,
        path: send.path
          .replace('{location}', location)
          .replace('{upload}', upload)
          .replace('{other}', upload.replace(/^.*(?=\/blobs\/uploads\/)/, '/v2/other')),
      };
      const reply = await exchangeOver(port, sent);
      const seen = seenAs(sent, reply);
      assertExpected(sent, reply, expect);
      assert.deepEqual(objectionsTo(seen), [], `${sent.method} ${sent.path} departs from the table`);
      assertSchema(seen);
      met.push(...metBy(seen));
      location = reply.headers.location ?? location;
      upload = /^.*\/blobs\/uploads\/[^?]+/.exec(location)?.[0] ?? upload;
    }
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return met;
}

function exchangeOver(port: number, { method, path, headers = {}, body = '', chunked = false }: Sent): Promise<Reply> {
  const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(Buffer.byteLength(body)) };
  const announced = method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : length;
  return new Promise((resolve, reject) => {
    const request = open(
      { host: '127.0.0.1', port, method, path, headers: { ...announced, ...headers }, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const findRoute = compile(routes);
const findPlace = placesIn(routes);

/** A reply as the coverage of the table sees it. */
function seenAs({ method, path, headers = {}, body = '', chunked = false }: Sent, reply: Reply): Seen {
  const [bare = '', query = ''] = path.split('?');
  const header = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const base = {
    head: method === 'HEAD',
    status: reply.status,
    headers: reply.headers,
    body: reply.body,
    route: findRoute(bare)?.route,
  };
  try {
    const hasBody = chunked || Buffer.byteLength(body) > 0;
    const { match, method: found, request } = findPlace({ method, path: bare, query, hasBody, header });
    return { ...base, row: { route: match.route, method: found, request } };
  } catch (error) {
    if (isRegistryError(error)) return base;
    throw error;
  }
}

function assertExpected(sent: Sent, { status, headers, body }: Reply, expect: Expected): void {
  const about = `${sent.method} ${sent.path} answered ${status} ${body.subarray(0, 600).toString()}`;
  assert.equal(status, expect.status, about);
  for (const [name, wanted] of Object.entries(expect.headers ?? {})) {
    const value = headers[name.toLowerCase()];
    if (wanted === null) assert.equal(value, undefined, `${about}: ${name} should be absent`);
    else if (wanted instanceof RegExp) assert.match(String(value), wanted, `${about}: ${name}`);
    else assert.equal(String(value), wanted, `${about}: ${name}`);
  }
  if (expect.code !== undefined) assert.equal(errorsOf(body)[0]?.code, expect.code, about);
  if (expect.missing)
    assert.deepEqual(
      errorsOf(body).map(({ detail }) => detail?.digest),
      expect.missing,
      about,
    );
  if (expect.body instanceof RegExp) assert.match(body.toString(), expect.body, about);
  else if (typeof expect.body === 'string') assert.equal(body.toString(), expect.body, about);
  else if (expect.body !== undefined) assert.deepEqual(JSON.parse(body.toString()), expect.body, about);
}

function errorsOf(body: Buffer): { code: string; detail?: { digest?: string } }[] {
  return (JSON.parse(body.toString()) as { errors: { code: string }[] }).errors;
}

const schemas = new Ajv({ strict: false });
const validators = new Map(
  Object.entries(bodies).flatMap(([name, { schema }]) => (schema ? [[name, schemas.compile(schema)] as const] : [])),
);

/** JSON of the registry's own fits the schema that the table gives for it. */
function assertSchema({ row, status, head, body }: Seen): void {
  const declared = status >= 400 ? 'errors' : row?.request.successes.find((success) => success.status === status)?.body;
  const validate = validators.get(declared ?? '');
  if (head || !validate) return;
  const text = Buffer.from(body).toString();
  assert.ok(validate(JSON.parse(text)), `${text} does not fit its schema: ${schemas.errorsText(validate.errors)}`);
}

/** The digest of a text or of bytes. */
export function digest(content: string | Uint8Array, algorithm: 'sha256' | 'sha384' | 'sha512' = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}` as Digest;
}
