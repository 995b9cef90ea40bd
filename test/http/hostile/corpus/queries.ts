/** Hostile queries and ranges. */
import { across, type Place, type Row, request, zeros } from './requests.ts';

const octets = { headers: ['Content-Type: application/octet-stream'], body: 'world' };

const counts: readonly Place[] = [
  ['GET', '/v2/_catalog?n=*'],
  ['GET', '/v2/{repo}/tags/list?n=*'],
];

export const queries: Row[] = [
  ...across(
    [
      '-1',
      '1.5',
      '1e3',
      '0x10',
      ' 1',
      '%201',
      '+1',
      '',
      'NaN',
      'Infinity',
      '1,2',
      '%zz',
      '%00',
      '1%00',
      '१',
      '1;drop',
      '%D9%A1',
      'null',
      '1&n=2',
    ].filter((value) => value !== ' 1' && value !== '१'),
    counts,
    { status: 400, code: 'UNSUPPORTED' },
  ),
  ...across(['0', '00', '1', '007', '9007199254740993', '9'.repeat(400), '9'.repeat(8000)], counts, { status: 200 }),
  ...across(
    ['%00', '%zz', '%0d%0aX: y', '%ff', 'a%20b', '%C3%A4', 'a'.repeat(256), '%0a', 'a&last=b'].map((value) =>
      value.replace(' ', '%20'),
    ),
    [
      ['GET', '/v2/_catalog?last=*'],
      ['GET', '/v2/{repo}/tags/list?last=*'],
    ],
    { status: 400, code: 'UNSUPPORTED' },
  ),
  ...across(
    ['..%2f..', '__proto__', 'constructor', '~', '!', 'zzz', '', '%2e%2e', "';--", '%22%3e%3cscript%3e', '*', '\\'],
    [
      ['GET', '/v2/_catalog?last=*'],
      ['GET', '/v2/{repo}/tags/list?last=*&n=1'],
    ],
    { status: 200 },
  ),
  ...across(
    ['', '%00', '%zz', '%09', '%0d%0a', 'a'.repeat(256), '%ff', 'a&artifactType=b'],
    [['GET', '/v2/{repo}/referrers/{manifest}?artifactType=*']],
    {
      status: 400,
      code: 'UNSUPPORTED',
    },
  ),
  ...across(
    ['a+b', 'a%20b', '%20', '+', '..%2f', '__proto__', '*', "'", '%25', 'a%2Fb%2Bjson'],
    [['GET', '/v2/{repo}/referrers/{manifest}?artifactType=*']],
    { status: 200 },
  ),
  ...across(
    [
      '?',
      '&',
      '&&&&',
      '=',
      '==',
      '%zz=1',
      '%00=1',
      '__proto__=1',
      'constructor=1',
      'toString',
      'a=b&a=c',
      'n[]=1',
      'N=-1',
      ';n=-1',
      '%6e',
      '#n=-1',
      `${'a&'.repeat(6000)}`,
    ],
    [
      ['GET', '/v2/_catalog?*'],
      ['GET', '/v2/{repo}/tags/list?*'],
      ['GET', '/v2/?*'],
      ['GET', '/v2/{repo}/blobs/{blob}?*'],
      ['GET', '/v2/{repo}/blobs/uploads/{upload}?*'],
    ],
    { status: [200, 204, 400] },
  ),
  ...across(
    [
      'digest={blob}&digest={blob}',
      'digest=',
      'digest',
      '',
      'Digest={blob}',
      'digest=%zz',
      'digest={blob}&digest',
      'digest[]={blob}',
      '%64igest=x',
    ],
    [
      ['PUT', '/v2/{repo}/blobs/uploads/{upload}?*', { body: '' }],
      ['PUT', '/v2/{repo}/blobs/uploads/{upload}?*', octets],
    ],
    { status: 400, code: 'DIGEST_INVALID' },
  ),
  ...across(
    ['4', '6', '0', '-5', '5.0', '', 'x', '05x', '9'.repeat(30), '%00', 'null', 'Infinity', '0x5', '5e0'],
    [
      ['PATCH', '/v2/{repo}/blobs/uploads/{upload}?offset=*', octets],
      ['PUT', '/v2/{repo}/blobs/uploads/{upload}?digest={blob}&offset=*', octets],
    ],
    { status: 416, code: 'BLOB_UPLOAD_INVALID' },
  ),
  ...across(
    ['5&offset=5', '5&offset=6', '%zz', '%ff'],
    [
      ['PATCH', '/v2/{repo}/blobs/uploads/{upload}?offset=*', octets],
      ['PUT', '/v2/{repo}/blobs/uploads/{upload}?digest={blob}&offset=*', octets],
    ],
    { status: 416, code: 'BLOB_UPLOAD_INVALID' },
  ),
];

const withHeader = (
  method: string,
  target: string,
  header: string,
  values: readonly string[],
  expect: Pick<Row, 'status' | 'code'>,
  body?: string,
): Row[] =>
  values.map((value) => ({
    name: `${method} ${target.replace(/\?.*/, '')} with ${header}: ${value.length > 80 ? `${value.slice(0, 60)}…` : value}`,
    bytes: request(method, target, { headers: [`${header}: ${value}`], ...(body !== undefined && { body }) }),
    ...expect,
  }));

const malformedRanges = [
  ...[
    '',
    '-',
    '5-',
    '-9',
    '5',
    'a-b',
    '5-9/10',
    'bytes 5-9',
    'bytes=5-9',
    'bytes 5-9/*',
    '9-5',
    '5--9',
    '5-9-10',
    '0x5-0x9',
    '5.0-9.0',
    '+5-9',
    '5 - 9',
  ],
  ...[
    '5-9,10-14',
    '9007199254740993-9007199254740997',
    '5-9007199254740993',
    `5-${'9'.repeat(400)}`,
    `${'0'.repeat(5000)}x-9`,
    '5-9;',
    'NaN-NaN',
    '*/*',
  ],
];

export const ranges: Row[] = [
  ...['PATCH', 'PUT'].flatMap((method) => {
    const target = `/v2/{repo}/blobs/uploads/{upload}${method === 'PUT' ? '?digest={blob}' : ''}`;
    const invalid = { code: 'BLOB_UPLOAD_INVALID' } as const;
    return [
      ...withHeader(method, target, 'Content-Range', malformedRanges, { status: 400, ...invalid }, 'world'),
      ...withHeader(
        method,
        target,
        'Content-Range',
        ['0-4', '4-8', '6-10', '10-14', '0-9007199254740991', '1000000-1000004'],
        { status: 416, ...invalid },
        'world',
      ),
      ...withHeader(
        method,
        target,
        'Content-Range',
        ['5-8', '5-10', '5-5', '5-9007199254740991'],
        { status: 400, code: 'SIZE_INVALID' },
        'world',
      ),
    ];
  }),
  ...withHeader(
    'GET',
    '/v2/{repo}/blobs/{blob}',
    'Range',
    [
      'bytes=5-',
      'bytes=5-9',
      'bytes=99999999999999999999-',
      'bytes=-0',
      'bytes=3-1',
      `bytes=${'9'.repeat(500)}-`,
      'bytes=4294967296-',
      'bytes=5-,6-,-0,3-1',
      `bytes=${'9-9,'.repeat(3500)}`,
    ],
    { status: 416, code: 'SIZE_INVALID' },
  ),
  ...withHeader(
    'GET',
    '/v2/{repo}/blobs/{blob}',
    'Range',
    [
      '',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=a-b',
      'bytes=0-0,3-4;',
      'bytes=0-0,a-b',
      'bytes=0-0,items=3-4',
      'bytes=,,,',
      'items=0-1',
      'bytes 0-1',
      'bytes=0x0-0x1',
      'bytes=0-0,'.repeat(500),
      '=',
      'bytes=1.5-2',
      'bytes=--1',
      'bytes=+0-1',
    ],
    { status: 200 },
  ),
  ...withHeader(
    'GET',
    '/v2/{repo}/blobs/{blob}',
    'Range',
    [
      ...['bytes=0-0', 'bytes=4-99999999999999999999', 'bytes=-9999999999', 'BYTES=0-1', 'bytes= 0-1'],
      ...['bytes=0-1,3-4', 'bytes=3-4,0-1', 'bytes=0-0,2-2,4-4,6-6', 'bytes=-1,0-0,99999999999999999999-', 'bytes=,0-0,'],
      ...[
        `bytes=${'0-,'.repeat(5000)}`,
        `bytes=${'-1,'.repeat(2500)}0-0,${'4-4,'.repeat(1500)}`,
        `bytes=${'9-9,'.repeat(3500)}0-0`,
      ],
    ],
    { status: 206 },
  ),
  ...withHeader(
    'GET',
    '/v2/{repo}/blobs/{blob}',
    'If-None-Match',
    ['', '"', '*x', ','.repeat(4000), '"a'.repeat(1000), 'W/', `"${zeros}"`, '\u00ff'],
    { status: 200 },
  ),
  ...['If-Match', 'If-None-Match'].flatMap((header) =>
    ['{tag}', '{manifest}'].flatMap((reference) =>
      withHeader(
        'DELETE',
        `/v2/{repo}/manifests/${reference}`,
        header,
        [
          ...[
            '',
            '"',
            '*x',
            '*, "x"',
            '"x", *',
            '**',
            'x',
            'W/',
            'W/*',
            "'x'",
            '"{manifest}',
            '{manifest}"',
            '\u00ff',
            `"x"${' '.repeat(8000)}x`,
          ],
          ...[`*\r\n${header}: "x"`, `"x"\r\n${header}: *`, ','.repeat(4000), '"a'.repeat(1000), `${' '.repeat(8000)}x`],
        ],
        { status: 412, code: 'DENIED' },
      ),
    ),
  ),
  ...withHeader('GET', '/v2/{repo}/blobs/{blob}', 'If-Range', ['', '*', 'Wed, 21 Oct 2015 07:28:00 GMT', '"', 'W/"{blob}"'], {
    status: 200,
  }),
];
