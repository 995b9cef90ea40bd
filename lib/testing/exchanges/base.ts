import type { Exchange, Expected } from './exchange.ts';
import { step } from './given.ts';

const tooManyHeaders: Expected = {
  status: 431,
  code: 'UNSUPPORTED',
  detail: { reason: 'too-many-headers', limit: 1_000 },
  headers: { Connection: 'close' },
};

/**
 * So many headers. Clients send `Connection` beside, and with a POST the length: 1,000 in all, after which Node drops what follows.
 * Newer ones refuse by themselves what has more.
 */
const headers = (count: number): Readonly<Record<string, string>> =>
  // The host comes first: Node misses it where it was dropped.
  ({ Host: 'x', ...Object.fromEntries(Array.from({ length: count - 1 }, (_, number) => [`a${number}`, ''])) });

/** The exchanges about `/v2/` and about paths that are no route. */
export const base: readonly Exchange[] = [
  {
    name: 'The base says that the registry is there, with and without its slash',
    driverless: true,
    steps: [
      step('GET', '/v2/', { status: 200, body: {}, headers: { 'Content-Type': 'application/json', 'Content-Length': '2' } }),
      step('GET', '/v2', { status: 200, body: {} }),
      step('HEAD', '/v2/', { status: 200, headers: { 'Content-Length': '2' } }),
    ],
  },
  {
    name: 'A path that the API does not have is 404 with the errors JSON',
    driverless: true,
    steps: [
      step('GET', '/v2/nothing', { status: 404, code: 'UNSUPPORTED' }),
      step('GET', '/v2/a/manifests', { status: 404, code: 'UNSUPPORTED' }),
      step('GET', '/v2/tags/list', { status: 404, code: 'UNSUPPORTED' }),
      step('GET', '/elsewhere', { status: 404, code: 'UNSUPPORTED' }),
      step('GET', '//v2/', { status: 404, code: 'UNSUPPORTED' }),
    ],
  },
  {
    name: 'A request that could be read in two ways is refused before anybody asks where it goes',
    driverless: true,
    steps: ['/v2/a/blobs/uploads/', '/v2/nothing'].map((path) =>
      step(
        'POST',
        path,
        { status: 400, code: 'UNSUPPORTED', headers: { Connection: 'close' } },
        { body: 'x', chunked: true, headers: { 'Transfer-Encoding': 'gzip, chunked' } },
      ),
    ),
  },
  {
    name: 'A request with so many headers that some may be lost is refused before anything else',
    driverless: true,
    steps: ['/v2/', '/v2/nothing', '/v2/a/blobs/uploads/'].flatMap((path) => [
      step('GET', path, tooManyHeaders, { headers: headers(999) }),
      step('POST', path, tooManyHeaders, { headers: headers(998) }),
    ]),
  },
  {
    name: 'Escapes that no path needs lead to the plain path, with the query as it came, and change nothing',
    steps: [
      ...['GET', 'HEAD'].flatMap((method) =>
        [
          ['/v2/library%2Falpine/tags/list?n=1&last=%61', '/v2/library/alpine/tags/list?n=1&last=%61'],
          ['/v2/%70rivate/manifests/lates%74', '/v2/private/manifests/latest'],
          ['/v2/a%2Ftags%2Flist', '/v2/a/tags/list'],
          ['/v2/%5Fcatalog', '/v2/_catalog'],
          ['/v2/%61/tags/list?last=//evil.example', '/v2/a/tags/list?last=//evil.example'],
        ].map(([path = '', Location = '']) =>
          step(method, path, { status: 308, body: '', headers: { Location, 'Content-Length': '0', 'Content-Type': null } }),
        ),
      ),
      step('POST', '/v2/%61/blobs/uploads/', {
        status: 400,
        code: 'UNSUPPORTED',
        message: /escapes/,
        detail: { reason: 'escaped-path', expected: '/v2/a/blobs/uploads/', given: '/v2/%61/blobs/uploads/' },
      }),
      step('POST', '/v2/%61/tags/list', { status: 405, code: 'UNSUPPORTED', headers: { Allow: 'GET, HEAD' } }),
      step('GET', '/v2/%61/tags/list', { status: 308 }),
      step('GET', '/v2/a/tags/list', { status: 404, code: 'NAME_UNKNOWN' }),
    ],
  },
  {
    name: 'Names that try to climb are refused as names, and never looked up',
    steps: [
      step('GET', '/v2/a/../b/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/%2e%2e/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/a%2f%2e%2e%2fb/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/%2561/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('PUT', '/v2/%2f%2fb/manifests/latest', { status: 400, code: 'NAME_INVALID' }, { body: '{}' }),
      step('GET', '/v2/a%00b/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/a%zzb/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/a//b/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2//tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', `/v2/${'a'.repeat(256)}/tags/list`, { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/constructor/tags/list', { status: 404, code: 'NAME_UNKNOWN' }),
    ],
  },
];
