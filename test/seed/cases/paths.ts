/** Paths and the routes that they are read as. */
import type { SeedCase } from './case.ts';

/** What becomes of a request line. */
export interface Reading {
  /** The route, by the name that it had when the outcome was written down. */
  readonly route?: string;
  readonly path?: Readonly<Record<string, string>>;
  /** Where the client is sent instead. */
  readonly redirect?: string;
  /** Status and code, where the request is refused before anything is looked up. */
  readonly refused?: string;
}

/** What routes and path parameters are called now. */
export const renamed: Readonly<Record<string, string>> = {
  'blob-upload': 'uploads',
  'blob-upload-chunk': 'upload',
  tag: 'reference',
  uuid: 'upload',
};

const name = 'foo/bar';
const uuid = 'D95306FA-FAD3-4E36-8D41-CF1C93EF8286';
const base64 = 'RDk1MzA2RkEtRkFEMy00RTM2LThENDEtQ0YxQzkzRUY4Mjg2IA==';

const unknownUpload = (id: string): SeedCase<string, Reading> => ({
  given: `GET /v2/foo/bar/blobs/uploads/${id}`,
  was: { route: 'blob-upload-chunk', path: { name, uuid: id } },
  is: { route: 'upload', path: { name, upload: id }, refused: '404 BLOB_UPLOAD_UNKNOWN' },
  why: 'Ids of uploads are UUIDs in lower case that the registry chose; any other was never handed out.',
});
const malformedDigest = (digest: string, why: string): SeedCase<string, Reading> => ({
  given: `GET /v2/foo/bar/blobs/${digest}`,
  was: { route: 'blob', path: { name, digest } },
  is: { route: 'blob', path: { name, digest }, refused: '400 DIGEST_INVALID' },
  why,
});

/** The twelve cases that the first router was tested with. */
export const routed: readonly SeedCase<string, Reading>[] = [
  { given: 'GET /v2/', was: { route: 'base', path: {} } },
  { given: 'GET /v2/foo/bar/manifests/tag', was: { route: 'manifest', path: { name, tag: 'tag' } } },
  { given: 'GET /v2/foo/bar/tags/list', was: { route: 'tags', path: { name } } },
  malformedDigest('tarsum.dev+foo:abcdef0919234', 'Nobody can compute a digest of that algorithm.'),
  malformedDigest('sha256:abcdef0919234', 'A sha256 digest has 64 hex digits.'),
  { given: 'POST /v2/foo/bar/blobs/uploads/', was: { route: 'blob-upload', path: { name } } },
  unknownUpload('uuid'),
  unknownUpload(uuid),
  unknownUpload(base64),
  {
    given: 'GET /v2/foo/bar/manifests/manifests/tags',
    was: { route: 'manifest', path: { name: 'foo/bar/manifests', tag: 'tags' } },
  },
  { given: 'GET /v2/foo/bar/manifests/tags/list', was: { route: 'tags', path: { name: 'foo/bar/manifests' } } },
  {
    given: `GET /v2/foo/../../blob/uploads/${uuid}`,
    was: { refused: '404' },
    is: { refused: '404 UNSUPPORTED' },
    why: 'Below `/v2/` every error is JSON with a code.',
  },
];

const asItStands = 'A path is taken as it stands; a redirect costs a round trip, and some clients do not follow it on a push.';
const notCleaned = 'Nothing is cleaned: what two servers clean differently is read in two ways. Such a name is malformed.';

/** What the first router did beside: strict slashes, cleaned paths, and an answer to OPTIONS. */
export const cleaned: readonly SeedCase<string, Reading>[] = [
  { given: 'GET /v2', was: { redirect: '/v2/' }, is: { route: 'base', path: {} }, why: asItStands },
  {
    given: 'POST /v2/foo/bar/blobs/uploads',
    was: { redirect: '/v2/foo/bar/blobs/uploads/' },
    is: { route: 'uploads', path: { name } },
    why: asItStands,
  },
  {
    given: 'GET /v2/foo/bar/tags/list/',
    was: { redirect: '/v2/foo/bar/tags/list' },
    is: { refused: '404 UNSUPPORTED' },
    why: 'Only what ends in a slash in the table is served with and without it.',
  },
  {
    given: 'GET /v2//foo/bar/tags/list',
    was: { redirect: '/v2/foo/bar/tags/list' },
    is: { route: 'tags', path: { name: '/foo/bar' }, refused: '400 NAME_INVALID' },
    why: notCleaned,
  },
  {
    given: 'GET /v2/foo/../bar/tags/list',
    was: { redirect: '/v2/bar/tags/list' },
    is: { route: 'tags', path: { name: 'foo/../bar' }, refused: '400 NAME_INVALID' },
    why: notCleaned,
  },
  {
    given: 'OPTIONS /v2/foo/bar/tags/list',
    was: { route: 'tags', path: { name } },
    is: { route: 'tags', path: { name }, refused: '405 UNSUPPORTED' },
    why: 'OPTIONS is no method of the API; its 405 has the `Allow` that the 200 had.',
  },
];
