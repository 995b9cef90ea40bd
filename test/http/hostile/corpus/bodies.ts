/** Hostile bodies and media types. */
import { imageType, type Row, request, shown, zeros } from './requests.ts';

const put = (
  name: string,
  body: string,
  expect: Pick<Row, 'status' | 'code'>,
  headers: readonly string[] = [`Content-Type: ${imageType}`],
): Row[] =>
  [false, true].map((chunked) => ({
    name: `a manifest that is ${name}${chunked ? ', in chunks' : ''}`,
    bytes: request('PUT', '/v2/{repo}/manifests/hostile', { headers, body, chunked }),
    ...expect,
  }));

const invalid = { status: 400, code: 'MANIFEST_INVALID' } as const;
const descriptor = (more: string) => `{"mediaType":"a/b","digest":"sha256:${zeros}","size":1${more}}`;
const manifest = (members: string) => `{"schemaVersion":2,"mediaType":"${imageType}",${members}}`;
const valid = `"config":${descriptor('')},"layers":[]`;

/** Texts that are no manifest. */
const wrong: Readonly<Record<string, string>> = {
  empty: '',
  'white space': '   \n',
  'a NUL': '\0',
  'half an object': '{"schemaVersion":2,',
  'an open string': '{"a":"',
  'an open escape': '{"a":"\\',
  'half an escape': '{"a":"\\u00"}',
  'a lone bracket': ']',
  'a wrong bracket': '{"a":[}]}',
  'two objects': '{}{}',
  'an object with a tail': '{} x',
  'a list': '[]',
  'a number': '1',
  'a text': '"a"',
  null: 'null',
  true: 'true',
  'with a comment': '{/* */}',
  'with single quotes': "{'a':1}",
  'with a trailing comma': '{"a":1,}',
  'not UTF-8': '{"a":"\xff\xfe"}',
  'a cut character': '{"a":"\xe2\x82"}',
  'overlong UTF-8': '{"a":"\xc0\xae"}',
  'a surrogate in UTF-8': '{"a":"\xed\xa0\x80"}',
  'after a byte order mark': `\xef\xbb\xbf${manifest(valid)}`,
  'UTF-16': '\xff\xfe{\0}\0',
  'a raw control character': '{"a":"\n"}',
  compressed: '\x1f\x8b\x08\0\0\0\0\0',
  '65 levels deep': `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`,
  'nested by the thousand': '['.repeat(100_000),
  'nested by the million': '['.repeat(2_000_000),
  'nested by the million, in objects': '{"a":'.repeat(800_000),
  'nested and closed': `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`,
  'wide without end': `{"a":[${'1,'.repeat(1_500_000)}1]}`,
  'quotes without end': `{"a":"${'\\"'.repeat(1_500_000)}`,
  'backslashes without end': `{"a":"${'\\\\'.repeat(1_500_000)}`,
  'the same key twice': '{"schemaVersion":2,"schemaVersion":2}',
  'the same key in two spellings': '{"config":1,"c\\u006fnfig":2}',
  'the same key twice inside': manifest(`"config":{"digest":"a","digest":"b"}`),
  'layers in another case': manifest(`${valid},"Layers":[]`),
  'layers in another case, in escapes': manifest(`${valid},"\\u004cayers":[]`),
  'layers with a long s': manifest(`${valid},"layer\xc5\xbf":[]`),
  'a digest in another case': manifest(valid.replace('"digest"', '"Digest":"a","digest"')),
  'a prototype twice': '{"__proto__":1,"__proto__":2}',
  'of layers and manifests': manifest(`${valid},"manifests":[]`),
  'with config and manifests': manifest(`"config":${descriptor('')},"manifests":[]`),
  'of another type inside': `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`,
  'without layers': manifest(`"config":${descriptor('')}`),
  'without a config': manifest('"layers":[]'),
  'layers that are an object': manifest(`"config":${descriptor('')},"layers":{}`),
  'layers that are a text': manifest(`"config":${descriptor('')},"layers":"a"`),
  'a config that is a list': manifest('"config":[],"layers":[]'),
  'a layer that is null': manifest(`"config":${descriptor('')},"layers":[null]`),
  'a digest that is a number': manifest(`"config":{"mediaType":"a/b","digest":1,"size":1},"layers":[]`),
  'a digest that climbs': manifest(`"config":{"mediaType":"a/b","digest":"../../etc/passwd","size":1},"layers":[]`),
  'a digest without its algorithm': manifest(`"config":{"mediaType":"a/b","digest":"${zeros}","size":1},"layers":[]`),
  'a size below zero': manifest(`"config":{"mediaType":"a/b","digest":"sha256:${zeros}","size":-1},"layers":[]`),
  'a size beyond counting': manifest(`"config":{"mediaType":"a/b","digest":"sha256:${zeros}","size":1e300},"layers":[]`),
  'a size in text': manifest(`"config":{"mediaType":"a/b","digest":"sha256:${zeros}","size":"1"},"layers":[]`),
  'a half size': manifest(`"config":{"mediaType":"a/b","digest":"sha256:${zeros}","size":1.5},"layers":[]`),
  'a media type with a break': manifest(`"config":{"mediaType":"a/b\\r\\nX: y","digest":"sha256:${zeros}","size":1},"layers":[]`),
  'a media type with a break among its parameters': manifest(
    `"config":{"mediaType":"a/b;c=\\r\\nX: y","digest":"sha256:${zeros}","size":1},"layers":[]`,
  ),
  'a media type of spaces': manifest(
    `"config":{"mediaType":"a/b${' '.repeat(1_000_000)}x","digest":"sha256:${zeros}","size":1},"layers":[]`,
  ),
  'annotations that are a list': manifest(`${valid},"annotations":[]`),
  'annotations that are numbers': manifest(`${valid},"annotations":{"a":1}`),
  'a subject that is a text': manifest(`${valid},"subject":"a"`),
  'a subject without a digest': manifest(`${valid},"subject":{"mediaType":"a/b","size":1}`),
  'more descriptors than allowed': manifest(
    `"config":${descriptor('')},"layers":[${Array.from({ length: 4097 }, () => descriptor('')).join(',')}]`,
  ),
  'of the first schema': '{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[],"history":[]}',
};

/** Manifests that are well-formed and name what is not there. */
const dangling: Readonly<Record<string, string>> = {
  'naming nothing that is there': manifest(valid),
  'naming 200 things that are not there': manifest(
    `"config":${descriptor('')},"layers":[${Array.from({ length: 200 }, (_, index) => `{"mediaType":"a/b","digest":"sha256:${String(index).padStart(64, '0')}","size":1}`).join(',')}]`,
  ),
  'with a prototype inside': manifest(`${valid},"__proto__":{"polluted":true}`),
  'with a constructor inside': manifest(`${valid},"constructor":{"prototype":{"polluted":true}}`),
  'with one blob 4,000 times': manifest(
    `"config":${descriptor('')},"layers":[${Array.from({ length: 4000 }, () => descriptor('')).join(',')}]`,
  ),
};

export const bodies: Row[] = [
  ...Object.entries(wrong).flatMap(([name, text]) => put(name, text, invalid)),
  ...Object.entries(dangling).flatMap(([name, text]) => put(name, text, { status: 400, code: 'MANIFEST_BLOB_UNKNOWN' })),
  ...put('too large', ' '.repeat(4 * 1024 * 1024 + 1), { status: 413, code: 'SIZE_INVALID' }),
  ...['hello', '', '{}', '\0'].map(
    (body): Row => ({
      name: `a manifest under another's digest: ${shown(body)}`,
      bytes: request('PUT', '/v2/{repo}/manifests/{manifest}', { headers: [`Content-Type: ${imageType}`], body }),
      status: 400,
      code: 'DIGEST_INVALID',
    }),
  ),
  ...['', 'hell', 'hello!', 'HELLO', '\0'].flatMap((body) =>
    [false, true].map(
      (chunked): Row => ({
        name: `a blob under another's digest: ${shown(body)}${chunked ? ', in chunks' : ''}`,
        bytes: request('POST', '/v2/{repo}/blobs/uploads/?digest={blob}', { body, chunked }),
        status: 400,
        code: 'DIGEST_INVALID',
      }),
    ),
  ),
  ...['', 'x'].flatMap((body) =>
    ['sha256', 'sha512'].map(
      (algorithm): Row => ({
        name: `the end of an upload whose ${algorithm} is another, with ${body.length} bytes`,
        bytes: request(
          'PUT',
          `/v2/{repo}/blobs/uploads/{upload}?digest=${algorithm}:${algorithm === 'sha512' ? zeros + zeros : zeros}`,
          { body },
        ),
        status: 400,
        code: 'DIGEST_INVALID',
      }),
    ),
  ),
];

const types = [
  ...[
    'nonsense',
    '/',
    'a/',
    '/b',
    'a/b/c',
    'a b/c',
    'a/b c',
    'a/b, c/d',
    '*/*x"',
    '"a/b"',
    '<a/b>',
    'a/b\\',
    'a@/b',
    'a/(b)',
    'a/b:',
    ';',
    '; charset=utf-8',
    'a;/b',
  ],
  ...['\u00e4/b', 'a/\u00ff', `a/${'b'.repeat(260)}`, '=/=', 'text', 'a\tb/c'],
];

export const mediaTypes: Row[] = [
  ...types.map(
    (type): Row => ({
      name: `a manifest of type ${shown(type)}`,
      bytes: request('PUT', '/v2/{repo}/manifests/hostile', { headers: [`Content-Type: ${type}`], body: manifest(valid) }),
      ...invalid,
    }),
  ),
  ...[
    'application/vnd.oci.image.index.v1+json',
    'APPLICATION/VND.OCI.IMAGE.INDEX.V1+JSON; charset=utf-8',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    'application/json5',
    'application/octet-stream+json',
    'x/y',
  ].map(
    (type): Row => ({
      name: `a manifest of type ${type} and another inside`,
      bytes: request('PUT', '/v2/{repo}/manifests/hostile', { headers: [`Content-Type: ${type}`], body: manifest(valid) }),
      ...invalid,
    }),
  ),
  ...['application/json', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'application/octet-stream', '*/*'].map(
    (type): Row => ({
      name: `a manifest of type ${type}, which says nothing, and none inside`,
      bytes: request('PUT', '/v2/{repo}/manifests/hostile', {
        headers: [`Content-Type: ${type}`],
        body: `{"schemaVersion":2,${valid}}`,
      }),
      ...invalid,
    }),
  ),
  ...['gzip', 'br', 'deflate', 'identity, gzip', 'x-gzip', '*', '', 'zstd;q=1'].flatMap((coding) =>
    (
      [
        ['PUT', '/v2/{repo}/manifests/hostile', manifest(valid)],
        ['PATCH', '/v2/{repo}/blobs/uploads/{upload}', 'world'],
        ['PUT', '/v2/{repo}/blobs/uploads/{upload}?digest={blob}', 'world'],
        ['POST', '/v2/{repo}/blobs/uploads/?digest={blob}', 'hello'],
      ] as const
    ).map(
      ([method, target, body]): Row => ({
        name: `${method} ${target} in the coding '${coding}'`,
        bytes: request(method, target, { headers: [`Content-Encoding: ${coding}`], body }),
        status: 415,
        code: 'UNSUPPORTED',
      }),
    ),
  ),
];
