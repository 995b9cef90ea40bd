import type { Exchange } from './exchange.ts';
import { step } from './given.ts';

/** The exchanges about `/v2/` and about paths that are no route. */
export const base: readonly Exchange[] = [
  {
    name: 'The base says that the registry is there, with and without its slash',
    steps: [
      step('GET', '/v2/', { status: 200, body: {}, headers: { 'Content-Type': 'application/json', 'Content-Length': '2' } }),
      step('GET', '/v2', { status: 200, body: {} }),
      step('HEAD', '/v2/', { status: 200, headers: { 'Content-Length': '2' } }),
    ],
  },
  {
    name: 'A path that the API does not have is 404 with the errors JSON',
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
    name: 'Names that try to climb or hide a slash are refused as names, and never looked up',
    steps: [
      step('GET', '/v2/a/../b/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/%2e%2e/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/a%2fb/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/a%00b/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/a%zzb/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/a//b/tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2//tags/list', { status: 400, code: 'NAME_INVALID' }),
      step('GET', `/v2/${'a'.repeat(256)}/tags/list`, { status: 400, code: 'NAME_INVALID' }),
      step('GET', '/v2/constructor/tags/list', { status: 404, code: 'NAME_UNKNOWN' }),
    ],
  },
];
