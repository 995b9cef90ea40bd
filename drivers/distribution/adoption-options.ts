/** What an adoption can be told: the types, and a row for each option. */
import { boolean, callable, isObject, must, oneOf } from '../../lib/checks/check.ts';
import { membersOf, type OptionRules, type OptionTable } from '../../lib/checks/options.ts';
import type { RepositoryName } from '../../lib/driver.ts';
import { type FsDriverOptions, fsOptions } from '../fs/options.ts';

/** The directory of the fs driver that gets the content, as `fsDriver` is told of it. */
export type AdoptionTarget = Pick<FsDriverOptions, 'root' | 'durability' | 'fileMode' | 'directoryMode'>;

/** What `adoptDistributionTree` is told. */
export interface AdoptionOptions {
  /** The `rootdirectory` of the registry that wrote the tree: it has `docker/registry/v2` in it. Nothing in that is changed. */
  readonly from: string;
  /** Where the content goes. */
  readonly to: AdoptionTarget;
  /** Whether all bytes are read and held against their digests; those of manifests always are. Default: false. */
  readonly verify?: boolean | undefined;
  /**
   * What becomes of a tag that points at another manifest in `to`: it stays, or is moved to where it points in `from`.
   * Default: 'keep'.
   */
  readonly tags?: 'keep' | 'move' | undefined;
  /** Ends the work: it then rejects with the signal's reason, and what is done stays. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far the work is, after each thousand of things at most. */
  readonly onProgress?: ((progress: AdoptionProgress) => void) | undefined;
}

/** What was done so far. What had been done before counts as well. */
export interface AdoptionCounts {
  /** The repositories of which something is held. */
  readonly repositories: number;
  /** The blobs whose bytes are a hard link: they take no room. */
  readonly linked: number;
  /** The blobs whose bytes were copied. */
  readonly copied: number;
  /** The blobs whose bytes were there before. */
  readonly present: number;
  /** The bytes that were copied. */
  readonly copiedBytes: number;
  /** The manifests, each once for every repository that holds it. */
  readonly manifests: number;
  readonly tags: number;
  /** How many things were skipped. */
  readonly skipped: number;
}

/** How far an adoption is. */
export interface AdoptionProgress extends AdoptionCounts {
  /** The repository that is being worked on. */
  readonly repository: RepositoryName;
}

/** What an adoption has done, and what it could not do. */
export interface AdoptionReport extends AdoptionCounts {
  /** What was skipped, the first ten thousand things. */
  readonly problems: readonly Skipped[];
}

/** Something of the tree that was not taken over. */
export interface Skipped {
  /** The file that is wrong, or that leads to what is: its path below `docker/registry/v2`. */
  readonly path: string;
  /**
   * `damaged-link`: the file has no digest in it, or another one than its name says. `missing-bytes`: there are no bytes of that digest.
   * `wrong-digest`: the bytes have another digest. `no-manifest`: the bytes are no manifest. `missing-manifest`: the repository does
   * not hold the manifest at which the tag points. `other-tag`: in `to`, the tag points at another manifest, and stays.
   */
  readonly reason: 'damaged-link' | 'missing-bytes' | 'wrong-digest' | 'no-manifest' | 'missing-manifest' | 'other-tag';
}

/** The options of `fsDriver` that an adoption takes for its target. */
export const targetOptions = {
  root: fsOptions.root,
  durability: fsOptions.durability,
  fileMode: fsOptions.fileMode,
  directoryMode: fsOptions.directoryMode,
} as const satisfies OptionTable<AdoptionTarget>;

/** The options of `adoptDistributionTree`. */
export const adoptionOptions = {
  from: { required: true, check: fsOptions.root.check },
  to: { required: true, check: membersOf<AdoptionTarget>(targetOptions) },
  verify: { check: boolean, default: false },
  tags: { check: oneOf('keep', 'move'), default: 'keep' },
  signal: { check: must('be an AbortSignal', (value) => isObject(value) && typeof value.throwIfAborted === 'function') },
  onProgress: { check: callable },
} as const satisfies OptionRules<AdoptionOptions>;
