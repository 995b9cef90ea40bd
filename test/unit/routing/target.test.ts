/** Request targets: the path and query of each, and whether it is of the API. */
import { describe, expect, it } from 'vitest';
import { isApi, locate } from '../../../lib/routing/target.ts';

describe('a request target', () => {
  it.each([
    ['a plain server', { url: '/v2/a/tags/list?n=1' }, undefined, { mountPath: '', path: '/v2/a/tags/list', query: 'n=1' }],
    ['a router at the root', { url: '/v2/', originalUrl: '/v2/' }, undefined, { mountPath: '', path: '/v2/', query: '' }],
    [
      'a router at a prefix',
      { url: '/v2/?a=b', originalUrl: '/registry/v2/?a=b' },
      undefined,
      { mountPath: '/registry', path: '/v2/', query: 'a=b' },
    ],
    [
      'a router at the API itself',
      { url: '/a/tags/list', originalUrl: '/v2/a/tags/list' },
      undefined,
      { mountPath: '', path: '/v2/a/tags/list', query: '' },
    ],
    [
      'a router at the API itself, asked without a slash',
      { url: '/', originalUrl: '/v2' },
      undefined,
      { mountPath: '', path: '/v2/', query: '' },
    ],
    [
      'a router at the API below a prefix',
      { url: '/', originalUrl: '/x/v2/' },
      undefined,
      { mountPath: '/x', path: '/v2/', query: '' },
    ],
    [
      'a router at a prefix, asked without a slash',
      { url: '/', originalUrl: '/registry' },
      undefined,
      { mountPath: '/registry', path: '/', query: '' },
    ],
    [
      'a repository that is called v2',
      { url: '/v2/v2/tags/list', originalUrl: '/v2/v2/tags/list' },
      undefined,
      { mountPath: '', path: '/v2/v2/tags/list', query: '' },
    ],
    [
      'a server that rewrote the path',
      { url: '/v2/a/tags/list', originalUrl: '/other' },
      undefined,
      { mountPath: '', path: '/v2/a/tags/list', query: '' },
    ],
    [
      'a wildcard that took off the whole path',
      { url: '/?n=1', originalUrl: '/v2/a/tags/list?n=1', baseUrl: '/v2/a/tags/list' },
      undefined,
      { mountPath: '', path: '/v2/a/tags/list', query: 'n=1' },
    ],
    [
      'a wildcard that took off the whole path and its last slash, and says no more of it',
      { url: '/', originalUrl: '/v2/a/blobs/uploads/?mount=x' },
      undefined,
      { mountPath: '', path: '/v2/a/blobs/uploads/', query: 'mount=x' },
    ],
    [
      'a parameter that took off a name',
      { url: '/tags/list', originalUrl: '/v2/a/tags/list', baseUrl: '/v2/a' },
      undefined,
      { mountPath: '', path: '/v2/a/tags/list', query: '' },
    ],
    [
      'a wildcard, asked for what is outside of the API',
      { url: '/', originalUrl: '//evil/v2/a/tags/list', baseUrl: '//evil/v2/a/tags/list' },
      undefined,
      { mountPath: '/evil/v2/a/tags/list', path: '/', query: '' },
    ],
    [
      'a server that led the path away from the API',
      { url: '/denied', originalUrl: '/v2/secret/tags/list' },
      undefined,
      { mountPath: '', path: '/denied', query: '' },
    ],
    [
      'a server that led the path to the root of others, and took off nothing',
      { url: '/', originalUrl: '/v2/secret/tags/list', baseUrl: '' },
      undefined,
      { mountPath: '/v2/secret/tags/list', path: '/', query: '' },
    ],
    [
      'the root as a mount path, of which a wildcard left nothing',
      { url: '/', originalUrl: '/v2/a/tags/list' },
      '',
      { mountPath: '', path: '/v2/a/tags/list', query: '' },
    ],
    [
      'the root as a mount path, on a server that took off nothing and says another path',
      { url: '/', originalUrl: '/v2/a/tags/list', baseUrl: '' },
      '',
      { mountPath: '', path: '/v2/a/tags/list', query: '' },
    ],
    ['the root as a mount path', { url: '/v2/?n=1' }, '', { mountPath: '', path: '/v2/', query: 'n=1' }],
    [
      'a prefix that would be another host in a URL',
      { url: '/v2/', originalUrl: '//evil/v2/' },
      undefined,
      { mountPath: '/evil', path: '/v2/', query: '' },
    ],
    [
      'a mount path that was not taken off',
      { url: '/registry/v2/' },
      '/registry',
      { mountPath: '/registry', path: '/v2/', query: '' },
    ],
    [
      'a mount path that was taken off silently',
      { url: '/v2/?n=1' },
      '/registry',
      { mountPath: '/registry', path: '/v2/', query: 'n=1' },
    ],
    [
      'the API as a mount path that was taken off silently',
      { url: '/a/tags/list' },
      '/v2',
      { mountPath: '', path: '/v2/a/tags/list', query: '' },
    ],
    ['a fragment', { url: '/v2/#?x' }, undefined, { mountPath: '', path: '/v2/', query: '' }],
    ['a path with a host in it', { url: '//evil/v2/' }, undefined, { mountPath: '', path: '//evil/v2/', query: '' }],
    ['a proxy', { url: 'http://evil:1/v2/?n=1' }, undefined, { mountPath: '', path: '/v2/', query: 'n=1' }],
    ['a proxy, in capitals', { url: 'HTTPS://user@evil/v2/' }, undefined, { mountPath: '', path: '/v2/', query: '' }],
    ['a proxy, without a path', { url: 'http://evil?n=1' }, undefined, { mountPath: '', path: '/', query: 'n=1' }],
    [
      'a proxy, with a second URL for a path',
      { url: 'http://evil/http://x/v2/' },
      undefined,
      { mountPath: '', path: '/http://x/v2/', query: '' },
    ],
    [
      'a proxy, to a router at a prefix',
      { url: 'http://evil/v2/', originalUrl: 'http://evil/registry/v2/' },
      undefined,
      { mountPath: '/registry', path: '/v2/', query: '' },
    ],
    ['a proxy for something else', { url: 'ftp://evil/v2/' }, undefined, { mountPath: '', path: 'ftp://evil/v2/', query: '' }],
    ['dots, left as they came', { url: '/v2/../x' }, undefined, { mountPath: '', path: '/v2/../x', query: '' }],
  ])('of %s', (_, raw, mountPath, expected) => {
    expect(locate(raw, mountPath)).toEqual(expected);
  });

  it('is of the API from /v2 on, and only there', () => {
    expect(['/v2', '/v2/', '/v2/x', '/v2x', '/v1/', '/', '', '/x/v2/'].map(isApi)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
