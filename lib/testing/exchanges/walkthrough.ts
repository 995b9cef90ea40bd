/**
 * What people do with a registry, from beginning to end. The reference of the API shows these exchanges as they were recorded,
 * under their names.
 */
import type { Exchange, Step } from './exchange.ts';
import { blob, descriptor, digest, imageType, step } from './given.ts';

const repo = '/v2/library/alpine';
const config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}';
const layer = 'the bytes of a layer';
const [first, second] = [layer.slice(0, 12), layer.slice(12)];
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';
const image = JSON.stringify(
  {
    schemaVersion: 2,
    mediaType: imageType,
    config: descriptor(config, configType),
    layers: [descriptor(layer, layerType)],
  },
  undefined,
  2,
);
const signature = JSON.stringify(
  {
    schemaVersion: 2,
    mediaType: imageType,
    artifactType: 'application/vnd.example.signature.v1',
    config: descriptor('{}', 'application/vnd.oci.empty.v1+json'),
    layers: [],
    subject: descriptor(image, imageType),
  },
  undefined,
  2,
);
const manifestHeaders = { 'Content-Type': imageType };

const pushedImage: readonly Step[] = [
  blob('library/alpine', config),
  blob('library/alpine', layer),
  step('PUT', `${repo}/manifests/3.22`, { status: 201 }, { body: image, headers: manifestHeaders }),
];

/** An exchange whose first steps are preparation. */
export interface Walk extends Exchange {
  /** How many steps are preparation; the reference does not show them. */
  readonly prepared: number;
}

const walk = (name: string, prepared: readonly Step[], steps: readonly Step[]): Walk => ({
  name,
  prepared: prepared.length,
  steps: [...prepared, ...steps],
});

/** The exchanges that the reference shows. */
export const walkthrough: readonly Walk[] = [
  walk(
    'Push an image',
    [],
    [
      step('HEAD', `${repo}/blobs/${digest(layer)}`, { status: 404 }),
      step('POST', `${repo}/blobs/uploads/`, { status: 202 }),
      step('PATCH', '{location}', { status: 202 }, { body: layer, chunked: true }),
      step('PUT', `{location}&digest=${digest(layer)}`, { status: 201 }),
      step('POST', `${repo}/blobs/uploads/?digest=${digest(config)}`, { status: 201 }, { body: config }),
      step('PUT', `${repo}/manifests/3.22`, { status: 201 }, { body: image, headers: manifestHeaders }),
    ],
  ),
  walk('Pull an image', pushedImage, [
    step('GET', `${repo}/manifests/3.22`, { status: 200 }, { headers: { Accept: imageType } }),
    step('GET', `${repo}/blobs/${digest(config)}`, { status: 200 }),
    step('GET', `${repo}/blobs/${digest(layer)}`, { status: 200 }),
  ]),
  walk(
    'Resume an upload',
    [],
    [
      step('POST', `${repo}/blobs/uploads/`, { status: 202 }),
      step('PATCH', '{location}', { status: 202 }, { body: first, headers: { 'Content-Range': '0-11' } }),
      step('GET', '{upload}', { status: 204, headers: { Range: '0-11' } }),
      step('PATCH', '{location}', { status: 202 }, { body: second, headers: { 'Content-Range': `12-${layer.length - 1}` } }),
      step('PUT', `{location}&digest=${digest(layer)}`, { status: 201 }),
    ],
  ),
  {
    ...walk('Take a layer over from another repository', pushedImage, [
      step('POST', `/v2/library/busybox/blobs/uploads/?mount=${digest(layer)}&from=library/alpine`, { status: 201 }),
    ]),
    needs: ['blobs.mount'],
  },
  walk('Read a part of a blob', pushedImage, [
    step('GET', `${repo}/blobs/${digest(layer)}`, { status: 206 }, { headers: { Range: 'bytes=4-8' } }),
  ]),
  walk(
    'Move a tag only if nobody else has moved it',
    [
      ...pushedImage,
      step('PUT', `${repo}/manifests/${digest(image)}`, { status: 201 }, { body: image, headers: manifestHeaders }),
    ],
    [
      step('HEAD', `${repo}/manifests/3.22`, { status: 200 }),
      step(
        'PUT',
        `${repo}/manifests/3.22`,
        { status: 201 },
        { body: image, headers: { ...manifestHeaders, 'If-Match': `"${digest(image)}"` } },
      ),
      step(
        'PUT',
        `${repo}/manifests/3.22`,
        { status: 412, code: 'DENIED' },
        { body: image, headers: { ...manifestHeaders, 'If-None-Match': '*' } },
      ),
    ],
  ),
  walk(
    'List tags page by page',
    [...pushedImage, step('PUT', `${repo}/manifests/latest`, { status: 201 }, { body: image, headers: manifestHeaders })],
    [step('GET', `${repo}/tags/list?n=1`, { status: 200 }), step('GET', `${repo}/tags/list?n=1&last=3.22`, { status: 200 })],
  ),
  walk('Attach something to an image and find it', pushedImage, [
    blob('library/alpine', '{}'),
    step(
      'PUT',
      `${repo}/manifests/${digest(signature)}`,
      { status: 201, headers: { 'OCI-Subject': digest(image) } },
      { body: signature, headers: manifestHeaders },
    ),
    step('GET', `${repo}/referrers/${digest(image)}?artifactType=application/vnd.example.signature.v1`, { status: 200 }),
  ]),
  walk('Delete an image', pushedImage, [
    step('DELETE', `${repo}/manifests/${digest(image)}`, { status: 202 }),
    step('DELETE', `${repo}/blobs/${digest(layer)}`, { status: 202 }),
  ]),
];
