/** Descriptors that come back from a storage. */
import { expect, it } from 'vitest';
import { readDescriptor } from '../../../lib/index.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const least = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 0 };
const most = { ...least, size: Number.MAX_SAFE_INTEGER, artifactType: '\0\ud800', annotations: { '': '\0', a: '\udc00' } };

it.each([least, most, { ...least, annotations: {} }, { ...least, artifactType: '' }])('%j is read', (descriptor) => {
  expect(readDescriptor(JSON.stringify(descriptor))).toEqual(descriptor);
});

it('a descriptor keeps annotations that are named like what objects inherit, and gives nothing to others', () => {
  const text = `{"mediaType":"text/plain","digest":"${digest}","size":1,"annotations":{"__proto__":"own"}}`;
  expect(JSON.stringify(readDescriptor(text))).toBe(text);
  expect(({} as Record<string, unknown>).own).toBeUndefined();
});

it('members that no descriptor has are left out', () => {
  expect(readDescriptor(JSON.stringify({ ...least, data: 'e30=', urls: [] }))).toEqual(least);
});

it.each([
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '{}',
  ...[
    { ...least, mediaType: undefined },
    { ...least, digest: 'sha256:0' },
    { ...least, digest: `md5:${'0'.repeat(64)}` },
    { ...least, size: -1 },
    { ...least, size: 0.5 },
    { ...least, size: 2 ** 53 },
    { ...least, size: '1' },
    { ...least, artifactType: null },
    { ...least, annotations: ['a'] },
    { ...least, annotations: { a: 1 } },
    { ...least, annotations: null },
  ].map((value) => JSON.stringify(value)),
])('%s is none', (text) => {
  expect(readDescriptor(text)).toBeUndefined();
});
