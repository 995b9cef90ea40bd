/** The router finds routes by paths, and URLs lead back to them. */
import { describe, expect, it } from 'vitest';
import type { RepositoryName } from '../../../lib/api/formats.ts';
import { formats } from '../../../lib/api/formats.ts';
import { routes } from '../../../lib/api/routes.ts';
import { compile, decodeText } from '../../../lib/routing/router.ts';
import { createUrlBuilder } from '../../../lib/routing/url.ts';
import { leastTime } from '../../support/least-time.ts';

const match = compile(routes);
const found = (path: string) => {
  const result = match(path);
  return result && [result.route.name, result.path];
};
const id = '7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';

describe('the router', () => {
  it.each([
    ['/v2/', 'base', {}],
    ['/v2', 'base', {}],
    ['/v2/_catalog', 'catalog', {}],
    ['/v2/foo/bar/tags/list', 'tags', { name: 'foo/bar' }],
    ['/v2/foo/bar/manifests/tag', 'manifest', { name: 'foo/bar', reference: 'tag' }],
    ['/v2/foo/bar/manifests/manifests/tags', 'manifest', { name: 'foo/bar/manifests', reference: 'tags' }],
    ['/v2/foo/bar/manifests/tags/list', 'tags', { name: 'foo/bar/manifests' }],
    ['/v2/foo/blobs/sha256:00', 'blob', { name: 'foo', digest: 'sha256:00' }],
    ['/v2/foo/blobs/sha256%3A00', 'blob', { name: 'foo', digest: 'sha256:00' }],
    ['/v2/foo/blobs/uploads', 'uploads', { name: 'foo' }],
    ['/v2/foo/blobs/uploads/', 'uploads', { name: 'foo' }],
    [`/v2/foo/blobs/uploads/${id}`, 'upload', { name: 'foo', upload: id }],
    ['/v2/a/blobs/uploads/tags/list', 'tags', { name: 'a/blobs/uploads' }],
    ['/v2/a/blobs/uploads/blobs/uploads/x', 'upload', { name: 'a/blobs/uploads', upload: 'x' }],
    ['/v2/blobs/uploads/blobs/uploads/', 'uploads', { name: 'blobs/uploads' }],
    ['/v2/v2/manifests/v2', 'manifest', { name: 'v2', reference: 'v2' }],
    ['/v2/foo/referrers/sha256:00', 'referrers', { name: 'foo', digest: 'sha256:00' }],
    ['/v2//tags/list', 'tags', { name: '' }],
    ['/v2/a/manifests/', 'manifest', { name: 'a', reference: '' }],
    ['/v2/a%2Fb/tags/list', 'tags', { name: 'a%2Fb' }],
    ['/v2/a%zz/tags/list', 'tags', { name: 'a%zz' }],
    ['/v2/__proto__/tags/list', 'tags', { name: '__proto__' }],
  ])('finds %s', (path, name, parameters) => {
    expect(found(path)).toEqual([name, parameters]);
  });

  it.each([
    '',
    '/',
    '/v',
    '/v2x',
    '/v1/',
    '/v2/tags/list',
    '/v2/manifests/a',
    '/v2/_catalog/',
    '/v2/a/tags/list/',
    '/v2/a/tags',
    '/v2/a/TAGS/list',
    '/v2/a/%74ags/list',
    '//v2/',
    '/x/v2/a/tags/list',
    '/v2/blobs/uploads/',
  ])('finds nothing at %j', (path) => {
    expect(found(path)).toBeUndefined();
  });

  it('is quick with a long and hostile path', () => {
    for (const part of ['/', 'blobs/uploads/', 'tags/list/', 'manifests/', '%2f'])
      expect(leastTime(() => found(`/v2/${part.repeat(16_000)}`))).toBeLessThan(20);
  });
});

describe('a URL', () => {
  it('begins with its base and escapes its query', () => {
    const path = { name: formats.name.read('a/b') as RepositoryName };
    expect(createUrlBuilder('/registry')('tags', path, { n: 2, last: 'a+b&c', after: undefined })).toBe(
      '/registry/v2/a/b/tags/list?n=2&last=a%2Bb%26c',
    );
    expect(createUrlBuilder('https://example.com')('uploads', path)).toBe('https://example.com/v2/a/b/blobs/uploads/');
  });
});

describe('percent escapes', () => {
  it('are decoded once, unless they are malformed', () => {
    expect(['a%3Ab', '%2561', '%zz', '%ff', '%'].map(decodeText)).toEqual(['a:b', '%61', undefined, undefined, undefined]);
  });
});
