import { describe, expect, it } from 'vitest';
import { isApi, locate } from '../../lib/target.ts';

describe('a request target', () => {
  it.each([
    ['a plain server', { url: '/v2/a/tags/list?n=1' }, undefined, { prefix: '', path: '/v2/a/tags/list', query: 'n=1' }],
    ['a router at the root', { url: '/v2/', originalUrl: '/v2/' }, undefined, { prefix: '', path: '/v2/', query: '' }],
    [
      'a router at a prefix',
      { url: '/v2/?a=b', originalUrl: '/registry/v2/?a=b' },
      undefined,
      { prefix: '/registry', path: '/v2/', query: 'a=b' },
    ],
    [
      'a router at the API itself',
      { url: '/a/tags/list', originalUrl: '/v2/a/tags/list' },
      undefined,
      { prefix: '', path: '/v2/a/tags/list', query: '' },
    ],
    [
      'a router at the API itself, asked without a slash',
      { url: '/', originalUrl: '/v2' },
      undefined,
      { prefix: '', path: '/v2/', query: '' },
    ],
    [
      'a router at the API below a prefix',
      { url: '/', originalUrl: '/x/v2/' },
      undefined,
      { prefix: '/x', path: '/v2/', query: '' },
    ],
    [
      'a router at a prefix, asked without a slash',
      { url: '/', originalUrl: '/registry' },
      undefined,
      { prefix: '/registry', path: '/', query: '' },
    ],
    [
      'a repository that is called v2',
      { url: '/v2/v2/tags/list', originalUrl: '/v2/v2/tags/list' },
      undefined,
      { prefix: '', path: '/v2/v2/tags/list', query: '' },
    ],
    [
      'a server that rewrote the path',
      { url: '/v2/a/tags/list', originalUrl: '/other' },
      undefined,
      { prefix: '', path: '/v2/a/tags/list', query: '' },
    ],
    [
      'a mount path that was not taken off',
      { url: '/registry/v2/' },
      '/registry',
      { prefix: '/registry', path: '/v2/', query: '' },
    ],
    [
      'a mount path that was taken off silently',
      { url: '/v2/?n=1' },
      '/registry',
      { prefix: '/registry', path: '/v2/', query: 'n=1' },
    ],
    [
      'the API as a mount path that was taken off silently',
      { url: '/a/tags/list' },
      '/v2',
      { prefix: '', path: '/v2/a/tags/list', query: '' },
    ],
    ['a fragment', { url: '/v2/#?x' }, undefined, { prefix: '', path: '/v2/', query: '' }],
    ['a path with a host in it', { url: '//evil/v2/' }, undefined, { prefix: '', path: '//evil/v2/', query: '' }],
    ['dots, left as they came', { url: '/v2/../x' }, undefined, { prefix: '', path: '/v2/../x', query: '' }],
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
