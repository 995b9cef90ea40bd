/** Copies content from one place to another: what a manifest names before the manifest, and what is there already not at all. */
import { type Digest, readDigest, readTag } from '../api/formats.ts';
import { abortSignal, boolean, callable, listOf, matching, must, positive } from '../checks/check.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import { Gate, mapConcurrently } from '../concurrency.ts';
import { checkDigest, verified } from './bytes.ts';
import { type Named, namesIn } from './names.ts';
import type { Destination, FoundManifest, Place, Role, Source, WrittenManifest } from './place.ts';
import { isPlace } from './place.ts';
import { forPlatforms, isPlatform } from './platforms.ts';
import { isFallbackTag } from './registry/requests.ts';

/** What is copied, and how. */
export interface CopyOptions {
  /**
   * Tags, digests, or the names that entries of a layout and images of an archive have. Default: `latest` of a registry; of layouts and
   * archives what is the only one.
   */
  readonly references?: readonly string[] | undefined;
  /** Copies everything that has a tag. Default: false. */
  readonly allTags?: boolean | undefined;
  /** The tag at the destination, where one thing is copied. Default: the tag that it has; a digest has none. */
  readonly as?: string | undefined;
  /**
   * Copies only these of each index: `linux/arm64`, or `linux/arm/v7`. One takes the place of its index, under its tag; of several, an index of
   * their own is made. What is no index is copied as it is. Default: indexes are copied with all that they name.
   */
  readonly platforms?: readonly string[] | undefined;
  /** Copies what refers to that which is copied: signatures, lists of contents, and what refers to these. Default: false. */
  readonly referrers?: boolean | undefined;
  /** How many blobs and manifests are copied at a time. Default: 4. */
  readonly concurrency?: number | undefined;
  /** Breaks the copy off. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each step. What it throws breaks the copy off. */
  readonly onProgress?: ((step: CopyStep) => void) | undefined;
}

/** A step of a copy. `bytes`: a piece of a blob was read; the others are whole. */
export interface CopyStep {
  readonly type: 'bytes' | 'blob' | 'manifest';
  readonly digest: Digest;
  /** In bytes: of the piece, or of the whole. */
  readonly size: number;
  /** Whether it was at the destination already. */
  readonly present: boolean;
  /** The tag of a manifest that was copied under one. */
  readonly tag?: string | undefined;
}

/** What was copied under a name. */
export interface CopiedReference {
  /** As it is called at the source. */
  readonly reference: string;
  readonly digest: Digest;
  /** The tag at the destination. */
  readonly tag?: string | undefined;
}

/** What a copy has done. */
export interface CopyReport {
  readonly references: readonly CopiedReference[];
  /** How many manifests, and how many blobs, were written. */
  readonly manifests: number;
  readonly blobs: number;
  /** How many bytes these are. */
  readonly bytes: number;
  /** How many were at the destination already. */
  readonly present: { readonly manifests: number; readonly blobs: number };
  /** How many layers are fetched from elsewhere, and were not copied. */
  readonly foreign: number;
}

const texts = listOf(matching(/./, 'be text'));
const rules = {
  references: { check: texts },
  allTags: { check: boolean, default: false },
  as: { check: must('be a tag', (value) => typeof value === 'string' && readTag(value) !== undefined) },
  platforms: { check: listOf(must("be a platform such as 'linux/arm64' or 'linux/arm/v7'", isPlatform)) },
  referrers: { check: boolean, default: false },
  concurrency: { check: positive, default: 4 },
  signal: { check: abortSignal },
  onProgress: { check: callable },
} as const satisfies OptionRules<CopyOptions>;

/** Bounds on what a source can have copied: it may be made to have no end. */
const most = { levels: 8, manifests: 100_000 };

/**
 * Copies manifests, with everything that they name. Bytes are streamed, and held against their digests; nothing is believed of the source. A
 * blob or manifest that the destination has is not copied again, so that a copy that broke off goes on where it is made again.
 *
 * Layers with `urls`, which clients fetch from elsewhere, are left there.
 *
 * @throws {TypeError} that lists everything that is wrong with the options. Otherwise it rejects with an Error that says in which place what
 * is wrong, with what the system says of a file, or with the reason of the signal.
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { image, startRegistry } from 'stowage/testing';
 * import { copy, registry, storage } from 'stowage/transfer';
 *
 * await using remote = await startRegistry();
 * await remote.seed('team/app:1.0', image());
 * const here = storage(memoryDriver(), 'app');
 * const { blobs } = await copy(registry(`${remote.url}/team/app`), here, { references: ['1.0'] });
 * blobs; // => 2
 */
export async function copy(source: Place, destination: Place, options: CopyOptions = {}): Promise<CopyReport> {
  const wrong = [source, destination].some((each) => !isPlace(each))
    ? ['source and destination are places: what registry(), storage(), layout(), archive() or dockerArchive() gives']
    : [];
  const contradiction =
    options.allTags && (options.references ?? options.as) !== undefined
      ? ['allTags is given without references and without as']
      : [];
  const given = parseOptions('copy', options, rules, [...wrong, ...contradiction]);
  if (!isPlace(source) || !isPlace(destination)) throw new TypeError(wrong[0]);
  given.signal?.throwIfAborted();
  // Whatever fails first ends all that is under way. Not AbortSignal.any, which Node 20 keeps for as long as the longest of its signals.
  const cut = new AbortController();
  const abort = (): void => cut.abort(given.signal?.reason);
  given.signal?.addEventListener('abort', abort);
  try {
    const from = await source.openSource(cut.signal);
    try {
      const to = await destination.openDestination(cut.signal);
      try {
        const report = await new Copying(from, to, given, cut).run();
        cut.signal.throwIfAborted();
        await to.finish();
        return report;
      } catch (error) {
        await to.abandon();
        throw error;
      }
    } finally {
      await from.close();
    }
  } catch (error) {
    given.signal?.throwIfAborted();
    throw error;
  } finally {
    given.signal?.removeEventListener('abort', abort);
  }
}

type Given = Omit<CopyOptions, 'concurrency' | 'referrers' | 'allTags'> & {
  readonly concurrency: number;
  readonly referrers: boolean;
  readonly allTags: boolean;
};

/** A copy that is under way. */
class Copying {
  readonly #gate: Gate;
  /** What was begun, so that it is not begun again: blobs by their digest, what manifests name, and manifests as what they are. */
  readonly #begun = new Map<string, Promise<void>>();
  /** Every manifest that is copied. */
  readonly #subjects = new Set<Digest>();
  readonly #count = { manifests: 0, blobs: 0, bytes: 0, foreign: 0, presentManifests: 0, presentBlobs: 0, read: 0 };

  constructor(
    private readonly source: Source,
    private readonly destination: Destination,
    private readonly options: Given,
    private readonly cut: AbortController,
  ) {
    this.#gate = new Gate(options.concurrency);
  }

  async run(): Promise<CopyReport> {
    const references = await this.#references();
    const tags = tagsOf(references, this.options.as, this.source.name);
    // Either many roots or the children of one run at a time, so that few manifests are in memory.
    const many = references.length > 1;
    const copied = await this.#each(references, many, async (reference, index) => {
      const tag = tags[index];
      const digest = await this.#root(reference, tag, !many);
      return { reference, digest, ...(tag !== undefined && { tag }) };
    });
    if (this.options.referrers) await this.#referrers();
    const { manifests, blobs, bytes, foreign, presentManifests, presentBlobs } = this.#count;
    return {
      references: copied,
      manifests,
      blobs,
      bytes,
      present: { manifests: presentManifests, blobs: presentBlobs },
      foreign,
    };
  }

  async #references(): Promise<readonly string[]> {
    const { references, allTags, referrers } = this.options;
    if (!allTags) return references ?? [await this.source.usual()];
    const all = await this.source.references();
    // The lists of referrers that are tags are made anew where they are needed.
    const found = referrers ? all.filter((tag) => !isFallbackTag(tag)) : all;
    if (found.length === 0) throw new Error(`${this.source.name} has no tags`);
    return found;
  }

  async #root(reference: string, tag: string | undefined, isAlone: boolean): Promise<Digest> {
    const { platforms } = this.options;
    const root = this.#written(await this.#read(reference));
    const chosen = platforms ? forPlatforms(root.names, platforms, `${this.source.name} ${reference}`) : 'whole';
    if (chosen === 'whole') return this.#copy(root, 'root', tag, isAlone, 0);
    const manifest = 'bytes' in chosen ? this.#written(chosen) : await this.#named(chosen);
    return this.#copy(manifest, 'root', tag, isAlone, 0);
  }

  /** Copies what a manifest names, and the manifest. */
  async #copy(
    manifest: WrittenManifest,
    role: Role,
    tag: string | undefined,
    isParallel: boolean,
    level: number,
  ): Promise<Digest> {
    const { digest, names } = manifest;
    if (level > most.levels)
      throw new Error(`${this.source.name} has manifests that name others more than ${most.levels} levels deep`);
    this.destination.expect(manifest, tag, role);
    await this.#once(`below ${digest}`, async () => {
      this.#count.foreign += names.foreign.length;
      await mapConcurrently(names.blobs, (blob) => this.#once(blob.digest, () => this.#blob(blob)));
      await mapConcurrently(names.either, (each) => this.#either(each, level));
      await this.#each(names.manifests, isParallel, (each) => this.#child(each, level));
    });
    if (role === 'root') await this.#put(manifest, tag, role);
    else await this.#once(`${role} ${digest}`, () => this.#put(manifest, tag, role));
    this.#subjects.add(digest);
    return digest;
  }

  async #child(named: Named, level: number): Promise<void> {
    await this.#copy(await this.#named(named), 'child', undefined, false, level + 1);
  }

  /** Build caches are indexes whose entries are layers; others name manifests of types that nobody knows. */
  async #either(named: Named, level: number): Promise<void> {
    const isBlob = await this.#gate.pass(() => this.source.hasBlob(named));
    await (isBlob ? this.#once(named.digest, () => this.#blob(named)) : this.#child(named, level));
  }

  /** Copies what refers to that which is copied, and so on. What is listed and refers to something else is none of it. */
  async #referrers(): Promise<void> {
    // One after the other: where a list of them is a tag, each is added to what the one before has left. What is copied here is a subject itself.
    for (const subject of this.#subjects) {
      for (const each of await this.source.referrers(subject)) {
        const referrer = await this.#named(each);
        if (referrer.names.subject === subject) await this.#copy(referrer, 'referrer', undefined, false, 0);
      }
    }
  }

  /** The manifest of a descriptor. */
  async #named({ digest, size, mediaType }: Named): Promise<WrittenManifest> {
    const found = await this.#read(digest);
    if (found.bytes.length !== size)
      throw new Error(`${this.source.name} gives ${found.bytes.length} bytes as ${digest}, which is to have ${size}`);
    return this.#written({ ...found, mediaType: found.mediaType ?? (mediaType as FoundManifest['mediaType']) });
  }

  #read(reference: string): Promise<FoundManifest> {
    this.#count.read += 1;
    if (this.#count.read > most.manifests)
      throw new Error(`${this.source.name} has more than ${most.manifests} manifests to copy`);
    return this.#gate.pass(async () => {
      this.cut.signal.throwIfAborted();
      const found = await this.source.manifest(reference);
      checkDigest(found.bytes, readDigest(reference) ?? found.digest, this.source.name);
      return found;
    });
  }

  #written(found: FoundManifest): WrittenManifest {
    try {
      const names = namesIn(found.bytes, found.mediaType);
      return { ...found, mediaType: names.mediaType, names };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${this.source.name} has ${found.digest}, which is no manifest that can be copied: ${reason}`, { cause });
    }
  }

  async #put(manifest: WrittenManifest, tag: string | undefined, role: Role): Promise<void> {
    const { digest, bytes } = manifest;
    const present = await this.#gate.pass(async () => {
      this.cut.signal.throwIfAborted();
      if (await this.destination.hasManifest(manifest, tag, role)) return true;
      await this.destination.putManifest(manifest, tag, role);
      return false;
    });
    this.#count[present ? 'presentManifests' : 'manifests'] += 1;
    if (!present) this.#count.bytes += bytes.length;
    this.#tell({ type: 'manifest', digest, size: bytes.length, present, ...(tag !== undefined && { tag }) });
  }

  async #blob(blob: Named): Promise<void> {
    const { digest, size } = blob;
    const present = await this.#gate.pass(async () => {
      this.cut.signal.throwIfAborted();
      if (await this.destination.hasBlob(blob)) return true;
      await this.#write(blob);
      return false;
    });
    this.#count[present ? 'presentBlobs' : 'blobs'] += 1;
    if (!present) this.#count.bytes += size;
    this.#tell({ type: 'blob', digest, size, present });
  }

  /** Writes a blob. What is wrong with its bytes is thrown, and not what becomes of a request whose body breaks off. */
  async #write(blob: Named): Promise<void> {
    const opened: AsyncGenerator<Uint8Array>[] = [];
    let flaw: { readonly error: unknown } | undefined;
    const watched = async function* (this: Copying): AsyncGenerator<Uint8Array> {
      try {
        for await (const piece of verified(this.source.blob(blob), blob, this.source.name)) {
          this.cut.signal.throwIfAborted();
          this.#tell({ type: 'bytes', digest: blob.digest, size: piece.length, present: false });
          yield piece;
        }
      } catch (error) {
        flaw = { error };
        throw error;
      }
    };
    const open = (): AsyncIterable<Uint8Array> => {
      const pieces = watched.call(this);
      opened.push(pieces);
      return pieces;
    };
    try {
      await this.destination.putBlob(blob, open);
    } catch (error) {
      throw flaw ? flaw.error : error;
    } finally {
      // What a server did not take is let go of. It has failed where that fails, and what it has failed with is thrown already.
      for (const pieces of opened) pieces.return(undefined).catch(() => {});
    }
  }

  #tell(step: CopyStep): void {
    this.options.onProgress?.(step);
  }

  #once(key: string, work: () => Promise<void>): Promise<void> {
    const begun = this.#begun.get(key);
    if (begun) return begun;
    const running = this.#cutting(work);
    this.#begun.set(key, running);
    return running;
  }

  /** Does some work. If it fails, all other work ends. */
  async #cutting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.cut.abort(error);
      throw error;
    }
  }

  /** Each value after the one before, or several at a time. */
  #each<T, R>(values: readonly T[], isParallel: boolean, step: (value: T, index: number) => Promise<R>): Promise<R[]> {
    return mapConcurrently(
      values,
      (value, index) => this.#cutting(() => step(value, index)),
      isParallel ? this.options.concurrency : 1,
    );
  }
}

/** The tags under which references are copied; undefined for a digest. Throws an Error where one has none, or two have the same. */
function tagsOf(references: readonly string[], as: string | undefined, source: string): (string | undefined)[] {
  if (as !== undefined && references.length !== 1)
    throw new Error(`${source}: one tag is asked for, for ${references.length} manifests`);
  const tags = references.map((reference) => as ?? tagIn(reference, source));
  const twice = tags.find((tag, index) => tag !== undefined && tags.indexOf(tag) < index);
  if (twice === undefined) return tags;
  const named = references.filter((_, index) => tags[index] === twice);
  throw new Error(`${source} has ${named.join(' and ')}, which would both be the tag ${twice}: copy them one by one`);
}

/** The tag of a reference: of `docker.io/library/app:1.0`, as layouts and archives have them, it is `1.0`. */
function tagIn(reference: string, source: string): string | undefined {
  if (readDigest(reference) !== undefined) return undefined;
  const tag = readTag(reference) ?? readTag(/^[^@]+:([^:/]+)$/.exec(reference)?.[1] ?? '');
  if (tag === undefined) throw new Error(`${source} has ${reference}, which is no tag: say which it is to be`);
  return tag;
}
