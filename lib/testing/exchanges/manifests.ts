import type { Exchange } from './exchange.ts';
import { absent, blob, descriptor, digest, image, imageType, index, indexType, manifest, step, upload } from './given.ts';

const put = (
  reference: string,
  content: string | Uint8Array,
  expect: Parameters<typeof step>[2],
  type: string | undefined = imageType,
) => step('PUT', `/v2/a/manifests/${reference}`, expect, { body: content, ...(type && { headers: { 'Content-Type': type } }) });
const refused = (content: string, type?: string) => put('latest', content, { status: 400, code: 'MANIFEST_INVALID' }, type);
const blobsThere = [blob('a', '{}'), blob('a', 'layer')];
const pretty = JSON.stringify(JSON.parse(image()), null, 3);
const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';
const listType = 'application/vnd.docker.distribution.manifest.list.v2+json';
const artifactType = 'application/vnd.oci.artifact.manifest.v1+json';
const foreignType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
/** What curl, `fetch` and other tools send if nothing is said; none at all is one of them. */
const generic = [
  '',
  'application/json',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'text/plain;charset=UTF-8',
  'Text/JSON',
  'binary/octet-stream',
  'multipart/form-data; boundary=x',
];
const nested = (levels: number) => `{"schemaVersion":2,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;

/** The exchanges about manifests that are pushed, checked and read. */
export const manifests: readonly Exchange[] = [
  {
    name: 'A manifest comes back byte for byte, under its tag and under its digest',
    steps: [
      ...blobsThere,
      put('latest', pretty, {
        status: 201,
        headers: { Location: `/v2/a/manifests/${digest(pretty)}`, 'Docker-Content-Digest': digest(pretty), 'OCI-Subject': null },
      }),
      ...['latest', digest(pretty)].flatMap((reference) => {
        const headers = {
          'Content-Type': imageType,
          'Docker-Content-Digest': digest(pretty),
          'Content-Length': String(pretty.length),
          ETag: `"${digest(pretty)}"`,
        };
        return [
          step('GET', `/v2/a/manifests/${reference}`, { status: 200, body: pretty, headers }),
          step('HEAD', `/v2/a/manifests/${reference}`, { status: 200, body: '', headers }),
          step(
            'GET',
            `/v2/a/manifests/${reference}`,
            { status: 304, headers: { ETag: `"${digest(pretty)}"` } },
            { headers: { 'If-None-Match': `"${digest(pretty)}"` } },
          ),
          step('HEAD', `/v2/a/manifests/${reference}`, { status: 304 }, { headers: { 'If-None-Match': '*' } }),
        ];
      }),
      step('GET', '/v2/a/manifests/latest', { status: 200, headers: { 'Cache-Control': 'no-cache' } }),
      step('GET', `/v2/a/manifests/${digest(pretty)}`, { status: 200, headers: { 'Cache-Control': /immutable/ } }),
      step('GET', '/v2/a/manifests/latest', { status: 200, body: pretty }, { headers: { Accept: 'text/html' } }),
    ],
  },
  {
    name: 'A manifest that was pushed by tag is there under its digest',
    steps: [
      ...manifest('a', 'latest'),
      step('GET', `/v2/a/manifests/${digest(image())}`, { status: 200, body: image() }, { headers: { Accept: imageType } }),
    ],
  },
  {
    name: 'A body of unannounced length and a type with parameters are taken',
    steps: [
      ...blobsThere,
      step(
        'PUT',
        '/v2/a/manifests/latest',
        { status: 201 },
        { body: image(), chunked: true, headers: { 'Content-Type': `${imageType}; charset=utf-8` } },
      ),
      step('GET', '/v2/a/manifests/latest', { status: 200, headers: { 'Content-Type': imageType } }),
    ],
  },
  {
    name: 'Without a Content-Type, the type inside the manifest counts',
    steps: [...blobsThere, put('latest', image(), { status: 201 }, ''), refused(image({ mediaType: undefined }), '')],
  },
  {
    name: 'What is stored under a digest keeps its media type, whoever pushes the same bytes as something else',
    steps: [
      step('PUT', '/v2/a/manifests/one', { status: 201 }, { body: '{"a":1}', headers: { 'Content-Type': 'application/x.one' } }),
      ...['two', digest('{"a":1}')].map((reference) =>
        put(
          reference,
          '{"a":1}',
          {
            status: 400,
            code: 'MANIFEST_INVALID',
            message: /stored as application\/x\.one already/,
            detail: { reason: 'media-type', expected: 'application/x.one', given: 'application/x.two' },
          },
          'application/x.two',
        ),
      ),
      step('GET', '/v2/a/manifests/two', { status: 404, code: 'MANIFEST_UNKNOWN' }),
      put('two', '{"a":1}', { status: 201 }, 'application/x.one'),
      step('GET', `/v2/a/manifests/${digest('{"a":1}')}`, { status: 200, headers: { 'Content-Type': 'application/x.one' } }),
    ],
  },
  {
    name: 'A Content-Type that tools send by themselves says nothing: the type inside the manifest counts, and without one it is 400',
    steps: [
      ...blobsThere,
      ...generic.flatMap((type) => [
        put(`by-${generic.indexOf(type)}`, image(), { status: 201 }, type),
        ...[image({ mediaType: undefined }), '{}'].map((content) =>
          put(
            'latest',
            content,
            {
              status: 400,
              code: 'MANIFEST_INVALID',
              message:
                /it has no "mediaType", and .*: send Content-Type: application\/vnd\.oci\.image\.manifest\.v1\+json, or .* for an index/,
              detail: { reason: 'media-type-missing', parameter: 'Content-Type', ...(type && { given: type.split(';')[0] }) },
            },
            type,
          ),
        ),
        put('one', '{"schemaVersion":1}', { status: 400, code: 'MANIFEST_INVALID', message: /legacy\.schema1/ }, type),
      ]),
      step('GET', '/v2/a/manifests/by-0', { status: 200, body: image(), headers: { 'Content-Type': imageType } }),
      put('latest', image({ mediaType: undefined }), { status: 201 }),
      step('GET', '/v2/a/manifests/latest', { status: 200, headers: { 'Content-Type': imageType } }),
    ],
  },
  {
    name: 'What was stored under a type that the registry does not know can be pushed again under one that it knows, and not back',
    steps: [
      ...blobsThere,
      put(
        'one',
        image({ mediaType: undefined, subject: descriptor('s', imageType) }),
        { status: 201, headers: { 'OCI-Subject': null } },
        'application/x.one',
      ),
      step('GET', `/v2/a/referrers/${digest('s')}`, { status: 200, body: /"manifests":\[\]/ }),
      put('two', image({ mediaType: undefined, subject: descriptor('s', imageType) }), {
        status: 201,
        headers: { 'OCI-Subject': digest('s') },
      }),
      ...['one', 'two'].map((tag) =>
        step('GET', `/v2/a/manifests/${tag}`, { status: 200, headers: { 'Content-Type': imageType } }),
      ),
      step('GET', `/v2/a/referrers/${digest('s')}`, {
        status: 200,
        body: /"manifests":\[\{[^}]*"mediaType":"application\/vnd\.oci\.image\.manifest\.v1\+json"/,
      }),
      put(
        'one',
        image({ mediaType: undefined, subject: descriptor('s', imageType) }),
        {
          status: 400,
          code: 'MANIFEST_INVALID',
          detail: { reason: 'media-type', expected: imageType, given: 'application/x.one' },
        },
        'application/x.one',
      ),
    ],
  },
  {
    name: 'A media type may have parameters, wherever it stands: what is before them decides, whatever its case, and all of it comes back',
    steps: [
      ...blobsThere,
      ...(
        [
          ['config', image({ config: descriptor('{}', 'application/vnd.dev.sigstore.bundle+json;version=0.2') })],
          ['layer', image({ layers: [descriptor('layer', 'text/plain; charset=utf-8')] })],
          ['quoted', image({ layers: [descriptor('layer', 'multipart/related ; boundary="a;b\u00e4"')] })],
          ['artifact', image({ artifactType: 'text/plain; charset=utf-8', subject: descriptor('s', `${imageType}; a=b`) })],
          ['foreign', image({ layers: [{ mediaType: `${foreignType.toUpperCase()}; a=b`, digest: absent, size: 1 }] })],
          ['own', image({ mediaType: `${imageType}; charset=utf-8` })],
          ['case', image({ mediaType: imageType.toUpperCase() })],
        ] as const
      ).flatMap(([tag, content]) => [
        put(tag, content, { status: 201 }),
        step('GET', `/v2/a/manifests/${tag}`, { status: 200, body: content, headers: { 'Content-Type': imageType } }),
      ]),
      put('type', image(), { status: 201 }, `${imageType.toUpperCase()};charset=utf-8`),
      put(
        'type',
        image({ mediaType: undefined, annotations: {} }),
        { status: 201 },
        `${imageType.toUpperCase()} ; charset=utf-8`,
      ),
      step(
        'GET',
        '/v2/a/manifests/type',
        { status: 200, headers: { 'Content-Type': imageType } },
        { headers: { Accept: `${imageType};q=0.5` } },
      ),
      put('index', index([descriptor(image(), `${imageType}; a=b`)]), { status: 201 }, indexType),
      put(
        'index',
        index([{ mediaType: `${imageType.toUpperCase()}; a=b`, digest: digest('layer'), size: 5 }]),
        { status: 400, code: 'MANIFEST_BLOB_UNKNOWN', missing: [digest('layer')] },
        indexType,
      ),
      refused(image({ layers: [descriptor('layer', 'text; charset=utf-8')] })),
      refused(image({ layers: [descriptor('layer', '; charset=utf-8')] })),
      refused(image({ layers: [descriptor('layer', 'a/b; c=\r\nd')] })),
      refused(image({ mediaType: `${indexType}; a=b` })),
    ],
  },
  {
    name: 'A manifest pushed by digest has to have it, in each algorithm',
    steps: [
      ...blobsThere,
      put(digest(image()), `${image()}  `, {
        status: 400,
        code: 'DIGEST_INVALID',
        message: /the digest of the manifest is/,
        detail: { reason: 'digest-mismatch', given: digest(image()), actual: digest(`${image()}  `) },
      }),
      step('GET', `/v2/a/manifests/${digest(image())}`, { status: 404, code: 'MANIFEST_UNKNOWN' }),
      ...(['sha256', 'sha384', 'sha512'] as const).flatMap((algorithm) => {
        const known = digest(image(), algorithm);
        return [
          put(known, image(), { status: 201, headers: { 'Docker-Content-Digest': known } }),
          step('GET', `/v2/a/manifests/${known}`, { status: 200, body: image(), headers: { 'Docker-Content-Digest': known } }),
        ];
      }),
    ],
  },
  {
    name: 'A push by digest sets tags along, ten and more, and says which',
    steps: [
      ...blobsThere,
      put(`${digest(image(), 'sha512')}?${Array.from({ length: 12 }, (_, n) => `tag=t${n}`).join('&')}&tag=t1`, image(), {
        status: 201,
        headers: { 'OCI-Tag': Array.from({ length: 12 }, (_, n) => `t${n}`).join(', ') },
      }),
      step('GET', '/v2/a/manifests/t11', {
        status: 200,
        body: image(),
        headers: { 'Docker-Content-Digest': digest(image(), 'sha512') },
      }),
      put(`${digest(image())}?tag=good&tag=-bad`, image(), { status: 400, code: 'MANIFEST_INVALID' }),
      step('GET', '/v2/a/manifests/good', { status: 404, code: 'MANIFEST_UNKNOWN' }),
    ],
  },
  {
    name: 'A push sets as many tags as the registry says, and more are 414',
    options: { limits: { tagsPerPush: 2 } },
    steps: [
      ...blobsThere,
      put(`${digest(image())}?tag=one&tag=two&tag=three`, image(), {
        status: 414,
        code: 'UNSUPPORTED',
        message: /the request has 3 tags: this registry sets 2 at most in one push/,
        detail: { reason: 'too-many-tags', parameter: 'tag', limit: 2, given: 3 },
      }),
      step('GET', `/v2/a/manifests/${digest(image())}`, { status: 404, code: 'MANIFEST_UNKNOWN' }),
      put(`${digest(image())}?tag=one&tag=two&tag=one`, image(), { status: 201, headers: { 'OCI-Tag': 'one, two' } }),
    ],
  },
  {
    name: 'What a manifest names has to be in the same repository; each missing digest is an error of its own',
    steps: [
      blob('b', '{}'),
      put('latest', image(), { status: 400, code: 'MANIFEST_BLOB_UNKNOWN', missing: [digest('{}'), digest('layer')] }),
      put(digest(image()), image(), { status: 400, code: 'MANIFEST_BLOB_UNKNOWN', missing: [digest('{}'), digest('layer')] }),
      put(
        'latest',
        index([{ mediaType: imageType, digest: absent, size: 1 }]),
        { status: 400, code: 'MANIFEST_BLOB_UNKNOWN', missing: [absent] },
        indexType,
      ),
      step('GET', '/v2/a/tags/list', { status: 404, code: 'NAME_UNKNOWN' }),
    ],
  },
  {
    name: 'A registry that allows it takes manifests whose content is missing',
    options: { allowMissingReferences: true },
    steps: [put('latest', image(), { status: 201 }), step('GET', '/v2/a/manifests/latest', { status: 200, body: image() })],
  },
  {
    name: 'A subject may be missing, and is said back',
    steps: [
      ...blobsThere,
      ...[digest(image({ subject: { mediaType: imageType, digest: absent, size: 1 } })), 'latest'].map((reference) =>
        put(reference, image({ subject: { mediaType: imageType, digest: absent, size: 1 } }), {
          status: 201,
          headers: { 'OCI-Subject': absent },
        }),
      ),
      put(
        'index',
        index([], { subject: { mediaType: imageType, digest: absent, size: 1 } }),
        { status: 201, headers: { 'OCI-Subject': absent } },
        indexType,
      ),
    ],
  },
  {
    name: 'Layers that are not pushed to registries may be missing',
    steps: [
      blob('a', '{}'),
      ...[
        { mediaType: 'application/vnd.oci.image.layer.v1.tar', urls: ['https://example.com/layer'] },
        { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' },
        { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
      ].map((layer) => put('latest', image({ layers: [{ ...layer, digest: absent, size: 1 }] }), { status: 201 })),
    ],
  },
  {
    name: 'Docker schema 2 images and lists, indexes of indexes and artifacts are taken and checked alike',
    steps: [
      ...blobsThere,
      put('docker', image({ mediaType: dockerType }), { status: 201 }, dockerType),
      step('GET', '/v2/a/manifests/docker', { status: 200, headers: { 'Content-Type': dockerType } }),
      put(
        'list',
        index([descriptor(image({ mediaType: dockerType }), dockerType)], { mediaType: listType }),
        { status: 201 },
        listType,
      ),
      put(
        'index',
        index([descriptor(index([descriptor(image({ mediaType: dockerType }), dockerType)], { mediaType: listType }), listType)]),
        { status: 201 },
        indexType,
      ),
      put(
        'artifact',
        JSON.stringify({ mediaType: artifactType, artifactType: 'a/b', blobs: [descriptor('layer', 'a/b')] }),
        { status: 201 },
        artifactType,
      ),
      put(
        'artifact',
        JSON.stringify({
          mediaType: artifactType,
          artifactType: 'a/b',
          blobs: [{ ...descriptor('layer', 'a/b'), digest: absent }],
        }),
        { status: 400, code: 'MANIFEST_BLOB_UNKNOWN' },
        artifactType,
      ),
    ],
  },
  {
    name: 'An index may list layers, as build caches do',
    steps: [
      blob('a', 'layer'),
      put('cache', index([descriptor('layer', 'application/vnd.oci.image.layer.v1.tar')]), { status: 201 }, indexType),
      put(
        'cache',
        index([{ ...descriptor('layer', 'application/vnd.oci.image.layer.v1.tar'), digest: absent }]),
        { status: 400, code: 'MANIFEST_BLOB_UNKNOWN' },
        indexType,
      ),
    ],
  },
  {
    name: 'Empty lists, unknown fields and embedded data are legal',
    steps: [
      blob('a', '{}'),
      put('none', image({ layers: [] }), { status: 201 }),
      put('null', image({ layers: null, annotations: null, subject: null }), { status: 201, headers: { 'OCI-Subject': null } }),
      put('index', index([]), { status: 201 }, indexType),
      put(
        'fields',
        image({
          layers: [descriptor('{}', 'a/b', { data: 'e30=', org: { any: ['thing'] } })],
          custom: { deep: [1, 2, { x: null }] },
        }),
        { status: 201 },
      ),
    ],
  },
  {
    name: 'A manifest of another type is stored as it is, if it is a JSON object',
    steps: [
      put('other', '{"any": "thing", "layers": [{"digest": "nonsense"}]}', { status: 201 }, 'application/vnd.example+json'),
      step('GET', '/v2/a/manifests/other', {
        status: 200,
        body: '{"any": "thing", "layers": [{"digest": "nonsense"}]}',
        headers: { 'Content-Type': 'application/vnd.example+json' },
      }),
      refused('[]', 'application/vnd.example+json'),
      refused('"text"', 'application/vnd.example+json'),
      refused('', 'application/vnd.example+json'),
    ],
  },
  {
    name: 'One digest has one reading: a manifest that could be read as two things is refused',
    steps: [
      ...blobsThere,
      refused(image(), indexType),
      refused(image({ manifests: [] })),
      refused(index([], { layers: [] }), indexType),
      refused(index([], { config: {} }), indexType),
      refused(`{"schemaVersion": 2, "schemaVersion": 2, "mediaType": "${imageType}"}`),
      refused(image().replace('"layers"', '"l\\u0061yers":[],"layers"')),
      refused(image({ mediaType: 1 })),
      refused(image({ mediaType: 'nonsense' })),
    ],
  },
  {
    name: 'A malformed manifest is refused with what is wrong',
    driverless: true,
    steps: [
      refused('{'),
      refused('nonsense'),
      put('latest', Buffer.from([0x7b, 0xff, 0x7d]), { status: 400, code: 'MANIFEST_INVALID' }),
      refused('null'),
      refused(image({ schemaVersion: 3 })),
      refused(image({ config: undefined })),
      refused(image({ layers: {} })),
      refused(image({ layers: ['text'] })),
      refused(image({ layers: [{ mediaType: 'a/b', digest: 'sha256:zz', size: 1 }] })),
      refused(image({ layers: [{ mediaType: 'a/b', digest: absent, size: -1 }] })),
      refused(image({ layers: [{ mediaType: 'a/b', digest: absent, size: 1.5 }] })),
      refused(image({ layers: [{ mediaType: 'text', digest: absent, size: 1 }] })),
      refused(image({ annotations: { a: 1 } })),
      refused(image({ annotations: [] })),
      refused(image({ subject: 'text' })),
      refused(index([]).replace('"manifests":[]', '"manifests":{}'), indexType),
      put(digest('{}'), '{}', { status: 400, code: 'MANIFEST_INVALID' }),
    ],
  },
  {
    name: 'Manifests of schema version 1 are refused',
    driverless: true,
    steps: [
      refused(
        '{"schemaVersion": 1, "name": "a", "tag": "latest", "fsLayers": []}',
        'application/vnd.docker.distribution.manifest.v1+json',
      ),
      refused('{"schemaVersion": 1, "name": "a"}', 'application/vnd.docker.distribution.manifest.v1+prettyjws'),
      refused('{"schemaVersion": 1, "name": "a"}', 'application/json'),
    ],
  },
  {
    name: 'Nesting, descriptors and members are bounded; a refusal says which limit was met, and by how much',
    options: { limits: { descriptors: 3, jsonDepth: 10 } },
    steps: [
      put('deep', nested(9), { status: 201 }, 'application/vnd.example+json'),
      ...(
        [
          [nested(10), /nested 11 levels deep; 10 are allowed \(limits\.jsonDepth\)/],
          ['['.repeat(1_000_000), /nested more than 20 levels deep; 10 are allowed/],
          [
            index(Array.from({ length: 4 }, () => descriptor('{}', imageType))),
            /4 descriptors; 3 are allowed \(limits\.descriptors\)/,
          ],
          [
            `{"x":[${'0,'.repeat(70_000)}0]}`,
            /it has more than 16528 members; 8264 are allowed \(8192, and 24 for each of limits\.descriptors\)/,
          ],
        ] as const
      ).map(([content, message]) => put('latest', content, { status: 400, code: 'MANIFEST_INVALID', message }, '')),
    ],
  },
  {
    name: 'An index of as many descriptors as are allowed is taken, with platforms and annotations',
    options: { allowMissingReferences: true },
    steps: [
      put(
        'large',
        index(
          Array.from({ length: 4_096 }, (_, n) => ({
            ...descriptor(`${n}`, imageType),
            platform: { architecture: 'arm', os: 'linux', variant: 'v7', 'os.features': ['a', 'b'] },
            annotations: Object.fromEntries(Array.from({ length: 10 }, (_, m) => [`org.opencontainers.image.${m}`, 'text'])),
          })),
        ),
        { status: 201 },
        indexType,
      ),
    ],
  },
  {
    name: 'A manifest over the limit is 413, whether or not its length is announced',
    options: { limits: { manifestBytes: 500 } },
    steps: [
      ...['latest', digest(image())].flatMap((reference) => [
        put(reference, image({ annotations: { long: 'x'.repeat(500) } }), {
          status: 413,
          code: 'SIZE_INVALID',
          message: /takes 500 bytes at most/,
          detail: { reason: 'too-large', limit: 500 },
        }),
        step(
          'PUT',
          `/v2/a/manifests/${reference}`,
          { status: 413, code: 'SIZE_INVALID' },
          { body: image({ annotations: { long: 'x'.repeat(500) } }), chunked: true },
        ),
      ]),
      ...blobsThere,
      put('latest', image(), { status: 201 }),
    ],
  },
  {
    name: 'Four million bytes of manifest are taken',
    steps: [
      ...blobsThere,
      put(
        'large',
        image({ annotations: Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`k${n}`, 'x'.repeat(10_000)])) }),
        { status: 201 },
      ),
    ],
  },
  {
    name: 'Content has to be sent as it is, without a coding',
    steps: [
      ...blobsThere,
      ...['gzip', 'zstd', 'identity, gzip', 'x'].map((coding) =>
        step(
          'PUT',
          '/v2/a/manifests/latest',
          { status: 415, code: 'UNSUPPORTED', message: /^Content-Encoding .*without a coding$/ },
          { body: image(), headers: { 'Content-Type': imageType, 'Content-Encoding': coding } },
        ),
      ),
      step('PUT', '/v2/a/manifests/latest', { status: 201 }, { body: image(), headers: { 'Content-Encoding': 'identity' } }),
    ],
  },
  {
    name: 'A refusal does not throw back what was sent',
    driverless: true,
    steps: [
      step(
        'PUT',
        '/v2/a/manifests/latest',
        { status: 400, code: 'MANIFEST_INVALID', headers: { 'Content-Length': /^\d{1,3}$/ } },
        { body: `{"${'x'.repeat(100_000)}":1,"${'x'.repeat(100_000)}":2}` },
      ),
      step(
        'PUT',
        '/v2/a/manifests/latest',
        { status: 400, code: 'MANIFEST_INVALID', headers: { 'Content-Length': /^\d{1,3}$/ } },
        { body: image({ layers: [{ mediaType: 'a/b', size: 1, digest: 'x'.repeat(100_000) }] }) },
      ),
    ],
  },
  {
    name: 'A manifest that is not there is 404',
    steps: [
      step('GET', '/v2/a/manifests/latest', { status: 404, code: 'MANIFEST_UNKNOWN' }),
      step('GET', `/v2/a/manifests/${absent}`, { status: 404, code: 'MANIFEST_UNKNOWN' }),
      step('HEAD', '/v2/a/manifests/latest', { status: 404, body: '' }),
      step('DELETE', '/v2/a/manifests/latest', { status: 404, code: 'MANIFEST_UNKNOWN' }),
      step('DELETE', `/v2/a/manifests/${absent}`, { status: 404, code: 'MANIFEST_UNKNOWN' }),
    ],
  },
  {
    name: 'Words of the API are legal repository names and tags',
    steps: ['manifests', 'a/blobs/uploads', 'tags/list', 'v2/blobs', 'a/manifests/b'].flatMap((repo) => [
      ...manifest(repo, 'uploads'),
      step('GET', `/v2/${repo}/manifests/uploads`, { status: 200, body: image() }),
      step('GET', `/v2/${repo}/tags/list`, { status: 200, body: { name: repo, tags: ['uploads'] } }),
      ...upload(repo, 'bytes'),
    ]),
  },
];
