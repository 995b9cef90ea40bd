import { formats } from '../../api/formats.ts';
import type { Exchange, Sent, Step } from './exchange.ts';
import { absent, blob, digest, image, imageType, step } from './given.ts';

const first = image();
const second = image({ annotations: { second: 'yes' } });
const third = image({ annotations: { third: 'yes' } });
const put = (reference: string, content: string, expect: Step['expect'], headers: Sent['headers'] = {}) =>
  step('PUT', `/v2/a/manifests/${reference}`, expect, { body: content, headers: { 'Content-Type': imageType, ...headers } });
const tag = (reference: string, expect: Step['expect'], headers: Sent['headers']) =>
  step('DELETE', `/v2/a/manifests/${reference}`, expect, headers ? { headers } : {});
const pointsAt = (content: string) => step('GET', '/v2/a/manifests/latest', { status: 200, body: content });
const quoted = (content: string) => `"${digest(content)}"`;
/** The refusal by a condition, where this content is there now. */
const failed = (header: 'If-Match' | 'If-None-Match', current?: string): Step['expect'] => ({
  status: 412,
  code: 'DENIED',
  message: new RegExp(`precondition failed: ${current === undefined ? 'nothing is stored' : 'the current digest'}.* ${header}$`),
  detail: { reason: 'precondition', header, current: current === undefined ? null : digest(current) },
});
/** The refusal of a condition that cannot be read. */
const unreadable = (header: 'If-Match' | 'If-None-Match'): Step['expect'] => ({
  status: 412,
  code: 'DENIED',
  message: new RegExp(`precondition failed: ${header} cannot be read`),
  detail: { reason: 'malformed', header, expected: formats.entityTags.expected },
});
/** The refusal to move a tag that may not be moved from this content. */
const moved = (tag: string, current: string): Step['expect'] => ({
  status: 403,
  code: 'DENIED',
  message: new RegExp(`the tag ${tag} is immutable and points at ${digest(current)}`),
  detail: { reason: 'immutable-tag', tag, current: digest(current) },
});
const blobsThere = [blob('a', '{}'), blob('a', 'layer')];

/** The exchanges about conditional writes of manifests and tags. */
export const conditions: readonly Exchange[] = [
  {
    name: 'A tag is set only if there is none',
    steps: [
      ...blobsThere,
      put('latest', first, { status: 201 }, { 'If-None-Match': '*' }),
      put('latest', second, failed('If-None-Match', first), { 'If-None-Match': '*' }),
      put('latest', first, failed('If-None-Match', first), { 'If-None-Match': '*' }),
      pointsAt(first),
      step('GET', `/v2/a/manifests/${digest(second)}`, { status: 404, code: 'MANIFEST_UNKNOWN' }),
    ],
  },
  {
    name: 'A tag is moved only from where the client thinks that it points',
    steps: [
      ...blobsThere,
      put('latest', first, failed('If-Match'), { 'If-Match': '*' }),
      put('latest', first, { status: 201 }),
      put('latest', second, failed('If-Match', first), { 'If-Match': quoted(third) }),
      put('latest', second, { status: 201 }, { 'If-Match': quoted(first) }),
      put('latest', third, failed('If-Match', second), { 'If-Match': quoted(first) }),
      put('latest', third, failed('If-None-Match', second), { 'If-None-Match': quoted(second) }),
      put('latest', third, failed('If-Match', second), { 'If-Match': quoted(first), 'If-None-Match': quoted(second) }),
      pointsAt(second),
      put('latest', third, { status: 201 }, { 'If-Match': '*' }),
      pointsAt(third),
    ],
  },
  {
    name: 'A tag is deleted only from where the client thinks that it points',
    steps: [
      ...blobsThere,
      put('latest', first, { status: 201 }),
      tag('latest', failed('If-Match', first), { 'If-Match': quoted(second) }),
      tag('latest', failed('If-None-Match', first), { 'If-None-Match': '*' }),
      pointsAt(first),
      tag('latest', { status: 202 }, { 'If-Match': quoted(first) }),
      tag('latest', { status: 404, code: 'MANIFEST_UNKNOWN' }, { 'If-Match': '*' }),
    ],
  },
  {
    name: 'A manifest under its digest is pushed and deleted on condition, too',
    steps: [
      ...blobsThere,
      put(digest(first), first, failed('If-Match'), { 'If-Match': '*' }),
      put(digest(first), first, { status: 201 }, { 'If-None-Match': '*' }),
      put(digest(first), first, failed('If-None-Match', first), { 'If-None-Match': '*' }),
      put(digest(first), first, { status: 201 }, { 'If-Match': quoted(first) }),
      tag(digest(first), failed('If-Match', first), { 'If-Match': `"${absent}"` }),
      tag(digest(first), failed('If-None-Match', first), { 'If-None-Match': '*' }),
      tag(digest(first), { status: 202 }, { 'If-Match': quoted(first) }),
    ],
  },
  {
    name: 'A condition beside tags in the query is refused, as it would guard none of them',
    steps: [
      ...blobsThere,
      put('latest', first, { status: 201 }),
      ...Object.entries({ 'If-Match': quoted(second), 'If-None-Match': '*' }).map(([header, text]) =>
        put(
          `${digest(second)}?tag=latest`,
          second,
          { status: 400, code: 'UNSUPPORTED', message: /push by tag/, detail: { reason: 'condition-beside-tags' } },
          { [header]: text },
        ),
      ),
      step('GET', `/v2/a/manifests/${digest(second)}`, { status: 404, code: 'MANIFEST_UNKNOWN' }),
      pointsAt(first),
      put(digest(second), second, { status: 201 }, { 'If-None-Match': '*' }),
      put('latest', second, { status: 201 }, { 'If-Match': quoted(first) }),
      pointsAt(second),
    ],
  },
  {
    name: 'A condition that cannot be read lets no write through, and is nothing to a read',
    steps: [
      ...blobsThere,
      put('latest', first, { status: 201 }),
      ...(['If-Match', 'If-None-Match'] as const).flatMap((header) =>
        ['', 'garbage', '*, "x"', '"x", *', `"${digest(first)}`].flatMap((text) => [
          put('latest', second, unreadable(header), { [header]: text }),
          put(digest(second), second, unreadable(header), { [header]: text }),
          put(digest(first), first, unreadable(header), { [header]: text }),
          put('other', first, unreadable(header), { [header]: text }),
          tag('latest', unreadable(header), { [header]: text }),
          tag(digest(first), unreadable(header), { [header]: text }),
          step('GET', '/v2/a/manifests/latest', { status: 200, body: first }, { headers: { [header]: text } }),
          step('HEAD', `/v2/a/manifests/${digest(first)}`, { status: 200 }, { headers: { [header]: text } }),
          step('GET', `/v2/a/blobs/${digest('layer')}`, { status: 200, body: 'layer' }, { headers: { [header]: text } }),
        ]),
      ),
      step('GET', '/v2/a/tags/list', { status: 200, body: { name: 'a', tags: ['latest'] } }),
      step('GET', `/v2/a/manifests/${digest(second)}`, { status: 404, code: 'MANIFEST_UNKNOWN' }),
    ],
  },
  {
    name: 'A tag that may not be moved stays where it is; the same manifest again is no change',
    options: { immutableTags: true },
    steps: [
      ...blobsThere,
      put('latest', first, { status: 201 }),
      put('latest', second, moved('latest', first)),
      put('latest', first, { status: 201 }),
      put(`${digest(second)}?tag=other&tag=latest`, second, moved('latest', first)),
      step('GET', '/v2/a/tags/list', { status: 200, body: { name: 'a', tags: ['latest'] } }),
      pointsAt(first),
    ],
  },
  {
    name: 'Which tags may not be moved is a question of repository and tag',
    options: { immutableTags: (repository, name) => repository === 'a' && name !== 'latest' },
    steps: [
      ...blobsThere,
      put('latest', first, { status: 201 }),
      put('latest', second, { status: 201 }),
      put('1.0', first, { status: 201 }),
      put('1.0', second, moved('1.0', first)),
      tag('1.0', { status: 202 }, undefined),
      put('1.0', second, { status: 201 }),
    ],
  },
];
