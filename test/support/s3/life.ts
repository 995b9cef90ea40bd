/** What a registry does in its life, under a policy that may allow too little. */
import assert from 'node:assert/strict';
import { s3Driver } from '../../../drivers/s3.ts';
import type { Driver } from '../../../lib/driver.ts';
import { startRegistry } from '../../../lib/testing/fixture/index.ts';
import { expectStatus, locationOf } from '../client.ts';
import { assertHeld, makeImage, pull, push } from '../images.ts';
import { type Action, startS3Double } from './double.ts';

/** Something that is done at a registry: throws what it says where that is not done. */
export type Doing = (api: string, driver: Driver) => Promise<unknown>;

/** A layer that does not fit in one part. */
const large = makeImage(5 * 1024 * 1024 + 1);
const small = makeImage();

/** A request to a path below the API, or to where a `Location` leads. */
const answered = (status: number, api: string, method: string, path: string, body: Uint8Array | string = '') =>
  expectStatus(status, `${api}/`, { method, path, body });

async function cancel(api: string): Promise<void> {
  const begun = await answered(202, api, 'POST', 'life/blobs/uploads/');
  const sent = await answered(202, api, 'PATCH', locationOf(begun), large.blobs[1]?.bytes);
  await answered(204, api, 'DELETE', locationOf(sent));
}

const sweep: Doing = (_, driver) => driver.uploads.expire?.(new Date(Date.now() + 60_000)) ?? assert.fail('it sweeps');
const config = small.blobs[0]?.digest;

/** Everything, in an order in which it can be done. */
export const life: readonly (readonly [string, Doing])[] = [
  ['pushes an image with small layers', (api) => push(api, 'life', small, 'small')],
  ['pushes an image with a large layer', (api) => push(api, 'life', large, 'large')],
  ['pulls', (api) => assertHeld(api, 'life', large, 'large')],
  ['pulls by redirect', (api) => pull(`${api}/life/blobs/${config}`)],
  ['mounts', (api) => answered(201, api, 'POST', `other/blobs/uploads/?mount=${config}&from=life`)],
  ['lists tags', (api) => answered(200, api, 'GET', 'life/tags/list')],
  ['lists repositories', (api) => answered(200, api, 'GET', '_catalog')],
  ['lists referrers', (api) => answered(200, api, 'GET', `life/referrers/${config}`)],
  ['deletes a tag', (api) => answered(202, api, 'DELETE', 'life/manifests/small')],
  ['deletes a manifest', (api) => answered(202, api, 'DELETE', `life/manifests/${small.digest}`)],
  ['deletes a blob', (api) => answered(202, api, 'DELETE', `life/blobs/${config}`)],
  ['cancels an upload', cancel],
  ['ends uploads that nobody finished', sweep],
];

/** What fails without each action, for the first reason that there is. */
export const needed: Readonly<Record<string, Doing>> = {
  's3:GetObject': (api) => answered(200, api, 'GET', 'life/manifests/small'),
  's3:PutObject': (api) => answered(202, api, 'POST', 'life/blobs/uploads/'),
  's3:DeleteObject': (api) => push(api, 'life', small, 'small'),
  's3:AbortMultipartUpload': cancel,
  's3:ListBucket': (api) => answered(200, api, 'GET', 'life/tags/list'),
  's3:ListBucketMultipartUploads': sweep,
};

/** Does things at a registry whose client may do only what is allowed; gives what it logged. */
export async function allowing(allows: readonly Action[], run: Doing): Promise<readonly string[]> {
  const { bucket, clientConfig, close } = await startS3Double({ allows });
  const driver = s3Driver({ bucket, clientConfig, partSize: 5 * 1024 * 1024, redirect: 'always' });
  const registry = await startRegistry({ driver });
  await run(`${registry.url}/v2`, driver);
  await registry.close();
  await close();
  return registry.logged.filter(({ level }) => level === 'error').map(({ details }) => (details.err as Error).message);
}
