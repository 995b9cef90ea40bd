/** Hostile names, tags, digests and upload ids, in every place that takes one. Add a value for each that was ever taken wrongly. */
import { across, type Place, type Row, zeros } from './requests.ts';

const octets = { headers: ['Content-Type: application/octet-stream'], body: 'hello' };

const inNames: readonly Place[] = [
  ['GET', '/v2/*/tags/list'],
  ['GET', '/v2/*/manifests/latest'],
  ['PUT', '/v2/*/manifests/latest', { body: '{}' }],
  ['DELETE', '/v2/*/manifests/latest'],
  ['GET', `/v2/*/blobs/sha256:${zeros}`],
  ['HEAD', `/v2/*/blobs/sha256:${zeros}`],
  ['POST', '/v2/*/blobs/uploads/'],
  ['PATCH', '/v2/*/blobs/uploads/{upload}', octets],
  ['GET', `/v2/*/referrers/sha256:${zeros}`],
];

const badNames = [
  ...[
    'Upper',
    'a/B',

    '%C3%A4',
    '..',
    '.',
    'a/..',
    '../a',
    'a/./b',
    '%2e%2e',
    '%2e%2e/a',
    '%2E%2E%2Fetc',
  ],
  ...['a//b', '/a', 'a/', '//', '_a', '-a', '.a', 'a_', 'a-', 'a.', 'a..b', 'a.-b', 'a___b', 'a_-b', '_uploads', '_catalog'],
  ...['a%00', 'a%00b', '%00', 'a%0d%0ab', 'a%20b', 'a+b', 'a~b', 'a:b', 'a%3Ab', 'a@b', 'a\\b', '..\\..', 'a%5cb', 'a%5c..%5cb'],
  ...[
    '%',
    '%z',
    '%zz',
    'a%',
    'a%ff',
    '%c0%ae%c0%ae',
    '%ed%a0%80',
    'a%u002e',
    'a;b',
    "a'b",
    'a"b',
    'a<b',
    'a|b',
    'a{b}',
    'a$b',
    'a*b',
  ],
  ...['C:', 'c:/windows', '~root', '$HOME', '{{a}}', '%F0%9F%92%A9', 'a%e2%80%8bb', 'a'.repeat(256), `${'a/'.repeat(128)}a`],
  ...[
    `${'a.'.repeat(4000)}`,
    `${'a-'.repeat(4000)}`,
    `${'-'.repeat(8000)}`,
    `${'_'.repeat(8000)}a`,
    '/'.repeat(4000),
    '../'.repeat(1000),
  ],
];

export const names = [
  ...across(badNames, inNames, { status: 400, code: 'NAME_INVALID' }),
  ...across(badNames, [['POST', `/v2/{repo}/blobs/uploads/?mount={blob}&from=*`]], { status: 202 }),
];

/** Names and digests that are good but for their escapes. */
const escapedNames = ['a%2Fb', 'a%2fb', '%61', '%61/%62', 'a%2Db', 'a%2db', 'a%2eb', '%61%62%63', 'a%2Fmanifests%2Fb'];
const escapedDigests = [
  ...[`sha256%3A${zeros}`, `sha256%3a${zeros}`, `%73ha256:${zeros}`, `sha256:%30${zeros.slice(1)}`],
  ...['tarsum', 'tarsum.v1', 'tarsum.dev'].map((kind) => `${kind}%2Bsha256:${zeros}`),
];
const isRead = ([method]: Place): boolean => method === 'GET' || method === 'HEAD';
const inDigests: readonly Place[] = [
  ['GET', '/v2/{repo}/blobs/*'],
  ['HEAD', '/v2/{repo}/blobs/*'],
  ['DELETE', '/v2/{repo}/blobs/*'],
  ['GET', '/v2/{repo}/referrers/*'],
];

/** Nothing is served under them: what reads is led to the plain path, what changes is refused. */
export const escaped = [
  ...across(escapedNames, inNames.filter(isRead), { status: 308 }),
  ...across(escapedDigests, inDigests.filter(isRead), { status: 308 }),
  ...across(
    escapedNames,
    inNames.filter((place) => !isRead(place)),
    { status: 400, code: 'UNSUPPORTED' },
  ),
  ...across(
    escapedDigests,
    inDigests.filter((place) => !isRead(place)),
    { status: 400, code: 'UNSUPPORTED' },
  ),
  ...across(
    [
      '%2561',
      'a%252Fb',
      '%252e%252e',
      'a%2f%2fb',
      'a%2F..%2Fb',
      '%2e%2e%2fb',
      '%2F%2Fevil.example',
      '%2fevil.example',
      'a%5c%5cevil',
    ],
    inNames,
    { status: 400, code: 'NAME_INVALID' },
  ),
];

/** Words of the API itself are names like any others. */
export const oddNames = [
  ...across(
    [
      ...[
        'blobs',
        'manifests',
        'tags',
        'tags/list',
        'uploads',
        'blobs/uploads',
        'a/blobs/uploads',
        'manifests/latest',
        'v2',
        'v2/v2',
      ],
      ...[
        'a/manifests/b',
        'referrers',
        'a__b',
        'a---b',
        '0',
        'a'.repeat(255),
        `${'a/'.repeat(127)}a`,
        'constructor',
        'hasownproperty',
        'nul',
        'con',
      ],
    ],
    [
      ['GET', '/v2/*/tags/list'],
      ['GET', '/v2/*/manifests/latest'],
      ['GET', `/v2/*/blobs/sha256:${zeros}`],
    ],
    { status: 404 },
  ),
  ...across(['constructor', 'tostring', 'a'.repeat(255)], [['GET', `/v2/*/referrers/sha256:${zeros}`]], { status: 200 }),
];

const badTags = [
  ...[
    '-a',
    '.a',
    '..',
    '.',
    '%2e%2e',
    'a%2Fb',
    '..%2f..%2fetc',
    'a%00',
    '%00',
    'a%0a',
    'a%20b',
    'a+b',
    'a~b',
    'a@b',
    'a\\b',
    'a%5cb',
  ],
  ...[
    '%C3%A4',
    '%zz',
    '%ff',
    'a%',
    'a'.repeat(129),
    'a'.repeat(8000),
    'a;b',
    'a,b',
    'a*',
    "a'b",
    'a"b',
    'a<b>',
    '{a}',
    'a|b',
    '~1',
    'a%e2%80%8b',
  ],
];

export const tags = [
  ...across(
    badTags,
    [
      ['GET', '/v2/{repo}/manifests/*'],
      ['PUT', '/v2/{repo}/manifests/*', { body: '{}' }],
      ['DELETE', '/v2/{repo}/manifests/*'],
      ['PUT', '/v2/{repo}/manifests/{manifest}?tag=*', { body: '{}' }],
      ['PUT', '/v2/{repo}/manifests/{manifest}?tag=fine&tag=*', { body: '{}' }],
    ],
    { status: 400, code: 'MANIFEST_INVALID' },
  ),
  ...across(
    ['Latest', 'LATEST', 'latest2', 'constructor', '__proto__', '_', 'a'.repeat(128), 'nul'],
    [['GET', '/v2/{repo}/manifests/*']],
    {
      status: 404,
      code: 'MANIFEST_UNKNOWN',
    },
  ),
];

const badDigests = [
  ...[
    'sha256:',
    'sha256:zz',
    `sha256:${zeros.slice(1)}`,
    `sha256:${zeros}0`,
    `SHA256:${zeros}`,
    `sha256:${'A'.repeat(64)}`,
    `md5:${'0'.repeat(32)}`,
  ],
  ...[
    `sha1:${'0'.repeat(40)}`,
    `sha512:${zeros}`,
    `sha256:${zeros}%00`,
    `sha256:${zeros}%0a`,
    `sha256:${zeros}%20`,
    `%20sha256:${zeros}`,
  ],
  ...[
    `sha256:..%2f..%2f${zeros}`,
    `sha256:${'.'.repeat(64)}`,
    `sha256%3A%3A${zeros}`,
    `sha256:${zeros},sha256:${zeros}`,
    `:${zeros}`,
    `sha256::`,
  ],
  ...[
    `sha256+b64:${zeros}`,
    `multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8`,
    `constructor:${zeros}`,
    `__proto__:${zeros}`,
  ],
  ...['tarsum', 'tarsum.v1', 'tarsum.dev', 'tarsum.v2', 'tarsumZv1', 'xtarsum.v1'].map((kind) => `${kind}+sha256:${zeros}`),
  ...[`sha256:${'0'.repeat(8000)}`, `sha256:%zz`, `sha256:%ff${zeros}`, `sha3-256:${zeros}`, `toString:${zeros}`],
];

export const digests = [
  ...across(
    badDigests,
    [
      ['GET', '/v2/{repo}/blobs/*'],
      ['HEAD', '/v2/{repo}/blobs/*'],
      ['DELETE', '/v2/{repo}/blobs/*'],
      ['GET', '/v2/{repo}/manifests/*'],
      ['PUT', '/v2/{repo}/manifests/*', { body: '{}' }],
      ['GET', '/v2/{repo}/referrers/*'],
      ['GET', '/v2/{repo}/referrers/{manifest}?after=*'],
      ['POST', '/v2/{repo}/blobs/uploads/?digest=*', octets],
      ['PUT', '/v2/{repo}/blobs/uploads/{upload}?digest=*', { body: '' }],
    ],
    { status: 400, code: 'DIGEST_INVALID' },
  ),
  ...across(badDigests, [['POST', '/v2/{repo}/blobs/uploads/?mount=*&from={repo}']], { status: 202 }),
  ...across(
    ['sha256', 'nonsense', '..', '%2e%2e', zeros, 'sha256-0', 'sha256%2f0', '%00', '..%5c..'],
    [['GET', '/v2/{repo}/blobs/*']],
    {
      status: 400,
      code: 'DIGEST_INVALID',
    },
  ),
  ...across(
    ['md5', 'SHA256', 'sha1', '', 'sha256,sha512', '__proto__', 'constructor', '%zz', '../sha256', 'sha256%00', 'hasOwnProperty'],
    [['POST', '/v2/{repo}/blobs/uploads/?digest-algorithm=*']],
    { status: 400, code: 'DIGEST_INVALID' },
  ),
];

const uuid = '7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';

export const ids = across(
  [
    ...[
      uuid,
      uuid.toUpperCase(),
      `${uuid}0`,
      uuid.slice(1),
      `{${uuid}}`,
      uuid.replaceAll('-', ''),
      'nonsense',
      '..',
      '.',
      '%2e%2e',
      '..%2f..%2fetc',
    ],
    ...[
      `..%2f${uuid}`,
      `${uuid}%2f..`,
      `${uuid}%00`,
      `${uuid}%0a`,
      `%20${uuid}`,
      `${uuid}.`,
      '%00',
      '%zz',
      '%ff',
      '..%5c..',
      'a'.repeat(8000),
      '*',
      '~',
    ],
    ...[
      '__proto__',
      'constructor',
      '0',
      '-1',
      'null',
      'undefined',
      'data',
      'checkpoint',
      `${uuid};a`,
      `${uuid}:a`,
      'sha256:a',
      `${'-'.repeat(36)}`,
    ],
  ],
  [
    ['GET', '/v2/{repo}/blobs/uploads/*'],
    ['HEAD', '/v2/{repo}/blobs/uploads/*'],
    ['PATCH', '/v2/{repo}/blobs/uploads/*', octets],
    ['PUT', `/v2/{repo}/blobs/uploads/*?digest=sha256:${zeros}`, { body: '' }],
    ['PUT', `/v2/{repo}/blobs/uploads/*?digest=sha256:${zeros}`, octets],
    ['DELETE', '/v2/{repo}/blobs/uploads/*'],
  ],
  { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
);

/** The upload of a repository is none of another's. */
export const strangers: Row[] = across(
  ['library/other', 'library', 'library/sample/more', 'library/sample0', 'sample'],
  [
    ['GET', '/v2/*/blobs/uploads/{upload}'],
    ['PATCH', '/v2/*/blobs/uploads/{upload}', octets],
    ['PUT', '/v2/*/blobs/uploads/{upload}?digest={blob}', { body: '' }],
    ['DELETE', '/v2/*/blobs/uploads/{upload}'],
  ],
  { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
);
