/** Whatever a store replies, calls past the SDK's middleware come to what the SDK alone would have made of it. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, vi } from 'vitest';
import { createFastPath } from '../../../drivers/s3/fast-path.ts';
import { createObjectCalls } from '../../../drivers/s3/object-calls.ts';
import { createStore, type Store } from '../../../drivers/s3/store.ts';
import { isStorageFault } from '../../../lib/driver.ts';
import { listen } from '../../support/server.ts';

type Answer = (response: ServerResponse, message: IncomingMessage) => unknown;
/** Undefined leaves one of the usual headers out. */
type Headers = Readonly<Record<string, string | undefined>>;
type Call = (store: Store) => Promise<unknown>;

const content = Buffer.from('content');
const etag = '"e"';
const crc = Buffer.alloc(4);
crc.writeUInt32BE(crc32(content));
const sumOf = (algorithm: string) => createHash(algorithm).update(content).digest('base64');
const errorDocument = (code: string) => `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;

const reply =
  (status: number, headers: Headers = {}, body: string | Buffer = ''): Answer =>
  (response, { method }) => {
    const all = Object.entries({ etag, 'content-length': `${Buffer.byteLength(body)}`, ...headers });
    response.writeHead(status, Object.fromEntries(all.filter(([, value]) => value !== undefined)));
    response.end(method === 'HEAD' ? undefined : body);
  };
const error = (status: number, code: string): Answer => reply(status, {}, errorDocument(code));
/** A reply whose connection ends before its body does. */
const broken =
  (status: number, headers: Record<string, string>, sent: string | Buffer): Answer =>
  (response) => {
    response.writeHead(status, headers);
    response.write(sent, () => response.socket?.destroy());
  };
/** A reply of which nothing comes after these bytes. */
const stalled =
  (status: number, headers: Record<string, string>, sent: string): Answer =>
  (response) => {
    response.writeHead(status, headers);
    response.write(sent);
  };

/** What was found, with its bytes as text: they may come as any kind of array. */
const asText = (found: { readonly bytes: Uint8Array } | undefined) => found && { ...found, bytes: `${Buffer.from(found.bytes)}` };

const calls = {
  read: async (store) => asText(await store.read('a')),
  readStart: async (store) => asText(await store.readStart('a', 3)),
  size: (store) => store.size('a'),
  write: (store) => store.write('a', content),
  delete: (store) => store.delete('a'),
  'delete this': (store) => store.delete('a', etag),
  stream: async (store) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of (await store.stream('a', { first: 0, last: 6 })) ?? []) pieces.push(piece);
    return `${Buffer.concat(pieces)}`;
  },
} satisfies Record<string, Call>;
type CallName = keyof typeof calls;
const reads: CallName[] = ['read', 'readStart'];
const all = Object.keys(calls) as CallName[];

const whole = reply(200, {}, content);
const plain: Answer = (response, message) =>
  (message.method === 'PUT' ? reply(200) : message.method === 'DELETE' ? reply(204) : whole)(response, message);

/** What replies there are to which calls; `after` follows the first reply. */
const replies: Record<string, { readonly to: readonly CallName[]; readonly first: Answer; readonly after?: Answer }> = {
  'a plain answer': { to: all, first: plain },
  'no such key': { to: all, first: error(404, 'NoSuchKey') },
  'no such bucket': { to: all, first: error(404, 'NoSuchBucket') },
  'a 404 of something else': { to: all, first: reply(404, {}, 'Not found') },
  'a failed condition': { to: all, first: error(412, 'PreconditionFailed') },
  'a conflict that passes': { to: all, first: error(409, 'ConditionalRequestConflict'), after: plain },
  'no byte of the range': { to: all, first: error(416, 'InvalidRange') },
  throttling: { to: all, first: error(503, 'SlowDown'), after: plain },
  'an internal error': { to: all, first: error(500, 'InternalError'), after: plain },
  'a refusal': { to: all, first: error(403, 'AccessDenied') },
  'an error that is not implemented': { to: all, first: error(501, 'NotImplemented') },
  'another region': { to: all, first: reply(301, { 'x-amz-bucket-region': 'eu-west-1' }, errorDocument('PermanentRedirect')) },
  'a redirection': { to: all, first: reply(307, { location: '/elsewhere' }, errorDocument('TemporaryRedirect')) },
  'no content': { to: all, first: reply(204) },
  'an error in a 200': { to: ['write', 'delete', 'delete this'], first: error(200, 'InternalError'), after: plain },
  'an error in every 200': { to: ['write', 'delete', 'delete this'], first: error(200, 'InternalError') },
  'a 200 that breaks off': {
    to: [...reads, 'stream', 'write', 'delete'],
    first: broken(200, { etag, 'content-length': '700' }, 'con'),
    after: plain,
  },
  'chunks that break off': {
    to: [...reads, 'write', 'delete'],
    first: broken(200, { etag, 'transfer-encoding': 'chunked' }, 'con'),
    after: plain,
  },
  chunks: { to: [...reads, 'size'], first: reply(200, { 'content-length': undefined }, content) },
  'a body that stalls': { to: [...reads, 'stream'], first: stalled(200, { etag, 'content-length': '7' }, 'con'), after: plain },
  'no connection': { to: all, first: (response) => response.socket?.destroy(), after: plain },
  'no entity tag': { to: all, first: reply(200, { etag: undefined }, content) },
  'a range': {
    to: [...reads, 'stream'],
    first: reply(206, { 'content-range': 'bytes 0-6/9' }, content),
  },
  'no bytes': { to: [...reads, 'size', 'stream'], first: reply(200) },
  'a right CRC-32': { to: reads, first: reply(200, { 'x-amz-checksum-crc32': crc.toString('base64') }, content) },
  'a right SHA-256': { to: reads, first: reply(200, { 'x-amz-checksum-sha256': sumOf('sha256') }, content) },
  'a right SHA-1': { to: reads, first: reply(200, { 'x-amz-checksum-sha1': sumOf('sha1') }, content) },
  'a checksum of parts': {
    to: reads,
    first: reply(200, { 'x-amz-checksum-crc32': 'AAAAAA==-2', 'x-amz-checksum-type': 'COMPOSITE' }, content),
  },
  'an unknown checksum': { to: reads, first: reply(200, { 'x-amz-checksum-of-tomorrow': 'AAAA' }, content) },
  ...Object.fromEntries(
    [
      'x-amz-checksum-crc32',
      'x-amz-checksum-crc32c',
      'x-amz-checksum-crc64nvme',
      'x-amz-checksum-sha1',
      'x-amz-checksum-sha256',
      'content-md5',
    ].map((name) => [`a wrong ${name}`, { to: reads, first: reply(200, { [name]: 'AAAAAA==' }, content), after: plain }]),
  ),
  'an encoding': { to: [...reads, 'size', 'stream'], first: reply(200, { 'content-encoding': 'gzip' }, content) },
};

const clientOf = (endpoint: string): S3Client =>
  new S3Client({
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    requestHandler: { socketTimeout: 2000 },
  });

/** What a call comes to, with how many requests. */
async function outcomeOf(
  kind: 'fast' | 'SDK',
  name: CallName,
  first: Answer,
  after: Answer,
): Promise<{ outcome: unknown; requests: number }> {
  let requests = 0;
  await using server = await listen((message, response) => {
    message.resume();
    message.on('end', () => (requests++ === 0 ? first : after)(response, message));
  });
  const client = clientOf(server.origin);
  const sdk = createObjectCalls(client, 'bucket', '');
  const store = createStore(client, 'bucket', '', kind === 'fast' ? createFastPath(client, 'bucket', '', sdk) : sdk);
  try {
    return { outcome: await calls[name](store), requests };
  } catch (fault) {
    return { outcome: isStorageFault(fault) ? `${fault.kind}: ${fault.message}` : fault, requests };
  } finally {
    client.destroy();
  }
}

describe.concurrent('past the SDK, it comes to the same', () => {
  for (const [told, { to, first, after = first }] of Object.entries(replies)) {
    it.each(to)(`after ${told}: %s`, async (name) => {
      const [fast, sdk] = await Promise.all([outcomeOf('fast', name, first, after), outcomeOf('SDK', name, first, after)]);
      expect(fast.outcome).toEqual(sdk.outcome);
      expect(fast.requests).toBeLessThanOrEqual(sdk.requests + 1);
    });
  }
});

describe('connections past the SDK', () => {
  it('serve again after a refusal, and are closed by streams that are left', async () => {
    let opened = 0;
    await using server = await listen((message, response) => {
      const first = message.url?.endsWith('/left')
        ? stalled(200, { etag, 'content-length': '7' }, 'con')
        : error(message.method === 'PUT' ? 412 : message.headers.range === undefined ? 404 : 416, 'NoSuchKey');
      message.resume().on('end', () => first(response, message));
    });
    server.server.on('connection', () => opened++);
    const client = clientOf(server.origin);
    const sdk = createObjectCalls(client, 'bucket', '');
    const objects = createFastPath(client, 'bucket', '', sdk);
    try {
      for (let round = 0; round < 5; round++) {
        await expect(objects.head('a')).rejects.toThrow();
        await expect(objects.read('a')).rejects.toThrow();
        await expect(objects.put('a', content)).rejects.toThrow();
        await expect(objects.stream('a', 'bytes=0-6', 7)).rejects.toThrow();
      }
      expect(opened).toBe(1);
      const left = await Promise.all([1, 2, 3].map(() => objects.stream('left', 'bytes=0-6', 7)));
      left[0]?.bytes.destroy();
      for (const { bytes } of left.slice(1)) for await (const _ of bytes) break;
      const count = promisify(server.server.getConnections.bind(server.server));
      await vi.waitFor(async () => expect(await count()).toBe(0), 2000);
    } finally {
      client.destroy();
    }
  });
});
