/** What wrong drivers are made of: chunks that are read in other ways, what a right driver holds, and a moment in between. */
import type { Chunk, Digest, RepositoryName, Tag, Upload, UploadId, UploadStore } from '../../../lib/driver.ts';
import { chunkOf, readAll } from '../../../lib/testing/suite/samples.ts';
import type { RightDriver } from './wrong-driver.ts';

/** What a chunk gives. */
export type Steps = AsyncIterable<readonly Uint8Array[]>;

/** A moment in which others get their turn. */
export const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** More than any case stores. */
export const all = { limit: 1_000_000 } as const;

/** The chunk, whose steps are given in another way. */
export function through(chunk: Chunk, change: (steps: Steps) => Steps): Chunk {
  return { ...chunk, checkpoint: () => chunk.checkpoint(), [Symbol.asyncIterator]: () => change(chunk)[Symbol.asyncIterator]() };
}

/** An append that takes the steps of its chunk in another way. */
export function appending(right: RightDriver, change: (steps: Steps) => Steps): Pick<UploadStore, 'append'> {
  return { append: (repo, id, from, chunk) => right.uploads.append(repo, id, from, through(chunk, change)) };
}

/** Every step by itself, changed. */
export function eachStep(change: (step: readonly Uint8Array[]) => readonly Uint8Array[]): (steps: Steps) => Steps {
  return async function* changed(steps) {
    for await (const step of steps) yield change(step);
  };
}

/** All that a chunk gives. */
export async function collected(steps: Steps): Promise<Uint8Array[]> {
  const buffers: Uint8Array[] = [];
  for await (const step of steps) buffers.push(...step);
  return buffers;
}

/** Buffers that were collected, as a chunk of one step with the checkpoint of the chunk that they came from. */
export function inOneStep(buffers: readonly Uint8Array[], chunk: Chunk): Chunk {
  return { ...chunkOf(new Uint8Array(0), [buffers]), checkpoint: () => chunk.checkpoint() };
}

/** The bytes of an upload. */
export async function bytesOf(right: RightDriver, repo: RepositoryName, id: UploadId, at: Upload): Promise<Uint8Array> {
  return (await readAll(await right.uploads.read(repo, id, at))) ?? new Uint8Array(0);
}

/** Has the repository hold these bytes under this digest. */
export function publish(right: RightDriver, repo: RepositoryName, digest: Digest, ...content: Uint8Array[]): Promise<void> {
  return right.blobs.put(repo, digest, chunkOf(new Uint8Array(0), [content]));
}

/** Whether the upload stands there. */
export async function stands(right: RightDriver, repo: RepositoryName, id: UploadId, at: Upload): Promise<boolean> {
  return (await right.uploads.get(repo, id))?.offset === at.offset;
}

/** All repositories. */
export const everywhere = (right: RightDriver): Promise<readonly RepositoryName[]> => right.manifests.repositories(all);

/** The tags of a repository that point at the digest. */
export async function tagsOn(right: RightDriver, repo: RepositoryName, digest: Digest): Promise<Tag[]> {
  const found: Tag[] = [];
  for (const tag of (await right.manifests.tags(repo, all)) ?? []) {
    if ((await right.manifests.resolve(repo, tag)) === digest) found.push(tag);
  }
  return found;
}

/** Does work with one thing at a time. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Hides from a driver what other ones on its storage have done. */
export interface Unwritten {
  /** Notes that this driver did something which it never wrote. */
  note(key: string): void;
  /** Whether this driver did it, or it was written. */
  knows(key: string): boolean;
}

/** What drivers on one storage keep to themselves; asked for once by each of them. */
export function unwritten(): () => Unwritten {
  const lost = new Set<string>();
  return () => {
    const mine = new Set<string>();
    return {
      note(key) {
        lost.add(key);
        mine.add(key);
      },
      knows: (key) => mine.has(key) || !lost.has(key),
    };
  };
}
