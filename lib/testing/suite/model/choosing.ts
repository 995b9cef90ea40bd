/** What the next command is about: mostly something that is there, so that sequences get far. */
import type { ByteRange, Digest, RepositoryName, Tag, UploadId } from '../../../api/formats.ts';
import type { Manifest, Page } from '../../../driver.ts';
import type { Coming } from './coming.ts';
import type { Model } from './model.ts';
import { blobs, manifests, markers, repositories, tags, uploadId } from './pools.ts';
import type { Random } from './random.ts';
import type { State } from './upload-commands.ts';

/** What is drawn from: chance, and what there is. */
export interface Source {
  readonly random: Random;
  readonly model: Model;
}

/** Mostly one of those that are there. */
function known<T>({ random }: Source, there: readonly T[], any: () => T, probability = 0.8): T {
  return there.length > 0 && random.chance(probability) ? random.oneOf(there) : any();
}

/** A repository that exists, or any other. */
export function aRepository(source: Source): RepositoryName {
  const { facts } = source.model;
  const there = [...facts.blobs, ...facts.manifests].map(({ repo }) => repo);
  return known(source, there, () => source.random.oneOf(repositories), 0.65);
}

/** A blob where it is, or where it may not be. */
export function aBlob(source: Source): { readonly repo: RepositoryName; readonly digest: Digest } {
  const { facts } = source.model;
  const digests = [...facts.blobs, ...facts.manifests].map(({ digest }) => digest);
  return known(source, facts.blobs, () => ({
    repo: aRepository(source),
    digest: known(source, digests, () => source.random.oneOf(blobs).digest),
  }));
}

/** What of a blob is opened; undefined: all of it. */
export function aRange({ random }: Source, digest: Digest): ByteRange | undefined {
  const size = blobs.find((blob) => blob.digest === digest)?.length ?? 0;
  if (size === 0 || random.chance(0.6)) return undefined;
  const first = random.between(0, size - 1);
  return { first, last: random.between(first, size - 1) };
}

/** Where a blob is mounted from: where it is, elsewhere, or wherever it may be. */
export function anOrigin(source: Source, repo: RepositoryName): RepositoryName | undefined {
  return source.random.chance(0.3) ? undefined : known(source, [repo], () => aRepository(source));
}

/** An upload that goes on; or that has ended, or is another repository's, or was never begun. */
export function anUpload(source: Source): { readonly repo: RepositoryName; readonly id: UploadId } {
  const { random, model } = source;
  const { uploads, states } = model.facts;
  const begun = random.chance(0.5) ? uploads.map(({ id }) => id) : [...states.keys()];
  const stray = () => ({ repo: random.oneOf(repositories), id: known(source, begun, () => uploadId(99)) });
  return known(source, uploads, stray, 0.85);
}

/** Mostly where the upload stands. */
export function aState(source: Source): State {
  return source.random.chance(0.05) ? 'invented' : aPastState(source);
}

/** Mostly where the upload stands, or else where it stood. */
export function aPastState({ random }: Source): number {
  return random.chance(0.8) ? 0 : random.between(1, 3);
}

/** Mostly as it should. */
export function coming({ random }: Source, steps: readonly (readonly number[])[]): Coming {
  return { steps: random.oneOf(steps), hashed: random.chance(0.9), throws: random.chance(0.12) };
}

/** A manifest where it is, or where it may not be. */
export function aManifest(source: Source): { readonly repo: RepositoryName; readonly manifest: Manifest } {
  return known(source, source.model.facts.manifests, () => anyManifest(source));
}

/** Any manifest anywhere. */
export function anyManifest(source: Source): { readonly repo: RepositoryName; readonly manifest: Manifest } {
  return { repo: aRepository(source), manifest: source.random.oneOf(manifests) };
}

/** A manifest that tags point at, or any that is there. */
export function aTaggedManifest(source: Source): { readonly repo: RepositoryName; readonly manifest: Manifest } {
  const { tags: set, manifests: stored } = source.model.facts;
  const tagged = stored.filter(({ repo, digest }) => set.some((tag) => tag.repo === repo && tag.digest === digest));
  return known(source, tagged, () => aManifest(source), 0.6);
}

/** A tag where it is, or where it may not be. */
export function aTag(source: Source): { readonly repo: RepositoryName; readonly tag: Tag } {
  const { random, model } = source;
  return known(source, model.facts.tags, () => ({ repo: aRepository(source), tag: random.oneOf(tags) }));
}

/** A tag beside a manifest, or where the manifest may not be. */
export function aTarget(source: Source): { readonly repo: RepositoryName; readonly tag: Tag; readonly digest: Digest } {
  const { repo, manifest } = aTaggedManifest(source);
  const tag = source.random.oneOf(tags);
  return { repo, tag, digest: manifest.digest };
}

/** What a tag is expected to point at: where it does, or anything else, or nothing; undefined: that is not said. */
export function anExpectation({ random, model }: Source, repo: RepositoryName, tag: Tag): Digest | null | undefined {
  if (random.chance(0.4)) return undefined;
  if (random.chance(0.5)) return model.manifests.resolve(repo, tag) ?? null;
  return random.chance(0.3) ? null : random.oneOf(manifests).digest;
}

/** A subject where it is referred to, or any other digest. */
export function aSubject(source: Source): { readonly repo: RepositoryName; readonly subject: Digest } {
  const { repo, manifest } = aManifest(source);
  return { repo, subject: manifest.subject ?? manifest.digest };
}

/** Any digest of a manifest; undefined: none. */
export function aMark({ random }: Source): Digest | undefined {
  return random.chance(0.5) ? undefined : random.oneOf(manifests).digest;
}

/** Long and short pages, from the beginning or from anywhere. */
export function aPage({ random }: Source): Page {
  const limit = random.oneOf([0, 1, 2, 3, 100, 100, 100, 100]);
  return random.chance(0.5) ? { limit } : { limit, after: random.oneOf(markers) };
}
