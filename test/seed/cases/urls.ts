/** URLs that were built from routes. */
import type { SeedCase } from './case.ts';

/** What a URL is built from. */
export interface Parts {
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

const name = 'foo/bar';
const digest = 'tarsum.v1+sha256:abcdef0123456789';
const query = { size: '10000', digest };
const noSize = 'A blob is as long as its bytes; no request says so beforehand.';

/** The eight cases, without the root that each of them followed. */
export const built: readonly SeedCase<Parts, string>[] = [
  { given: { route: 'base', path: {} }, was: '/v2/' },
  { given: { route: 'tags', path: { name } }, was: '/v2/foo/bar/tags/list' },
  { given: { route: 'manifest', path: { name, reference: 'tag' } }, was: '/v2/foo/bar/manifests/tag' },
  { given: { route: 'blob', path: { name, digest } }, was: `/v2/foo/bar/blobs/${digest}` },
  { given: { route: 'uploads', path: { name } }, was: '/v2/foo/bar/blobs/uploads/' },
  {
    given: { route: 'uploads', path: { name }, query },
    was: '/v2/foo/bar/blobs/uploads/?digest=tarsum.v1%2Bsha256%3Aabcdef0123456789&size=10000',
    is: '/v2/foo/bar/blobs/uploads/?digest=tarsum.v1%2Bsha256%3Aabcdef0123456789',
    why: noSize,
  },
  { given: { route: 'upload', path: { name, upload: 'uuid-part' } }, was: '/v2/foo/bar/blobs/uploads/uuid-part' },
  {
    given: { route: 'upload', path: { name, upload: 'uuid-part' }, query },
    was: '/v2/foo/bar/blobs/uploads/uuid-part?digest=tarsum.v1%2Bsha256%3Aabcdef0123456789&size=10000',
    is: '/v2/foo/bar/blobs/uploads/uuid-part?digest=tarsum.v1%2Bsha256%3Aabcdef0123456789',
    why: noSize,
  },
];
