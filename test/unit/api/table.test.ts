/** The table is data, and consistent in itself. */
import { describe, expect, it } from 'vitest';
import { bodies } from '../../../lib/api/bodies.ts';
import { rowsOf } from '../../../lib/api/derive.ts';
import { errors } from '../../../lib/api/errors.ts';
import { failuresOf } from '../../../lib/api/failures.ts';
import { type Format, formats } from '../../../lib/api/formats.ts';
import { pathParameters, queryParameters, requestHeaders, responseHeaders } from '../../../lib/api/parameters.ts';
import { anywhere, noRoute, routes } from '../../../lib/api/routes.ts';
import { leastTime } from '../../support/least-time.ts';

const rows = rowsOf(routes);
const lists = routes.flatMap((route) =>
  route.methods.map(({ method, requests }) => [`${method} ${route.path}`, requests] as const),
);

describe('the table', () => {
  it('is data and nothing else', () => {
    expect(JSON.parse(JSON.stringify(routes))).toEqual(routes);
  });

  it.each(lists)('has a last request for %s that takes whatever is left', (_, requests) => {
    const last = requests.at(-1);
    const when = last && 'when' in last ? last.when : undefined;
    // A path parameter is either a digest or a tag, told by its colon; where both are there, nothing is left.
    const formatsOf = requests.map((request) =>
      'when' in request && 'format' in request.when ? request.when.format : undefined,
    );
    const narrowed = requests.length === 1 && formatsOf[0] !== undefined;
    expect(when === undefined || narrowed || (formatsOf.includes('digest') && formatsOf.includes('tag'))).toBe(true);
    expect(requests.slice(0, -1).every((request) => 'when' in request)).toBe(true);
  });

  it('tells the use cases of one operation apart', () => {
    const names = rows.map(({ request: { operation, use } }) => `${operation} ${use}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('describes nothing that no row uses', () => {
    const used = new Set(
      rows.flatMap(({ route, request }) => [
        ...Object.keys(request.query ?? {}),
        ...Object.keys(request.headers ?? {}),
        ...route.path.split(/[{}]/),
      ]),
    );
    expect(
      [...Object.keys(pathParameters), ...Object.keys(queryParameters), ...Object.keys(requestHeaders)].filter(
        (name) => !used.has(name),
      ),
    ).toEqual([]);
  });

  it('describes no reply header that no reply has', () => {
    const replies = rows.flatMap((row) => [...row.request.successes, ...failuresOf(row)]);
    const codes = Object.values(errors).flatMap((error) => ('headers' in error ? error.headers : []));
    const used = new Set<string>([...replies.flatMap(({ headers }) => Object.keys(headers ?? {})), ...codes, 'Allow']);
    expect(Object.entries(responseHeaders).filter(([name, header]) => !('always' in header) && !used.has(name))).toEqual([]);
  });

  it('names every error code somewhere', () => {
    const codes = [
      ...rows.flatMap(failuresOf),
      ...anywhere.map((row) => (typeof row === 'string' ? { code: row } : row)),
      noRoute,
    ].map(({ code }) => code);
    expect(Object.keys(errors).filter((code) => !codes.includes(code as keyof typeof errors))).toEqual([]);
  });

  it('gives error codes only headers that it describes', () => {
    const named = Object.values(errors).flatMap((error): readonly string[] => ('headers' in error ? error.headers : []));
    expect(named.filter((name) => !(name in responseHeaders))).toEqual([]);
  });
});

describe('formats', () => {
  it.each(Object.entries<Format<unknown>>(formats))('%s reads its own example, and its pattern fits it', (_, format) => {
    expect(format.example).toMatch(new RegExp(format.pattern));
    expect(new RegExp(format.pattern, 'u').test(format.example) && new RegExp(format.pattern, 'v').test(format.example)).toBe(
      true,
    );
    if (format.read) expect(format.read(format.example)).not.toBeUndefined();
  });

  it.each([
    [
      'name',
      ['a', 'a/b', 'a.b', 'a_b', 'a__b', 'a--b', 'a---b', '0', 'a'.repeat(255)],
      ['', 'A', '-a', 'a-', 'a..b', 'a___b', 'a_-b', 'a//b', '/a', 'a/', '_a', 'a b', 'ä', 'a'.repeat(256), 'a\n'],
    ],
    ['tag', ['a', 'V1', '_', '1.2-3_4', 'a'.repeat(128)], ['', '.a', '-a', 'a:b', 'a/b', 'a'.repeat(129), 'a\n', 'ä']],
    [
      'digest',
      [`sha256:${'0'.repeat(64)}`, `sha384:${'a'.repeat(96)}`, `sha512:${'f'.repeat(128)}`],
      [
        '',
        'sha256:',
        `sha256:${'0'.repeat(63)}`,
        `sha256:${'0'.repeat(65)}`,
        `sha256:${'A'.repeat(64)}`,
        `sha512:${'0'.repeat(64)}`,
        `md5:${'0'.repeat(32)}`,
        `sha256:${'0'.repeat(64)}\n`,
        '0'.repeat(64),
      ],
    ],
    [
      'blobDigest',
      [`sha256:${'0'.repeat(64)}`, ...['', '.v1', '.dev'].map((version) => `tarsum${version}+sha256:${'f'.repeat(64)}`)],
      [
        '',
        'tarsum',
        `tarsum.+sha256:${'f'.repeat(64)}`,
        `tarsum.v2+sha256:${'f'.repeat(64)}`,
        `tarsumZv1+sha256:${'f'.repeat(64)}`,
        `xtarsum.v1+sha256:${'f'.repeat(64)}`,
        `tarsum.v1+sha256:${'F'.repeat(64)}`,
        `tarsum.v1+sha256:${'f'.repeat(63)}`,
        `tarsum.v1+md5:${'f'.repeat(32)}`,
        `tarsum.v1+sha256:${'f'.repeat(64)}!!`,
      ],
    ],
    [
      'uploadId',
      ['7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e'],
      ['', 'x', '../7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e', '7C1F9B0E-6D0B-4E0C-9A51-0F6F7F3A3F5E'],
    ],
    [
      'mediaType',
      ['a/b', 'application/vnd.oci.image.manifest.v1+json', 'a/b; charset=utf-8', ' a/b '],
      ['', 'a', 'a/', '/b', 'a/b/c', 'a b/c', 'a/b\r\nX: y', `a/${'b'.repeat(255)}`],
    ],
    ['pageSize', ['0', '1', '007', '99999999999999999999'], ['', '-1', '1.5', 'x', '1 ', '+1', '0x1']],
  ] as const)('%s takes what it should, and nothing else', (name, good, bad) => {
    const { read }: Format<unknown> = formats[name];
    expect(good.filter((text) => read?.(text) === undefined)).toEqual([]);
    expect(bad.filter((text) => read?.(text) !== undefined)).toEqual([]);
  });

  it('refuse a hostile name at once, however long it is', () => {
    for (const text of ['a'.repeat(16_000), 'a-'.repeat(8_000), `${'a/'.repeat(8_000)}!`, `${'a.'.repeat(8_000)}!`])
      expect(leastTime(() => formats.name.read(text))).toBeLessThan(15);
  });
});

describe('bodies', () => {
  it.each(Object.entries(bodies))('%s has an example that survives JSON', (_, { example }) => {
    expect(JSON.parse(JSON.stringify(example))).toEqual(example);
  });
});
