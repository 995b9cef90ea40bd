/** Requests that fit no row of the table, and values that fit no format: each refusal says what is wrong, for people and for programs. */
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../lib/api/derive.ts';
import { isRegistryError } from '../../../lib/api/errors.ts';
import { formats } from '../../../lib/api/formats.ts';
import { routes } from '../../../lib/api/routes.ts';
import { parse } from '../../../lib/routing/parse.ts';
import { createRouter, type RequestHead } from '../../../lib/routing/router.ts';

const router = createRouter(rowsOf(routes));

/** The first error that a request is refused with. */
function refusalOf(method: string, target: string, headers: Readonly<Record<string, string>> = {}) {
  const [path = '', query = ''] = target.split('?');
  const head: RequestHead = { method, path, query, hasBody: true, header: (name) => headers[name] };
  try {
    parse(router.match(head), head);
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    const [{ code, message, detail } = expect.fail('an error has an entry')] = error.entries;
    return { status: error.status, code, message, detail };
  }
  return expect.fail('the request was not refused');
}

describe('a refusal says of', () => {
  it('a path that is no route, which path', () => {
    const detail = { reason: 'no-route', given: '/v2/nothing' };
    expect(refusalOf('GET', '/v2/nothing')).toMatchObject({ status: 404, code: 'UNSUPPORTED', detail });
  });

  it('a method that a route does not have, which methods it has', () => {
    expect(refusalOf('PUT', '/v2/a/tags/list')).toMatchObject({
      status: 405,
      message: 'the path has no such method; it has GET, HEAD',
      detail: { reason: 'no-method', expected: ['GET', 'HEAD'], given: 'PUT' },
    });
  });

  it.each([
    ['malformed', 'GET', '/v2/a/tags/list?n=x', { parameter: 'n', expected: formats.pageSize.expected, given: 'x' }],
    ['malformed', 'GET', '/v2/A/tags/list', { parameter: 'name', expected: formats.name.expected, given: 'A' }],
    ['malformed', 'GET', '/v2/a/tags/list?last=%zz', { parameter: 'last', expected: formats.marker.expected }],
    ['repeated', 'GET', '/v2/a/tags/list?n=1&n=2', { parameter: 'n', expected: formats.pageSize.expected }],
    [
      'missing',
      'PUT',
      '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e',
      { parameter: 'digest', expected: formats.blobDigest.expected },
    ],
  ])('a value that is %s, of which parameter, and what it should be: %s %s', (reason, method, target, detail) => {
    expect(refusalOf(method, target).detail).toEqual({ reason, ...detail });
  });

  it('a header that is malformed the same, and what to send instead', () => {
    expect(refusalOf('PUT', '/v2/a/manifests/latest', { 'Content-Encoding': 'gzip' })).toMatchObject({
      status: 415,
      message: 'Content-Encoding must be left out, or identity: content has to be sent without a coding',
      detail: { reason: 'malformed', parameter: 'Content-Encoding', expected: formats.identity.expected, given: 'gzip' },
    });
  });

  it('a long text no more than its beginning', () => {
    for (const target of [
      `/v2/a/tags/list?n=${'x'.repeat(5_000)}`,
      `/v2/${'x'.repeat(5_000)}`,
      `/v2/${'x/'.repeat(5_000)}tags/list`,
    ])
      expect(JSON.stringify(refusalOf('GET', target)).length).toBeLessThan(1_000);
  });
});
