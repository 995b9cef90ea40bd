/**
 * Calls of single objects past the SDK's middleware, which takes most of a millisecond of each. Endpoint, credentials, signatures and
 * connections are the client's. A call that neither succeeds nor has a plain answer is repeated by the SDK, which knows what errors
 * mean and when to try again.
 */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { now, sleep } from '../../lib/timers.ts';
import { crc32Of, isIntact } from './checksums.ts';
import { asLaterAttempt } from './faults.ts';
import type { ByteStream, ObjectCalls, ObjectPart, PutOptions } from './object-calls.ts';
import { NotPlain, requestPlainly } from './own-connections.ts';

type Headers = Readonly<Record<string, string>>;
type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;
type Signable = Parameters<Signer['sign']>[0] & Parameters<S3Client['config']['requestHandler']['handle']>[0];

/** How requests for the objects of a bucket look, and what signs them. */
interface Route {
  /** A request for the object of the empty key, which is not signed. */
  readonly root: Signable;
  readonly sign: (request: Signable) => Promise<Signable>;
}

interface Reply {
  readonly statusCode: number;
  readonly headers: Headers;
  readonly body: ByteStream;
}

type WholeReply = Reply & { readonly bytes: Buffer };

/** Sends a request that was signed. */
type Handle = (request: Signable) => Promise<Reply>;

const placeholder = 'key';
/** From how many bytes on a body is worth a connection of its own. */
const muchBytes = 1024 * 1024;
/** How long calls are left to the SDK after one that failed: as long as a request may take. */
const restMs = 30_000;
/** How long a call that failed waits at most before the SDK repeats it: of those that a store throttles at once, each its own time. */
const backoffMs = 200;
/** Statuses of replies about an object, where nothing is wrong with the store: missing, conflict, condition failed, range outside. */
const ofObject = [404, 409, 412, 416];

/**
 * The calls of the objects of a bucket, past the middleware of the client, which has to be one of the driver's own. `calls` are those by
 * the same client. With `ownConnections`, large bodies over plain HTTP come past the client's request handler, too.
 */
export function createFastPath(
  client: S3Client,
  bucket: string,
  prefix: string,
  calls: ObjectCalls,
  ownConnections = false,
): ObjectCalls {
  let route: Promise<Route> | undefined;
  let restsUntilMs = 0;
  /** Whether the store's replies are plain, as far as is known. */
  let isPlain = ownConnections;

  const handle: Handle = async (request) => (await client.config.requestHandler.handle(request)).response as Reply;

  async function handleMuch(request: Signable): Promise<Reply> {
    if (!isPlain || request.protocol !== 'http:') return handle(request);
    try {
      return await requestPlainly(request);
    } catch (error) {
      if (!(error instanceof NotPlain)) throw error;
      isPlain = false;
      return handle(request);
    }
  }

  async function send(method: string, key: string, headers: Headers, body?: Uint8Array, handleBy = handle): Promise<Reply> {
    route ??= routeTo(client, bucket);
    const { root, sign } = await route;
    const path = root.path + (prefix + key).split('/').map(encodeSegment).join('/');
    const request = { ...root, method, path, headers: { ...root.headers, ...headers }, ...(body && { body }) };
    return handleBy(await sign(request));
  }

  /**
   * What is taken from the reply. Undefined: the SDK is to be asked. Where anything else than the object is in the way (an outage,
   * throttling, a refusal, a reply that is not understood), the SDK makes all calls for a while: it backs off, waits for a silent store
   * no longer than it should, follows to another region, finds the clock, and no call is made twice for ever.
   */
  async function ask<Taken>(
    take: (reply: Reply) => Promise<Taken | undefined>,
    ...request: Parameters<typeof send>
  ): Promise<Taken | undefined> {
    if (now() < restsUntilMs) return undefined;
    try {
      const reply = await send(...request);
      const taken = await take(reply);
      if (taken !== undefined || ofObject.includes(reply.statusCode)) return taken;
    } catch {
      // What is wrong, the SDK meets as well, or finds it gone.
    }
    route = undefined;
    restsUntilMs = now() + restMs;
    await sleep(Math.random() * backoffMs);
    return undefined;
  }

  return {
    head: async (key) => {
      // A reply without a length has no object behind it.
      const isPlain = ({ statusCode, headers }: Reply) =>
        statusCode === 404 || (statusCode === 200 && headers['content-length'] !== undefined);
      const reply = await ask(whole(isPlain), 'HEAD', key, {});
      if (!reply) return calls.head(key);
      if (reply.statusCode === 404) throw refusal('NotFound', 404);
      return { ETag: reply.headers.etag, ContentLength: lengthOf(reply), Metadata: metadataOf(reply.headers) };
    },

    read: async (key, range) => {
      const validates = (await client.config.responseChecksumValidation()) === 'WHEN_SUPPORTED';
      const headers = { ...(validates && { 'x-amz-checksum-mode': 'ENABLED' }), ...(range !== undefined && { range }) };
      const isPlain = (reply: WholeReply) =>
        reply.statusCode === 404
          ? reply.bytes.includes('<Code>NoSuchKey</Code>')
          : hasBytes(reply) && isComplete(reply) && (!validates || isIntact(reply.headers, reply.bytes));
      const reply = await ask(whole(isPlain), 'GET', key, headers);
      if (!reply) return calls.read(key, range);
      if (reply.statusCode === 404) throw refusal('NoSuchKey', 404);
      return { ...partOf(reply), bytes: reply.bytes };
    },

    stream: async (key, range, length) => {
      const take = async (reply: Reply) => (hasBytes(reply) ? reply : void (await gather(reply.body)));
      const reply = await ask(take, 'GET', key, { range }, undefined, length < muchBytes ? handle : handleMuch);
      return reply ? { ...partOf(reply), bytes: reply.body } : calls.stream(key, range, length);
    },

    put: async (key, bytes, options = {}) => {
      const checks = (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
      // While calls rest none is sent, and what is said of the object is an answer.
      let isAnswered = now() < restsUntilMs;
      const take = async (reply: Reply) => {
        const taken = await whole(isDoneOr412)(reply);
        isAnswered = ofObject.includes(reply.statusCode);
        return taken;
      };
      const reply = await ask(take, 'PUT', key, putHeaders(bytes, options, checks), bytes);
      if (!reply) {
        const repeated = calls.put(key, bytes, options);
        return isAnswered ? repeated : repeated.catch(rethrowAsLater);
      }
      if (reply.statusCode === 412) throw refusal('PreconditionFailed', 412);
      return reply.headers.etag;
    },

    delete: async (key, etag) => {
      const reply = await ask(whole(isDoneOr412), 'DELETE', key, etag === undefined ? {} : { 'if-match': etag });
      if (reply?.statusCode === 412) throw refusal('PreconditionFailed', 412);
      return reply ?? calls.delete(key, etag);
    },
  };
}

/** All bytes of a body. That of an error is read as well, so that its connection serves again. */
async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Takes a reply with all its bytes, if it is plain. */
function whole(isPlain: (reply: WholeReply) => boolean): (reply: Reply) => Promise<WholeReply | undefined> {
  return async (reply) => {
    const read = { ...reply, bytes: await gather(reply.body) };
    return isPlain(read) ? read : undefined;
  };
}

/** How the client would ask for an object: what it makes of a command is taken before it is signed and sent. */
async function routeTo(client: S3Client, bucket: string): Promise<Route> {
  let route: Route | undefined;
  const command = new HeadObjectCommand({ Bucket: bucket, Key: placeholder });
  command.middlewareStack.add(
    (_next, context) => async (asked) => {
      const root = asked.request as Signable;
      const { host, 'user-agent': userAgent = '' } = root.headers;
      const scheme = context.endpointV2?.properties?.authSchemes?.[0];
      // Other schemes than this one have tokens of their own.
      if (scheme?.name === 'sigv4' && host !== undefined && root.path.endsWith(`/${placeholder}`)) {
        const signer = await client.config.signer(scheme);
        const sign = async (request: Signable) => {
          const signingDate = new Date(Date.now() + client.config.systemClockOffset);
          return (await signer.sign(request, { signingDate })) as Signable;
        };
        const path = root.path.slice(0, -placeholder.length);
        route = { root: Object.assign(root, { path, headers: { host, 'user-agent': userAgent } }), sign };
      }
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: 'build', priority: 'low' },
  );
  await client.send(command);
  if (!route) throw new Error('requests to this bucket are not signed with a key alone');
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

const hasBytes = ({ statusCode }: Reply): boolean => statusCode === 200 || statusCode === 206;

const lengthOf = ({ headers }: Reply): number | undefined =>
  headers['content-length'] === undefined ? undefined : Number(headers['content-length']);

const isComplete = (reply: WholeReply): boolean => (lengthOf(reply) ?? reply.bytes.length) === reply.bytes.length;

/** Whether a change was made, and the reply that began as a success does not end as an error; or a condition was not met. */
const isDoneOr412 = ({ statusCode, bytes }: WholeReply): boolean =>
  statusCode === 412 || ((statusCode === 200 || statusCode === 204) && !bytes.includes('</Error>'));

const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

const partOf = (reply: Reply): ObjectPart => ({
  ETag: reply.headers.etag,
  LastModified: timeOf(reply.headers['last-modified']),
  ContentRange: reply.headers['content-range'],
  ContentLength: lengthOf(reply),
});

/** A plain answer, as the SDK would throw it. */
const refusal = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

/** Throws an error of the SDK as that of a later attempt, after one of our own. */
const rethrowAsLater = (error: unknown): never => {
  throw error instanceof Error ? asLaterAttempt(error) : error;
};

/** As a component of a path that is signed: RFC 3986 has more reserved characters than URLs of JavaScript. */
const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
