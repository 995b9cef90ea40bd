import type { RegistryOptions } from '../../index.ts';
import { archive, emptyLayer, signed, signedDigest, tarsums, unsigned } from './archives.ts';
import type { Exchange } from './exchange.ts';
import { absent, blob, digest, imageType, step, upload } from './given.ts';

const signedType = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
const unsignedType = 'application/vnd.docker.distribution.manifest.v1+json';
const aliasType = 'application/vnd.stowage.tarsum.v1';
const alias = `${tarsums.v1} ${digest(archive())}\n`;
/** What remembers the tarsums of the archive. */
const links = Object.values(tarsums).flatMap((tarsum) => [
  `${tarsum} ${digest(archive())}\n`,
  `${digest(archive())} ${tarsum}\n`,
]);

const verifying: RegistryOptions = { legacy: { schema1: 'verify' } };
const accepting: RegistryOptions = { legacy: { schema1: 'accept' } };
const withTarsums: RegistryOptions = { legacy: { tarsum: true } };
const withBoth: RegistryOptions = { legacy: { schema1: 'accept', tarsum: true } };

const layer = step('POST', `/v2/demo/app/blobs/uploads/?digest=${digest(emptyLayer)}`, { status: 201 }, { body: emptyLayer });
const put = (reference: string, body: string, expect: Parameters<typeof step>[2], type?: string) =>
  step('PUT', `/v2/demo/app/manifests/${reference}`, expect, { body, ...(type && { headers: { 'Content-Type': type } }) });
const one = unsigned([digest(emptyLayer)]);

const name = encodeURIComponent(tarsums.v1);
const pushed = step('POST', `/v2/a/blobs/uploads/?digest=${name}`, { status: 201 }, { body: archive() });
const stored = { Location: `/v2/a/blobs/${digest(archive())}`, 'Docker-Content-Digest': digest(archive()) };
const there = (tarsum: string = tarsums.v1, content = archive()) =>
  step('GET', `/v2/a/blobs/${tarsum}`, { status: 200, body: content, headers: { 'Docker-Content-Digest': digest(content) } });
const unknown = (path: string) => step('GET', path, { status: 404, code: 'BLOB_UNKNOWN' });
const invalid = { status: 400, code: 'DIGEST_INVALID' } as const;

/** The exchanges about the formats of 2014, with their options on and off. */
export const legacy: readonly Exchange[] = [
  {
    name: 'A signed manifest comes back as it was signed, under its tag and under the digest of what was signed',
    options: verifying,
    steps: [
      layer,
      ...[signedType, unsignedType, 'application/json', ''].map((type) =>
        put('v1', signed, { status: 201, headers: { 'Docker-Content-Digest': signedDigest } }, type),
      ),
      ...['v1', signedDigest].flatMap((reference) => {
        const headers = { 'Content-Type': signedType, 'Docker-Content-Digest': signedDigest };
        return [
          step('GET', `/v2/demo/app/manifests/${reference}`, { status: 200, body: signed, headers }),
          step('HEAD', `/v2/demo/app/manifests/${reference}`, { status: 200, headers }),
        ];
      }),
      put(signedDigest, signed, { status: 201 }, signedType),
      put(digest(signed), signed, { status: 400, code: 'DIGEST_INVALID' }, signedType),
    ],
  },
  {
    name: 'Where signatures are verified, what is not as it was signed is refused, and so is what nobody signed',
    options: verifying,
    steps: [
      layer,
      ...[signed.replace('"amd64"', '"arm64"'), signed.replace('8SQh', '9SQh'), one].flatMap((document) => [
        put('v1', document, { status: 400, code: 'MANIFEST_UNVERIFIED' }, signedType),
        put(signedDigest, document, { status: 400, code: 'MANIFEST_UNVERIFIED' }, signedType),
      ]),
      put('v1', '{"schemaVersion":1}', { status: 400, code: 'MANIFEST_INVALID' }, signedType),
      step('GET', '/v2/demo/app/manifests/v1', { status: 404, code: 'MANIFEST_UNKNOWN' }),
    ],
  },
  {
    name: 'A manifest of schema 1 is put under its own tag, in a repository of any name, and names layers that are there',
    options: accepting,
    steps: [
      put('v1', one, { status: 400, code: 'MANIFEST_BLOB_UNKNOWN', missing: [digest(emptyLayer)] }, unsignedType),
      layer,
      put(
        'v2',
        one,
        {
          status: 400,
          code: 'TAG_INVALID',
          message: /push under the tag that was signed/,
          detail: { reason: 'tag-inside', given: 'v2', inside: 'v1' },
        },
        unsignedType,
      ),
      put(
        'v1',
        unsigned([digest(emptyLayer)], { name: 'Demo' }),
        { status: 400, code: 'NAME_INVALID', detail: { reason: 'name-inside', inside: 'Demo' } },
        unsignedType,
      ),
      put(
        digest(unsigned([], { name: 'Demo' })),
        unsigned([], { name: 'Demo' }),
        { status: 400, code: 'NAME_INVALID' },
        unsignedType,
      ),
      put('v1', unsigned([tarsums.v1]), { status: 400, code: 'MANIFEST_INVALID' }, unsignedType),
      put('v1', unsigned([digest(emptyLayer)], { name: 'elsewhere' }), { status: 201 }, unsignedType),
      put('v1', one, { status: 201, headers: { 'Docker-Content-Digest': digest(one) } }),
      put('v1', signed, { status: 201, headers: { 'Docker-Content-Digest': signedDigest } }),
      // The same payload with another signature has the same digest: the first document is kept.
      put('v1', signed.replace('8SQh', '9SQh'), { status: 201, headers: { 'Docker-Content-Digest': signedDigest } }),
      step('GET', `/v2/demo/app/manifests/${signedDigest}`, { status: 200, body: signed }),
      step('GET', `/v2/demo/app/manifests/${digest(one)}`, { status: 200, body: one, headers: { 'Content-Type': unsignedType } }),
    ],
  },
  {
    name: 'Manifests of schema 1 are refused where the option is off, and the refusal names it',
    driverless: true,
    steps: [
      put('v1', signed, { status: 400, code: 'MANIFEST_INVALID', body: /legacy\.schema1/ }, signedType),
      put('v1', signed, { status: 400, code: 'MANIFEST_INVALID', body: /legacy\.schema1/ }, 'application/json'),
    ],
  },
  {
    name: 'A blob that is pushed by its tarsum is there under that and under its digest',
    options: withTarsums,
    steps: [
      step('HEAD', `/v2/a/blobs/${tarsums.v1}`, { status: 404 }),
      step('POST', `/v2/a/blobs/uploads/?digest=${name}`, { status: 201, headers: stored }, { body: archive() }),
      there(),
      there(digest(archive())),
      step('GET', `/v2/a/blobs/${tarsums.v1}`, { status: 200, headers: { 'Cache-Control': 'no-cache' } }),
      step('GET', `/v2/a/blobs/${digest(archive())}`, { status: 200, headers: { 'Cache-Control': /immutable/ } }),
      step('HEAD', `/v2/a/blobs/${tarsums.v1}`, { status: 200, headers: { 'Content-Length': String(archive().length) } }),
      step(
        'GET',
        `/v2/a/blobs/${tarsums.v1}`,
        { status: 206, body: 'file' },
        { headers: { Range: 'bytes=0-3', 'If-Range': `"${digest(archive())}"` } },
      ),
      step('GET', `/v2/a/blobs/${tarsums.v1}`, { status: 304 }, { headers: { 'If-None-Match': `"${digest(archive())}"` } }),
      unknown(`/v2/a/blobs/${tarsums.dev}`),
      unknown(`/v2/b/blobs/${tarsums.v1}`),
    ],
  },
  ...Object.entries(tarsums).map(
    ([version, tarsum]): Exchange => ({
      name: `An upload is closed by its tarsum (${version}), however its bytes came`,
      options: withTarsums,
      steps: [
        ...[archive(), archive().slice(0, 700)].flatMap((before) => [
          ...upload('a', before),
          step('PUT', `{upload}?digest=${tarsum}`, { status: 201, headers: stored }, { body: archive().slice(before.length) }),
          step('PUT', `{upload}?digest=${tarsum}`, { status: 201, headers: stored }, { body: archive().slice(before.length) }),
          there(tarsum),
          step('DELETE', `/v2/a/blobs/${tarsum}`, { status: 202 }),
          unknown(`/v2/a/blobs/${tarsum}`),
          unknown(`/v2/a/blobs/${digest(archive())}`),
          step('DELETE', `/v2/a/blobs/${tarsum}`, { status: 404, code: 'BLOB_UNKNOWN' }),
        ]),
        ...upload('a'),
        step('PUT', `{upload}?digest=${tarsum}`, { status: 201, headers: stored }, { body: archive() }),
        there(tarsum),
      ],
    }),
  ),
  {
    name: 'Content that does not have its tarsum, or can have none, is refused, and an upload stays',
    options: withTarsums,
    steps: [
      step(
        'POST',
        `/v2/a/blobs/uploads/?digest=${name}`,
        { ...invalid, message: /the tarsum of the content is tarsum\.v1\+sha256:[0-9a-f]+, not tarsum\.v1/ },
        { body: archive().replace('file', 'life') },
      ),
      step(
        'POST',
        `/v2/a/blobs/uploads/?digest=${name}`,
        { ...invalid, message: /the content has no tarsum: the block at byte 0/ },
        { body: 'x'.repeat(512) },
      ),
      ...['no archive', archive().slice(0, 300), emptyLayer].map((body) =>
        step('POST', `/v2/a/blobs/uploads/?digest=${name}`, invalid, { body }),
      ),
      ...upload('a', 'no archive'),
      step('PUT', `{upload}?digest=${name}`, invalid),
      step('GET', '{upload}', { status: 204, headers: { Range: '0-9' } }),
      step('PUT', `{upload}?digest=${digest('no archive')}`, { status: 201 }),
      step('POST', `/v2/a/blobs/uploads/?digest=${name.replace('v1', 'v2')}`, invalid, { body: archive() }),
      unknown(`/v2/a/blobs/${tarsums.v1}`),
    ],
  },
  {
    name: 'Of two contents with one tarsum the first keeps it, and both have their digests',
    options: withTarsums,
    steps: [
      pushed,
      step(
        'POST',
        `/v2/a/blobs/uploads/?digest=${name}`,
        { status: 201, headers: { 'Docker-Content-Digest': digest(archive(4)) } },
        { body: archive(4) },
      ),
      there(),
      there(digest(archive(4)), archive(4)),
      step('DELETE', `/v2/a/blobs/${digest(archive())}`, { status: 202 }),
      unknown(`/v2/a/blobs/${tarsums.v1}`),
      step('POST', `/v2/a/blobs/uploads/?digest=${name}`, { status: 201 }, { body: archive(4) }),
      there(tarsums.v1, archive(4)),
    ],
  },
  {
    name: 'Layers of schema 1 may be named by tarsums',
    options: withBoth,
    steps: [
      put('v1', unsigned([tarsums.v1, absent]), { status: 400, code: 'MANIFEST_BLOB_UNKNOWN', missing: [tarsums.v1, absent] }),
      step('POST', `/v2/demo/app/blobs/uploads/?digest=${name}`, { status: 201 }, { body: archive() }),
      put('v1', unsigned([tarsums.v1]), { status: 201 }),
    ],
  },
  {
    name: 'A tarsum names nothing but blobs, and cannot be given to a blob by a manifest',
    options: withTarsums,
    steps: [
      pushed,
      step('POST', `/v2/b/blobs/uploads/?mount=${name}&from=a`, { status: 202 }),
      step('GET', `/v2/a/referrers/${tarsums.v1}`, invalid),
      step('GET', `/v2/a/manifests/${tarsums.v1}`, invalid),
      blob('c', 'other'),
      step(
        'PUT',
        '/v2/c/manifests/forged',
        { status: 201 },
        {
          body: JSON.stringify({
            mediaType: aliasType,
            tarsum: tarsums.v1,
            blob: digest('other'),
            subject: { mediaType: 'text/plain', digest: digest(tarsums.v1), size: tarsums.v1.length },
            annotations: { blob: digest('other') },
          }),
        },
      ),
      unknown(`/v2/c/blobs/${tarsums.v1}`),
    ],
  },
  {
    name: 'What remembers the tarsum of a blob can be read, and not be written over',
    options: withTarsums,
    steps: [
      pushed,
      step('GET', `/v2/a/manifests/${digest(alias)}`, { status: 200, body: alias }),
      ...[aliasType, 'text/plain', imageType].map((type) =>
        step(
          'PUT',
          `/v2/a/manifests/${digest(alias)}`,
          { status: 400, code: 'MANIFEST_INVALID' },
          { body: alias, headers: { 'Content-Type': type } },
        ),
      ),
      there(),
    ],
  },
  {
    name: 'The tarsums of a blob go with it, whichever of its names it is deleted by, and nothing of it is left',
    options: withTarsums,
    steps: [digest(archive()), ...Object.values(tarsums)].flatMap((deleted) => [
      ...Object.values(tarsums).map((tarsum) =>
        step('POST', `/v2/a/blobs/uploads/?digest=${encodeURIComponent(tarsum)}`, { status: 201 }, { body: archive() }),
      ),
      step('DELETE', `/v2/a/blobs/${deleted}`, { status: 202 }),
      ...links.map((link) => step('GET', `/v2/a/manifests/${digest(link)}`, { status: 404, code: 'MANIFEST_UNKNOWN' })),
      step('GET', '/v2/_catalog', { status: 200, body: { repositories: [] } }),
      blob('a', archive()),
      unknown(`/v2/a/blobs/${tarsums.v1}`),
      step('DELETE', `/v2/a/blobs/${digest(archive())}`, { status: 202 }),
    ]),
  },
  {
    name: 'Tarsums are refused where the option is off, and the refusal names it',
    steps: [
      ...[`/v2/a/blobs/${tarsums.v1}`, `/v2/a/blobs/${tarsums.first}`].map((path) =>
        step('GET', path, { ...invalid, body: /legacy\.tarsum/ }),
      ),
      step('DELETE', `/v2/a/blobs/${tarsums.v1}`, invalid),
      step('POST', `/v2/a/blobs/uploads/?digest=${name}`, invalid, { body: archive() }),
      ...upload('a', archive()),
      step('PUT', `{upload}?digest=${name}`, { ...invalid, body: /legacy\.tarsum/ }),
      step('GET', '{upload}', { status: 204, headers: { Range: `0-${archive().length - 1}` } }),
    ],
  },
];
