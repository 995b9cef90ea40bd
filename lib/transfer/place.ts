/** Where content is copied from and to, whatever it is: a registry, a storage, a layout, an archive. */

import type { Descriptor } from '../api/bodies.ts';
import type { Digest, MediaType } from '../api/formats.ts';
import { isObject } from '../checks/check.ts';
import type { Named, Names } from './names.ts';

/** One repository's worth of content: what {@link layout}, {@link archive}, {@link registry} and their like give. */
export interface Place {
  /** What it is called in messages. */
  readonly name: string;
}

/** A place as `copy` uses it. Once the signal is aborted, what was opened fails soon. */
export interface Openable extends Place {
  openSource(signal: AbortSignal): Promise<Source>;
  openDestination(signal: AbortSignal): Promise<Destination>;
}

/** Whether a value is what one of the constructors gives. */
export const isPlace = (value: unknown): value is Openable =>
  isObject(value) && typeof value.openSource === 'function' && typeof value.openDestination === 'function';

/** A manifest, byte for byte. */
export interface FoundManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: MediaType | undefined;
  readonly digest: Digest;
}

/** What is read from. Nothing of it is believed: `copy` holds bytes against their digests. */
export interface Source {
  readonly name: string;
  /** The reference that is meant where none is named. Throws an Error where that is not one. */
  usual(): Promise<string>;
  /** Every reference that is no digest. */
  references(): Promise<readonly string[]>;
  /** The manifest of a tag, a name or a digest. Throws an Error if there is none. */
  manifest(reference: string): Promise<FoundManifest>;
  /** Whether there is such a blob, where that is not known: an index may name manifests and blobs. */
  hasBlob(blob: Named): Promise<boolean>;
  blob(blob: Named): AsyncIterable<Uint8Array>;
  /** How the manifests with this subject are listed. */
  referrers(subject: Digest): Promise<readonly Descriptor[]>;
  close(): Promise<void>;
}

/** A manifest that is to be written, with what it names, all of which is there. */
export interface WrittenManifest extends FoundManifest {
  readonly mediaType: MediaType;
  readonly names: Names;
}

/** What a manifest is in a copy: asked for, named by an index, or found by its subject. */
export type Role = 'root' | 'child' | 'referrer';

/** What is written to. */
export interface Destination {
  readonly name: string;
  /** A manifest will be written, of which nothing is yet. Throws an Error where it cannot be. */
  expect(manifest: WrittenManifest, tag: string | undefined, role: Role): void;
  hasBlob(blob: Named): Promise<boolean>;
  /** Writes a blob. `open` gives its bytes, from the first again with each call; it throws where they are not those of the digest. */
  putBlob(blob: Named, open: () => AsyncIterable<Uint8Array>): Promise<void>;
  /** Whether the manifest is there, under this tag if one is named. */
  hasManifest(manifest: WrittenManifest, tag: string | undefined, role: Role): Promise<boolean>;
  putManifest(manifest: WrittenManifest, tag: string | undefined, role: Role): Promise<void>;
  /** Everything is written. */
  finish(): Promise<void>;
  /** Nothing more will be: removes what is of no use. */
  abandon(): Promise<void>;
}
