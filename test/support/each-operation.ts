/** Every operation as a request that is ready to be sent, with what has to be there before: for storages that fail in its middle. */
import { image, index } from '../../lib/testing/exchanges/given.ts';
import { digestOf, expectStatus, locationOf, withDigest } from './client.ts';

/** A request that is ready to be sent. */
export interface Ready {
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
}

/** An operation. */
export interface Flow {
  readonly name: string;
  /** The status when all is well. */
  readonly status: number;
  /** A failure may leave it done, or what it is about gone: asked again, it may be 404. */
  readonly once?: true;
  /** Makes what it needs in a repository that nobody has used. */
  prepare(origin: string, repo: string): Promise<Ready>;
}

const small = Buffer.from('layer');
const large = Buffer.alloc(300_000, 'large');
const manifest = Buffer.from(image());
const signature = Buffer.from(image({ subject: { mediaType: 'a/b', digest: digestOf(manifest), size: manifest.length } }));

const push = (origin: string, repo: string, bytes: Uint8Array) =>
  expectStatus(201, origin, { method: 'POST', path: `/v2/${repo}/blobs/uploads/?digest=${digestOf(bytes)}`, body: bytes });

async function pushImage(origin: string, repo: string, bytes: Uint8Array = manifest): Promise<void> {
  await push(origin, repo, Buffer.from('{}'));
  await push(origin, repo, small);
  await expectStatus(201, origin, { method: 'PUT', path: `/v2/${repo}/manifests/latest`, body: bytes });
}

async function upload(origin: string, repo: string, bytes?: Uint8Array): Promise<string> {
  const begun = locationOf(await expectStatus(202, origin, { method: 'POST', path: `/v2/${repo}/blobs/uploads/` }));
  if (bytes === undefined) return begun;
  return locationOf(await expectStatus(202, origin, { method: 'PATCH', path: begun, body: bytes }));
}

/** A flow on an image that is there. */
const onImage = (name: string, status: number, ready: (repo: string) => Ready, once?: true): Flow => ({
  name,
  status,
  ...(once && { once }),
  prepare: async (origin, repo) => {
    await pushImage(origin, repo);
    return ready(repo);
  },
});

/** A flow on an upload that has 10 bytes of the large blob. */
const onUpload = (name: string, status: number, ready: (location: string) => Ready): Flow => ({
  name,
  status,
  once: true,
  prepare: async (origin, repo) => ready(await upload(origin, repo, large.subarray(0, 10))),
});

export const flows: readonly Flow[] = [
  onImage('the pull of a blob', 200, (repo) => ({ method: 'GET', path: `/v2/${repo}/blobs/${digestOf(small)}` })),
  onImage('the look at a blob', 200, (repo) => ({ method: 'HEAD', path: `/v2/${repo}/blobs/${digestOf(small)}` })),
  {
    name: 'the pull of a large blob',
    status: 200,
    prepare: async (origin, repo) => {
      await push(origin, repo, large);
      return { method: 'GET', path: `/v2/${repo}/blobs/${digestOf(large)}` };
    },
  },
  onImage('the pull of a tag', 200, (repo) => ({ method: 'GET', path: `/v2/${repo}/manifests/latest` })),
  onImage('the pull of a manifest', 200, (repo) => ({ method: 'GET', path: `/v2/${repo}/manifests/${digestOf(manifest)}` })),
  onImage('the list of tags', 200, (repo) => ({ method: 'GET', path: `/v2/${repo}/tags/list` })),
  onImage('the catalog', 200, () => ({ method: 'GET', path: '/v2/_catalog' })),
  onImage('the list of referrers', 200, (repo) => ({ method: 'GET', path: `/v2/${repo}/referrers/${digestOf(manifest)}` })),
  onImage('the push of a tag', 201, (repo) => ({ method: 'PUT', path: `/v2/${repo}/manifests/next`, body: manifest })),
  onImage('the push of a manifest with two tags', 201, (repo) => ({
    method: 'PUT',
    path: `/v2/${repo}/manifests/${digestOf(signature)}?tag=a&tag=b`,
    body: signature,
  })),
  onImage('the push of an index', 201, (repo) => ({
    method: 'PUT',
    path: `/v2/${repo}/manifests/index`,
    body: Buffer.from(
      index([{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(manifest), size: manifest.length }]),
    ),
  })),
  onImage(
    'the deletion of a manifest',
    202,
    (repo) => ({ method: 'DELETE', path: `/v2/${repo}/manifests/${digestOf(manifest)}` }),
    true,
  ),
  onImage('the deletion of a tag', 202, (repo) => ({ method: 'DELETE', path: `/v2/${repo}/manifests/latest` }), true),
  onImage('the deletion of a blob', 202, (repo) => ({ method: 'DELETE', path: `/v2/${repo}/blobs/${digestOf(small)}` }), true),
  onImage('a mount', 201, (repo) => ({
    method: 'POST',
    path: `/v2/${repo}/more/blobs/uploads/?mount=${digestOf(small)}&from=${repo}`,
  })),
  {
    name: 'the beginning of an upload',
    status: 202,
    prepare: async (_, repo) => ({ method: 'POST', path: `/v2/${repo}/blobs/uploads/` }),
  },
  {
    name: 'the push of a blob in one request',
    status: 201,
    prepare: async (_, repo) => {
      const bytes = Buffer.from(`in one request to ${repo}`);
      return { method: 'POST', path: `/v2/${repo}/blobs/uploads/?digest=${digestOf(bytes)}`, body: bytes };
    },
  },
  onUpload('the status of an upload', 204, (location) => ({ method: 'GET', path: location })),
  onUpload('an append', 202, (location) => ({ method: 'PATCH', path: location, body: large.subarray(10) })),
  onUpload('the end of an upload with the rest', 201, (location) => ({
    method: 'PUT',
    path: withDigest(location, digestOf(large)),
    body: large.subarray(10),
  })),
  onUpload('the end of an upload', 201, (location) => ({
    method: 'PUT',
    path: withDigest(location, digestOf(large.subarray(0, 10))),
  })),
  onUpload('the cancellation of an upload', 204, (location) => ({ method: 'DELETE', path: location })),
];
