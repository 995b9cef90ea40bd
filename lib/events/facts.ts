/** What has happened to a registry, read off what is known of a request that ended well: one table of all operations. */
import { type Digest, isDigest, isTarsum, type RepositoryName, type Tag, type Tarsum, type UploadId } from '../api/formats.ts';
import type { Operation } from '../api/infer.ts';
import type { RequestTarget } from './response.ts';

interface Named<Type extends string> {
  /** What happened, as `manifest.push`. */
  readonly type: Type;
  readonly repository: RepositoryName;
  /** Who did it: the `subject` of the permit; absent for a client that is not known. */
  readonly user?: string;
}

/** A manifest was pushed, or pushed again. */
export interface ManifestPushed extends Named<'manifest.push'> {
  readonly digest: Digest;
  /** The tags that the push set; each of them is told by a {@link TagSet}, too. */
  readonly tags: readonly Tag[];
  /** The manifest that it refers to as its `subject`. */
  readonly subject?: Digest;
}

/** A blob was pushed: the repository holds it. */
export interface BlobPushed extends Named<'blob.push'> {
  readonly digest: Digest;
}

/** A blob was mounted: the repository holds it, and no byte of it was sent. */
export interface BlobMounted extends Named<'blob.mount'> {
  readonly digest: Digest;
  /** The repository that the client named as the source. */
  readonly from?: RepositoryName;
}

/** A manifest was read. */
export interface ManifestPulled extends Named<'manifest.pull'> {
  readonly digest: Digest;
  /** The tag that it was asked for by. */
  readonly tag?: Tag;
}

/** A blob, or a part of it, was read, or the client was led to where it lies. */
export interface BlobPulled extends Named<'blob.pull'> {
  readonly digest: Digest;
}

/** A tag was set: it is new, was moved, or points where it did. */
export interface TagSet extends Named<'tag.set'> {
  readonly tag: Tag;
  readonly digest: Digest;
}

/** A tag was deleted by itself. */
export interface TagDeleted extends Named<'tag.delete'> {
  readonly tag: Tag;
}

/** A manifest was deleted, and all tags on it. */
export interface ManifestDeleted extends Named<'manifest.delete'> {
  readonly digest: Digest;
}

/** A blob was taken from the repository. */
export interface BlobDeleted extends Named<'blob.delete'> {
  /** The name that the client gave. */
  readonly digest: Digest | Tarsum;
}

/** An upload began, took bytes, or was cancelled. What it publishes at its end is a {@link BlobPushed}. */
export interface UploadMoved extends Named<'upload.begin' | 'upload.append' | 'upload.cancel'> {
  readonly upload: UploadId;
}

/** One thing that has happened. */
export type Fact =
  | ManifestPushed
  | BlobPushed
  | BlobMounted
  | ManifestPulled
  | BlobPulled
  | TagSet
  | TagDeleted
  | ManifestDeleted
  | BlobDeleted
  | UploadMoved;

/** What happened, in a word for what it happened to and one for what became of it. */
export type FactType = Fact['type'];

/** The facts of these types. */
export type FactOf<Type extends FactType> = Extract<Fact, { readonly type: Type }>;

/** A request that named a repository, as far as it is known. */
type About = RequestTarget & { readonly repository: RepositoryName };
type Teller = (about: About) => readonly Fact[];

const who = ({ repository, user }: About) => ({ repository, ...(user !== undefined && { user }) });

/** A teller of something with a digest; nothing is told where the reply did not say one. */
const withDigest =
  (tell: (about: About, digest: Digest) => readonly Fact[]): Teller =>
  (about) =>
    about.digest !== undefined && !isTarsum(about.digest) ? tell(about, about.digest) : [];

const manifestPushed = withDigest((about, digest) => {
  const { reference, tags: others = [], subject } = about;
  const tags = [...(reference === undefined || isDigest(reference) ? [] : [reference]), ...new Set(others)];
  return [
    { type: 'manifest.push', ...who(about), digest, tags, ...(subject !== undefined && { subject }) },
    ...tags.map((tag): TagSet => ({ type: 'tag.set', ...who(about), tag, digest })),
  ];
});

const manifestPulled = withDigest((about, digest) => {
  const { reference } = about;
  const tag = reference === undefined || isDigest(reference) ? undefined : reference;
  return [{ type: 'manifest.pull', ...who(about), digest, ...(tag !== undefined && { tag }) }];
});

const blobMounted = withDigest((about, digest) => [
  { type: 'blob.mount', ...who(about), digest, ...(about.from !== undefined && { from: about.from }) },
]);

const digestOnly = (type: 'blob.push' | 'blob.pull' | 'manifest.delete') =>
  withDigest((about, digest) => [{ type, ...who(about), digest }]);

const blobDeleted: Teller = (about) =>
  about.digest === undefined ? [] : [{ type: 'blob.delete', ...who(about), digest: about.digest }];

const tagDeleted: Teller = (about) => {
  const { reference } = about;
  return reference === undefined || isDigest(reference) ? [] : [{ type: 'tag.delete', ...who(about), tag: reference }];
};

const uploadMoved =
  (type: UploadMoved['type']): Teller =>
  (about) =>
    about.upload === undefined ? [] : [{ type, ...who(about), upload: about.upload }];

/** What the success of each operation tells, by status. What is not here tells nothing. */
const tellers: { readonly [O in Operation]: Readonly<Record<number, Teller>> } = {
  checkBase: {},
  listRepositories: {},
  listTags: {},
  listReferrers: {},
  getManifest: { 200: manifestPulled },
  putManifest: { 201: manifestPushed },
  deleteManifest: { 202: digestOnly('manifest.delete') },
  deleteTag: { 202: tagDeleted },
  getBlob: { 200: digestOnly('blob.pull'), 206: digestOnly('blob.pull'), 307: digestOnly('blob.pull') },
  deleteBlob: { 202: blobDeleted },
  mountBlob: { 201: blobMounted, 202: uploadMoved('upload.begin') },
  pushBlob: { 201: digestOnly('blob.push') },
  startUpload: { 202: uploadMoved('upload.begin') },
  getUpload: {},
  appendUpload: { 202: uploadMoved('upload.append') },
  completeUpload: { 201: digestOnly('blob.push') },
  cancelUpload: { 204: uploadMoved('upload.cancel') },
};

/** What has happened by a request that was answered with this status. Of a HEAD nothing is to be asked. */
export function factsOf(about: RequestTarget, status: number): readonly Fact[] {
  const { operation, repository } = about;
  const tell = operation && tellers[operation][status];
  return tell && repository !== undefined ? tell({ ...about, repository }) : [];
}
