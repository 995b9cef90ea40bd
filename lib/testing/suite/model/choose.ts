/** Chooses the arguments of the next command: mostly something that exists, so that sequences get far. */
import type { ByteRange, Digest, RepositoryName, Tag, UploadId } from '../../../api/formats.ts';
import type { Manifest, Page } from '../../../driver.ts';
import type { ChunkShape } from './chunk-shape.ts';
import type { Model } from './model.ts';
import { blobs, manifests, markers, repositories, tags, uploadId } from './pools.ts';
import type { Random } from './random.ts';
import type { State } from './upload-commands.ts';

/** What arguments are drawn from: the random numbers, and the model with all that exists. */
export interface Source {
  readonly random: Random;
  readonly model: Model;
}

/** With this probability one of those that exist, otherwise any. */
function mostlyExisting<T>({ random }: Source, there: readonly T[], any: () => T, probability = 0.8): T {
  return there.length > 0 && random.chance(probability) ? random.oneOf(there) : any();
}

/** A repository that exists, or any other. */
export function aRepository(source: Source): RepositoryName {
  const { facts } = source.model;
  const there = [...facts.blobs, ...facts.manifests].map(({ repo }) => repo);
  return mostlyExisting(source, there, () => source.random.oneOf(repositories), 0.65);
}

/** A blob in its repository, or in one that may not hold it. */
export function aBlob(source: Source): { readonly repo: RepositoryName; readonly digest: Digest } {
  const { facts } = source.model;
  const digests = [...facts.blobs, ...facts.manifests].map(({ digest }) => digest);
  return mostlyExisting(source, facts.blobs, () => ({
    repo: aRepository(source),
    digest: mostlyExisting(source, digests, () => source.random.oneOf(blobs).digest),
  }));
}

/** A range of a blob; undefined for all of it. */
export function aRange({ random }: Source, digest: Digest): ByteRange | undefined {
  const size = blobs.find((blob) => blob.digest === digest)?.length ?? 0;
  if (size === 0 || random.chance(0.6)) return undefined;
  const first = random.between(0, size - 1);
  return { first, last: random.between(first, size - 1) };
}

/** The source of a mount: the repository of the blob, any other, or undefined for any that holds it. */
export function anOrigin(source: Source, repo: RepositoryName): RepositoryName | undefined {
  return source.random.chance(0.3) ? undefined : mostlyExisting(source, [repo], () => aRepository(source));
}

/** An upload that goes on; or one that has ended, is another repository's, or was never begun. */
export function anUpload(source: Source): { readonly repo: RepositoryName; readonly id: UploadId } {
  const { random, model } = source;
  const { uploads, states } = model.facts;
  const begun = random.chance(0.5) ? uploads.map(({ id }) => id) : [...states.keys()];
  const stray = () => ({ repo: random.oneOf(repositories), id: mostlyExisting(source, begun, () => uploadId(99)) });
  return mostlyExisting(source, uploads, stray, 0.85);
}

/** Mostly the current state of an upload, else a past or an invented one. */
export function aState(source: Source): State {
  return source.random.chance(0.05) ? 'invented' : aPastState(source);
}

/** How many states before the current one: mostly 0. */
export function aPastState({ random }: Source): number {
  return random.chance(0.8) ? 0 : random.between(1, 3);
}

/** The shape of a chunk: mostly with a digest, and without an error. */
export function aShape({ random }: Source, steps: readonly (readonly number[])[]): ChunkShape {
  return { steps: random.oneOf(steps), hashed: random.chance(0.9), throws: random.chance(0.12) };
}

/** A manifest in its repository, or in one that may not have it. */
export function aManifest(source: Source): { readonly repo: RepositoryName; readonly manifest: Manifest } {
  return mostlyExisting(source, source.model.facts.manifests, () => anyManifest(source));
}

/** Any manifest in any repository. */
export function anyManifest(source: Source): { readonly repo: RepositoryName; readonly manifest: Manifest } {
  return { repo: aRepository(source), manifest: source.random.oneOf(manifests) };
}

/** A manifest that has tags, or any that exists. */
export function aTaggedManifest(source: Source): { readonly repo: RepositoryName; readonly manifest: Manifest } {
  const { tags: set, manifests: stored } = source.model.facts;
  const tagged = stored.filter(({ repo, digest }) => set.some((tag) => tag.repo === repo && tag.digest === digest));
  return mostlyExisting(source, tagged, () => aManifest(source), 0.6);
}

/** A tag in its repository, or in one that may not have it. */
export function aTag(source: Source): { readonly repo: RepositoryName; readonly tag: Tag } {
  const { random, model } = source;
  return mostlyExisting(source, model.facts.tags, () => ({ repo: aRepository(source), tag: random.oneOf(tags) }));
}

/** A tag to be written, and the manifest that it shall point at. */
export function aTarget(source: Source): { readonly repo: RepositoryName; readonly tag: Tag; readonly digest: Digest } {
  const { repo, manifest } = aTaggedManifest(source);
  const tag = source.random.oneOf(tags);
  return { repo, tag, digest: manifest.digest };
}

/** The `expected` of a tag: its manifest, another one, or null for no tag; undefined for an unconditional write. */
export function anExpectation({ random, model }: Source, repo: RepositoryName, tag: Tag): Digest | null | undefined {
  if (random.chance(0.4)) return undefined;
  if (random.chance(0.5)) return model.manifests.resolve(repo, tag) ?? null;
  return random.chance(0.3) ? null : random.oneOf(manifests).digest;
}

/** A subject that has referrers, or any other digest. */
export function aSubject(source: Source): { readonly repo: RepositoryName; readonly subject: Digest } {
  const { repo, manifest } = aManifest(source);
  return { repo, subject: manifest.subject ?? manifest.digest };
}

/** A page of referrers, from the beginning or after any digest. */
export function aPageOfReferrers({ random }: Source): Page<Digest> {
  const limit = aLimit(random);
  return random.chance(0.5) ? { limit } : { limit, after: random.oneOf(manifests).digest };
}

/** A long or a short page, from the beginning or after any marker. */
export function aPage({ random }: Source): Page {
  const limit = aLimit(random);
  return random.chance(0.5) ? { limit } : { limit, after: random.oneOf(markers) };
}

const aLimit = (random: Random): number => random.oneOf([0, 1, 2, 3, 100, 100, 100, 100]);
