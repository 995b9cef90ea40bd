import type { Exchange } from './exchange.ts';
import { blob, digest, image, imageType, manifest, step } from './given.ts';

const tagged = (repo: string, ...tags: string[]) => [
  blob(repo, '{}'),
  blob(repo, 'layer'),
  ...tags.map((tag) =>
    step('PUT', `/v2/${repo}/manifests/${tag}`, { status: 201 }, { body: image(), headers: { 'Content-Type': imageType } }),
  ),
];

/** The exchanges about tags and lists of tags. */
export const tags: readonly Exchange[] = [
  {
    name: 'Tags come in byte order, and those that differ only by case are two',
    steps: [
      ...tagged('a/b', 'v1', 'V1', 'latest', '_', '10', '9'),
      step('GET', '/v2/a/b/tags/list', {
        status: 200,
        body: { name: 'a/b', tags: ['10', '9', 'V1', '_', 'latest', 'v1'] },
        headers: { Link: null },
      }),
      step('HEAD', '/v2/a/b/tags/list', { status: 200 }),
    ],
  },
  {
    name: 'Tags come in pages; the last entry of the page before need not exist',
    steps: [
      ...tagged('a', '1', '2', '3'),
      step('GET', '/v2/a/tags/list?n=2', {
        status: 200,
        body: { name: 'a', tags: ['1', '2'] },
        headers: { Link: '</v2/a/tags/list?n=2&last=2>; rel="next"' },
      }),
      step('GET', '/v2/a/tags/list?n=2&last=2', { status: 200, body: { name: 'a', tags: ['3'] }, headers: { Link: null } }),
      step('GET', '/v2/a/tags/list?last=15', { status: 200, body: { name: 'a', tags: ['2', '3'] } }),
      step('GET', '/v2/a/tags/list?n=3', { status: 200, body: { name: 'a', tags: ['1', '2', '3'] }, headers: { Link: null } }),
      step('GET', '/v2/a/tags/list?n=0', { status: 200, body: { name: 'a', tags: [] }, headers: { Link: null } }),
      step('GET', '/v2/a/tags/list?last=', { status: 200, body: { name: 'a', tags: ['1', '2', '3'] } }),
    ],
  },
  {
    name: 'A page without n ends at the limit and links on',
    options: { limits: { tagsPerPage: 2 } },
    steps: [
      ...tagged('a', '1', '2', '3'),
      step('GET', '/v2/a/tags/list', {
        status: 200,
        body: { name: 'a', tags: ['1', '2'] },
        headers: { Link: '</v2/a/tags/list?last=2>; rel="next"' },
      }),
      step('GET', '/v2/a/tags/list?n=99999999999999999999', { status: 200, body: { name: 'a', tags: ['1', '2'] } }),
    ],
  },
  {
    name: 'A repository without tags has an empty list; one that does not exist has none',
    steps: [
      blob('a', 'content'),
      step('GET', '/v2/a/tags/list', { status: 200, body: { name: 'a', tags: [] } }),
      step('GET', '/v2/b/tags/list', {
        status: 404,
        code: 'NAME_UNKNOWN',
        message: /there is no repository b/,
        detail: { name: 'b' },
      }),
    ],
  },
  {
    name: 'Deleting a tag leaves its manifest; the tag is gone at once',
    steps: [
      ...tagged('a', '1', '2'),
      step('DELETE', '/v2/a/manifests/1', { status: 202 }),
      step('GET', '/v2/a/tags/list', { status: 200, body: { name: 'a', tags: ['2'] } }),
      step('GET', '/v2/a/manifests/1', {
        status: 404,
        code: 'MANIFEST_UNKNOWN',
        message: /the repository a has no tag 1/,
        detail: { name: 'a', reference: '1' },
      }),
      step('GET', `/v2/a/manifests/${digest(image())}`, { status: 200 }),
      step('DELETE', '/v2/a/manifests/1', { status: 404, code: 'MANIFEST_UNKNOWN', message: /the repository a has no tag 1/ }),
    ],
  },
  {
    name: 'Deleting a manifest takes all its tags and no others',
    steps: [
      ...tagged('a', '1', '2'),
      ...manifest('a', 'other', image({ annotations: { other: 'yes' } })),
      step('DELETE', `/v2/a/manifests/${digest(image())}`, { status: 202 }),
      step('GET', '/v2/a/tags/list', { status: 200, body: { name: 'a', tags: ['other'] } }),
      step('GET', '/v2/a/manifests/2', { status: 404, code: 'MANIFEST_UNKNOWN' }),
      step('DELETE', `/v2/a/manifests/${digest(image())}`, {
        status: 404,
        code: 'MANIFEST_UNKNOWN',
        message: /the repository a has no manifest sha256:/,
      }),
    ],
  },
  {
    name: 'A tag moves to the manifest that was pushed last',
    steps: [
      ...tagged('a', '1'),
      ...manifest('a', '1', image({ annotations: { other: 'yes' } })),
      step('GET', '/v2/a/manifests/1', { status: 200, body: image({ annotations: { other: 'yes' } }) }),
    ],
  },
];
