/** Ways to a registry other than a socket of HTTP/1.1: requests that are injected, streams of HTTP/2, and requests of fetch. */
import { once } from 'node:events';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect, createServer, type IncomingHttpHeaders as IncomingHttp2Headers } from 'node:http2';
import { Readable } from 'node:stream';
import inject, { type DispatchFunc, type InjectOptions } from 'light-my-request';
import { createFetchHandler } from '../../lib/fetch.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import type { Sent } from '../../lib/testing/exchanges/exchange.ts';
import type { Serving } from '../../lib/testing/wire/play.ts';
import type { Reply } from '../../lib/testing/wire/send.ts';
import { listen } from './server.ts';

/** Whether requests of a method announce no length when they have no body. */
const isBodiless = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'DELETE';

/** As `app.inject()` of Fastify does: no socket, no parser. */
export const injected: Serving = async (driver, options, use) => {
  const handler = createRegistryHandler(driver, { uploadExpiry: false, ...options });
  return use(async ({ method, path, headers = {}, body = '', chunked = false }) => {
    const payload = Buffer.from(body);
    const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(payload.length) };
    const dispatch: DispatchFunc = (request, response) => {
      // As it was sent: the injection resolves dot segments.
      request.url = path;
      void handler(request, response);
    };
    const reply = await inject(dispatch, {
      method: method as NonNullable<InjectOptions['method']>,
      url: '/',
      headers: { ...(!isBodiless(method) && length), ...headers },
      ...(payload.length > 0 && { payload: chunked ? Readable.from([payload]) : payload }),
    });
    return { status: reply.statusCode, headers: joined(reply.headers), body: reply.rawPayload };
  });
};

/** Headers as a client of `node:http` gives them. */
const joined = (headers: OutgoingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  );

/** Streams of HTTP/2 without TLS. */
export const overHttp2: Serving = async (driver, options, use) => {
  await using server = await listen(createServer(createRegistryHandler(driver, { uploadExpiry: false, ...options })));
  const session = connect(server.origin);
  try {
    return await use((sent) => ask(session, sent));
  } finally {
    session.destroy();
  }
};

async function ask(
  session: ClientHttp2Session,
  { method, path, headers = {}, body = '', chunked = false }: Sent,
): Promise<Reply> {
  const bytes = Buffer.from(body);
  const length = chunked || isBodiless(method) ? {} : { 'content-length': String(bytes.length) };
  const endStream = bytes.length === 0;
  const stream = session.request({ ':method': method, ':path': path, ...length, ...headers }, { endStream });
  if (!endStream) stream.end(bytes);
  const [answered] = (await once(stream, 'response')) as [IncomingHttp2Headers];
  const { ':status': status, ...rest } = answered;
  return { status: Number(status), headers: rest, body: Buffer.concat(await stream.toArray()) };
}

/** A `Request` that is handed over in the process. */
export const throughFetch: Serving = async (driver, options, use) => {
  const registry = createFetchHandler(driver, { uploadExpiry: false, ...options });
  return use(async (sent) => {
    const response = await registry(requestOf(sent));
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    };
  });
};

/** The request that a host makes of what a client sends. */
function requestOf({ method, path, headers = {}, body = '', chunked = false }: Sent): Request {
  const bytes = Buffer.from(body);
  const length = chunked || isBodiless(method) ? {} : { 'content-length': String(bytes.length) };
  const request = new Request('http://registry/', {
    method: method === 'TRACE' ? 'OPTIONS' : method,
    headers: { ...length, ...headers },
    ...(bytes.length > 0 && { body: chunked ? new Blob([bytes]).stream() : bytes, duplex: 'half' }),
  });
  // As it was sent: the class resolves dot segments and has no TRACE, and hosts may make their requests themselves.
  return Object.defineProperties(request, { url: { value: `http://registry${path}` }, method: { value: method } });
}
