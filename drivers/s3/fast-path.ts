/**
 * Calls of single objects past the SDK's middleware, which takes most of a millisecond of each. Endpoint, credentials, signatures and
 * connections are the client's. A call that neither succeeds nor has a plain answer is repeated by the SDK, which knows what errors
 * mean and when to try again.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { now } from '../../lib/timers.ts';
import type { ByteStream, ObjectCalls, PutOptions } from './object-calls.ts';

type Headers = Readonly<Record<string, string>>;
type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;
type Signable = Parameters<Signer['sign']>[0] & Parameters<S3Client['config']['requestHandler']['handle']>[0];

/** How requests for the objects of a bucket look, and what signs them. */
interface Route {
  /** A request for the object of the empty key, which is not signed. */
  readonly root: Signable;
  readonly headers: Headers;
  readonly signer: Signer;
}

/** A reply with one of the statuses that were asked for. */
interface Reply {
  readonly statusCode: number;
  readonly headers: Headers;
  readonly body: ByteStream & { resume(): unknown };
}

const placeholder = 'key';
/** How long calls are left to the SDK after a connection failed: the time that its attempts take, and some. */
const restMs = 15_000;

/**
 * The calls of the objects of a bucket, past the middleware of the client, which has to be one of the driver's own. `calls` are those by
 * the same client.
 */
export function createFastPath(client: S3Client, bucket: string, prefix: string, calls: ObjectCalls): ObjectCalls {
  let asked: Promise<Route | undefined> | undefined;
  let restsUntilMs = 0;

  /** The reply, if its status is one of these. Undefined: the SDK is to be asked. */
  async function send(
    method: string,
    key: string,
    headers: Headers,
    statuses: readonly number[],
    bytes?: Uint8Array,
  ): Promise<Reply | undefined> {
    if (now() < restsUntilMs) return undefined;
    try {
      asked ??= routeTo(client, bucket);
      const route = await asked;
      if (!route) return undefined;
      const path = route.root.path + (prefix + key).split('/').map(encodeSegment).join('/');
      const request = { ...route.root, method, path, headers: { ...route.headers, ...headers }, ...(bytes && { body: bytes }) };
      const signingDate = new Date(Date.now() + client.config.systemClockOffset);
      const signed = (await route.signer.sign(request, { signingDate })) as Signable;
      const { response } = await client.config.requestHandler.handle(signed);
      const reply = response as Reply;
      if (statuses.includes(reply.statusCode)) return reply;
      reply.body.resume();
    } catch {
      // What is wrong, the SDK meets as well, or finds it gone. Of a store that is silent, no more is waited for than the SDK waits.
      asked = undefined;
      restsUntilMs = now() + restMs;
    }
    return undefined;
  }

  return {
    head: async (key) => {
      const reply = await send('HEAD', key, {}, [200, 404]);
      reply?.body.resume();
      if (reply?.statusCode === 404) throw refusal('NotFound', 404);
      const length = reply?.headers['content-length'];
      // A reply without a length has no object behind it.
      if (!reply || length === undefined) return calls.head(key);
      return { ETag: reply.headers.etag, ContentLength: Number(length), Metadata: metadataOf(reply.headers) };
    },

    read: async (key, range) => {
      const validates = (await client.config.responseChecksumValidation()) === 'WHEN_SUPPORTED';
      const headers = { ...(validates && { 'x-amz-checksum-mode': 'ENABLED' }), ...(range !== undefined && { range }) };
      const reply = await send('GET', key, headers, [200, 206, 404]);
      const bytes = reply && (await gather(reply.body));
      if (!reply || !bytes) return calls.read(key, range);
      if (reply.statusCode === 404 && bytes.includes('<Code>NoSuchKey</Code>')) throw refusal('NoSuchKey', 404);
      const isRight =
        reply.statusCode !== 404 && isComplete(reply.headers, bytes) && (!validates || isIntact(reply.headers, bytes));
      return isRight ? { ...partOf(reply), bytes } : calls.read(key, range);
    },

    stream: async (key, range) => {
      const reply = await send('GET', key, { range }, [200, 206]);
      return reply ? { ...partOf(reply), bytes: reply.body } : calls.stream(key, range);
    },

    put: async (key, bytes, options = {}) => {
      const checks = (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
      const reply = await send('PUT', key, putHeaders(bytes, options, checks), [200, 412], bytes);
      reply?.body.resume();
      if (reply?.statusCode === 412) throw refusal('PreconditionFailed', 412);
      return reply ? reply.headers.etag : calls.put(key, bytes, options);
    },

    delete: async (key, etag) => {
      const reply = await send('DELETE', key, etag === undefined ? {} : { 'if-match': etag }, [200, 204]);
      if (!reply) return calls.delete(key, etag);
      return reply.body.resume();
    },
  };
}

/** How the client would ask for an object: what it makes of a command is taken before it is signed and sent. */
async function routeTo(client: S3Client, bucket: string): Promise<Route | undefined> {
  let route: Route | undefined;
  const command = new HeadObjectCommand({ Bucket: bucket, Key: placeholder });
  command.middlewareStack.add(
    (_next, context) => async (asked) => {
      const root = asked.request as Signable;
      const { host, 'user-agent': userAgent = '' } = root.headers;
      const scheme = context.endpointV2?.properties?.authSchemes?.[0];
      // Other schemes than this one have tokens of their own.
      if (scheme?.name === 'sigv4' && host !== undefined && root.path.endsWith(`/${placeholder}`)) {
        const path = root.path.slice(0, -placeholder.length);
        const headers = { host, 'user-agent': userAgent };
        route = { root: Object.assign(root, { path }), headers, signer: await client.config.signer(scheme) };
      }
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: 'build', priority: 'low' },
  );
  await client.send(command);
  return route;
}

const metadataPrefix = 'x-amz-meta-';

const metadataOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(metadataPrefix))
      .map(([name, value]) => [name.slice(metadataPrefix.length), value]),
  );

function putHeaders(
  bytes: Uint8Array,
  { IfMatch, IfNoneMatch, Metadata = {}, ChecksumSHA256 }: PutOptions,
  checks: boolean,
): Headers {
  const crc = checks && ChecksumSHA256 === undefined ? crc32Of(bytes) : undefined;
  return {
    'content-length': `${bytes.length}`,
    'content-type': 'application/octet-stream',
    ...Object.fromEntries(Object.entries(Metadata).map(([name, value]) => [metadataPrefix + name, value])),
    ...(IfMatch !== undefined && { 'if-match': IfMatch }),
    ...(IfNoneMatch !== undefined && { 'if-none-match': IfNoneMatch }),
    ...(ChecksumSHA256 !== undefined && { 'x-amz-checksum-sha256': ChecksumSHA256 }),
    ...(crc !== undefined && { 'x-amz-checksum-crc32': crc }),
  };
}

function crc32Of(bytes: Uint8Array): string {
  const sum = Buffer.allocUnsafe(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** All bytes of a body; undefined if the connection broke. */
async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of body) pieces.push(piece);
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces);
}

const isComplete = (headers: Headers, bytes: Uint8Array): boolean =>
  headers['content-length'] === undefined || Number(headers['content-length']) === bytes.length;

/** Whether the bytes have the checksum that the reply tells. That of an object of several parts is none of its bytes. */
function isIntact(headers: Headers, bytes: Uint8Array): boolean {
  const told = (name: string) => headers[`x-amz-checksum-${name}`] ?? '-';
  const [sha256, crc] = [told('sha256'), told('crc32')];
  return (sha256.includes('-') || sha256 === sha256Of(bytes)) && (crc.includes('-') || crc === crc32Of(bytes));
}

function partOf({ headers }: Reply) {
  const length = headers['content-length'];
  return {
    ETag: headers.etag,
    ContentRange: headers['content-range'],
    ContentLength: length === undefined ? undefined : Number(length),
  };
}

/** A plain answer, as the SDK would throw it. */
const refusal = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

/** As a component of a path that is signed: RFC 3986 has more reserved characters than URLs of JavaScript. */
const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
