import { overrideDriver } from '../override-driver.ts';
import type { Exchange } from './exchange.ts';
import { absent, blob, digest, step } from './given.ts';

const content = 'The quick brown fox jumps over the lazy dog';
const path = `/v2/a/blobs/${digest(content)}`;
const part = (range: string, body: string, contentRange: string) =>
  step(
    'GET',
    path,
    { status: 206, body, headers: { 'Content-Range': contentRange, 'Content-Length': String(body.length) } },
    { headers: { Range: range } },
  );
/** A reply with several parts: a range and its bytes for each. */
const parts = (range: string, expected: readonly (readonly [string, string])[]) => {
  const boundary = digest(content).slice('sha256:'.length);
  const each = expected.map(
    ([span, bytes]) =>
      `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${span}/43\r\n\r\n${bytes}\r\n`,
  );
  const body = `${each.join('')}--${boundary}--\r\n`;
  const headers = {
    'Content-Type': `multipart/byteranges; boundary=${boundary}`,
    'Content-Length': String(body.length),
    'Content-Range': null,
  };
  return step('GET', path, { status: 206, body, headers }, { headers: { Range: range } });
};
const whole = (headers: Record<string, string>) =>
  step('GET', path, { status: 200, body: content, headers: { 'Content-Range': null } }, { headers });
const outside = (given: string) =>
  step(
    'GET',
    path,
    {
      status: 416,
      code: 'SIZE_INVALID',
      headers: { 'Content-Range': 'bytes */43' },
      message: /no byte of the blob, which has 43 bytes/,
      detail: { reason: 'range-outside', size: 43, given: given.slice(0, 255) },
    },
    { headers: { Range: given } },
  );

/** The exchanges about blobs that are read and deleted. */
export const blobs: readonly Exchange[] = [
  {
    name: 'A blob comes back whole, with its digest, in each algorithm',
    steps: (['sha256', 'sha384', 'sha512'] as const).flatMap((algorithm) => {
      const known = digest(content, algorithm);
      const headers = {
        'Docker-Content-Digest': known,
        ETag: `"${known}"`,
        'Content-Length': '43',
        'Content-Type': 'application/octet-stream',
      };
      return [
        blob('a', content, algorithm),
        step('GET', `/v2/a/blobs/${known}`, {
          status: 200,
          body: content,
          headers: { ...headers, 'Cache-Control': 'max-age=31536000, immutable' },
        }),
        step('HEAD', `/v2/a/blobs/${known}`, { status: 200, body: '', headers }),
        step('GET', `/v2/a/blobs/${known.replace(':', '%3A')}`, {
          status: 308,
          headers: { Location: `/v2/a/blobs/${known}` },
        }),
      ];
    }),
  },
  {
    name: 'An empty blob is a blob',
    steps: [
      blob('a', ''),
      step('GET', `/v2/a/blobs/${digest('')}`, { status: 200, body: '', headers: { 'Content-Length': '0' } }),
      step('HEAD', `/v2/a/blobs/${digest('')}`, { status: 200, headers: { 'Content-Length': '0' } }),
      step(
        'GET',
        `/v2/a/blobs/${digest('')}`,
        { status: 416, code: 'SIZE_INVALID', headers: { 'Content-Range': 'bytes */0' } },
        { headers: { Range: 'bytes=0-0' } },
      ),
    ],
  },
  {
    name: 'A part of a blob comes as 206',
    steps: [
      blob('a', content),
      part('bytes=0-2', 'The', 'bytes 0-2/43'),
      part('bytes=40-', 'dog', 'bytes 40-42/43'),
      part('bytes=-3', 'dog', 'bytes 40-42/43'),
      part('bytes=40-1000', 'dog', 'bytes 40-42/43'),
      part('bytes=-1000', content, 'bytes 0-42/43'),
      part('bytes=0-', content, 'bytes 0-42/43'),
    ],
  },
  {
    name: 'A range outside the blob is 416 with its size',
    steps: [
      blob('a', content),
      ...['bytes=43-', 'bytes=500-0', 'bytes=5-4', 'bytes=-0', `bytes=${'9'.repeat(249)}-`].map(outside),
    ],
  },
  {
    name: 'Several ranges come as 206 with several parts, in the order in which they were asked for',
    steps: [
      blob('a', content),
      parts('bytes=0-2,40-42', [
        ['0-2', 'The'],
        ['40-42', 'dog'],
      ]),
      parts('bytes=-3, 4-8 ,,\t0-0', [
        ['40-42', 'dog'],
        ['4-8', 'quick'],
        ['0-0', 'T'],
      ]),
      parts(
        `bytes=${Array.from({ length: 22 }, (_, n) => `${2 * n}-${2 * n}`).join()}`,
        Array.from({ length: 22 }, (_, n) => [`${2 * n}-${2 * n}`, content[2 * n] ?? '']),
      ),
      step(
        'GET',
        path,
        { status: 206, headers: { 'Content-Type': /^multipart/ } },
        { headers: { Range: 'bytes=0-0,2-2', 'If-Range': `"${digest(content)}"` } },
      ),
      whole({ Range: 'bytes=0-0,2-2', 'If-Range': '"other"' }),
    ],
  },
  {
    name: 'Ranges that touch or overlap are one, and those outside the blob are left out',
    steps: [
      blob('a', content),
      part('bytes=0-1,2-2', 'The', 'bytes 0-2/43'),
      part('bytes=40-,0-42', content, 'bytes 0-42/43'),
      part('bytes=2-2,0-1,1-2,0-0', 'The', 'bytes 0-2/43'),
      part('bytes=0-2,43-50,-0,7-5', 'The', 'bytes 0-2/43'),
      parts('bytes=40-41,0-1,42-,2-2,100-', [
        ['40-42', 'dog'],
        ['0-2', 'The'],
      ]),
      outside('bytes=43-,50-60,-0'),
    ],
  },
  {
    name: 'More parts than one reply has, one malformed range among several, another unit and a Range on HEAD get the whole',
    steps: [
      blob('a', 'x'.repeat(200)),
      ...[64, 65].map((count) =>
        step(
          'GET',
          `/v2/a/blobs/${digest('x'.repeat(200))}`,
          { status: count > 64 ? 200 : 206 },
          { headers: { Range: `bytes=${Array.from({ length: count }, (_, n) => `${2 * n}-${2 * n}`).join()}` } },
        ),
      ),
      blob('a', content),
      whole({ Range: 'bytes=0-1,x,3-4' }),
      whole({ Range: 'bytes=0-1,3' }),
      whole({ Range: 'bytes=,' }),
      whole({ Range: 'lines=0-1,3-4' }),
      whole({ Range: 'lines=0-1' }),
      whole({ Range: 'bytes=x-1' }),
      whole({ Range: 'bytes=-' }),
      step(
        'HEAD',
        path,
        { status: 200, headers: { 'Content-Length': '43', 'Content-Range': null } },
        { headers: { Range: 'bytes=0-1' } },
      ),
      step('HEAD', path, { status: 200, headers: { 'Content-Length': '43' } }, { headers: { Range: 'bytes=0-1,3-4' } }),
    ],
  },
  {
    name: 'If-Range decides whether the part is sent',
    steps: [
      blob('a', content),
      step('GET', path, { status: 206, body: 'The' }, { headers: { Range: 'bytes=0-2', 'If-Range': `"${digest(content)}"` } }),
      whole({ Range: 'bytes=0-2', 'If-Range': '"other"' }),
      whole({ Range: 'bytes=0-2', 'If-Range': `W/"${digest(content)}"` }),
    ],
  },
  {
    name: 'A client that has the blob is told so',
    steps: [
      blob('a', content),
      ...[`"${digest(content)}"`, `"other", W/"${digest(content)}"`, '*'].flatMap((known) => [
        step('GET', path, { status: 304, headers: { ETag: `"${digest(content)}"` } }, { headers: { 'If-None-Match': known } }),
        step('HEAD', path, { status: 304 }, { headers: { 'If-None-Match': known } }),
      ]),
      whole({ 'If-None-Match': '"other"' }),
    ],
  },
  {
    name: 'A blob that is not there is 404',
    steps: [
      step('GET', `/v2/a/blobs/${absent}`, {
        status: 404,
        code: 'BLOB_UNKNOWN',
        message: /the repository a does not hold the blob sha256:/,
        detail: { digest: absent },
      }),
      step('HEAD', `/v2/a/blobs/${absent}`, { status: 404, body: '' }),
      step('DELETE', `/v2/a/blobs/${absent}`, { status: 404, code: 'BLOB_UNKNOWN' }),
    ],
  },
  {
    name: 'A repository serves only the blobs that it holds itself',
    steps: [blob('a', content), step('GET', `/v2/b/blobs/${digest(content)}`, { status: 404, code: 'BLOB_UNKNOWN' })],
  },
  {
    name: 'Deleting a blob takes it from one repository only',
    steps: [
      blob('a', content),
      blob('b', content),
      step('DELETE', path, { status: 202 }),
      step('GET', path, { status: 404, code: 'BLOB_UNKNOWN' }),
      step('GET', `/v2/b/blobs/${digest(content)}`, { status: 200, body: content }),
      step('DELETE', path, { status: 404, code: 'BLOB_UNKNOWN' }),
    ],
  },
  {
    name: 'Where deletion is off, the method is not there',
    options: { deletes: false },
    steps: [
      blob('a', content),
      step('DELETE', path, { status: 405, code: 'UNSUPPORTED', headers: { Allow: 'GET, HEAD' } }),
      step('DELETE', `/v2/a/manifests/${absent}`, { status: 405, code: 'UNSUPPORTED' }),
      step('DELETE', '/v2/a/manifests/latest', { status: 405, code: 'UNSUPPORTED', headers: { Allow: 'GET, HEAD, PUT' } }),
      step('GET', path, { status: 200 }),
    ],
  },
  {
    name: 'A storage that serves blobs itself is redirected to, on GET only',
    over: (driver) =>
      overrideDriver(driver, {
        blobs: {
          get: async (repo, known) => {
            const found = await driver.blobs.get(repo, known);
            const url = async () => 'http://127.0.0.1:1/there?signature=x';
            return found && { size: found.size, open: (range) => found.open(range), url };
          },
        },
      }),
    steps: [
      blob('a', content),
      step('GET', path, { status: 307, headers: { Location: 'http://127.0.0.1:1/there?signature=x' } }),
      step('HEAD', path, { status: 200, headers: { Location: null, 'Content-Length': '43' } }),
    ],
  },
  {
    name: 'A client that goes where the storage serves a blob itself gets it there, whole',
    needs: ['blob.url'],
    steps: [
      blob('a', content),
      step('GET', path, { status: 200, body: content }, { follow: true }),
      step('HEAD', path, { status: 200, headers: { 'Content-Length': '43' } }),
    ],
  },
  {
    name: 'A blob that goes away between look-up and opening is 404',
    over: (driver) =>
      overrideDriver(driver, {
        blobs: {
          get: async (repo, known) => (await driver.blobs.get(repo, known)) && { size: 43, open: async () => undefined },
        },
      }),
    steps: [
      blob('a', content),
      step('GET', path, { status: 404, code: 'BLOB_UNKNOWN', message: /deleted during this request/ }),
      step('GET', path, { status: 404, code: 'BLOB_UNKNOWN' }, { headers: { Range: 'bytes=0-1,3-4' } }),
    ],
  },
];
