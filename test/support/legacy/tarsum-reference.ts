/** Tarsums for tests: one over whole archives, and one that is told the entries and reads no archive. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { isRegistryError } from '../../../lib/api/errors.ts';
import { createRunningTarsum, type TarsumKind } from '../../../lib/legacy/tarsum/index.ts';
import { inPieces } from './tar.ts';

export const v1: TarsumKind = { version: 'v1', algorithm: 'sha256' };
export const v0: TarsumKind = { version: '', algorithm: 'sha256' };

/** The tarsum of an archive that comes in pieces of one size. */
export function tarsumOf(bytes: Uint8Array, kind: TarsumKind = v1, size = 65_536): string {
  const running = createRunningTarsum(kind);
  for (const piece of inPieces(bytes, size)) running.update(piece);
  return running.digest();
}

/** The message with which an archive is refused. */
export function refusalOf(bytes: Uint8Array, size?: number): string {
  const error = thrownBy(() => tarsumOf(bytes, v1, size));
  if (!isRegistryError(error)) throw error;
  expect(error).toMatchObject({ code: 'DIGEST_INVALID', status: 400 });
  expect(error.message).toMatch(/^the content has no tarsum: the block at byte \d+ \w/);
  return error.message;
}

/** The tarsum, or `refused`; anything else that is thrown is thrown on. */
export function outcomeOf(bytes: Uint8Array, size?: number): string {
  try {
    return tarsumOf(bytes, v1, size);
  } catch (error) {
    if (isRegistryError(error) && error.code === 'DIGEST_INVALID') return 'refused';
    throw error;
  }
}

function thrownBy(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  return new Error('nothing was thrown');
}

/** What counts of an entry; what is not said is zero or empty. */
export interface Counted {
  readonly name: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly type?: string;
  readonly linkname?: string;
  readonly uname?: string;
  readonly gname?: string;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly content?: string;
  /** Name and value in turn, in the order of the names. */
  readonly attributes?: readonly string[];
}

/** The tarsum of entries whose paths all differ, from its definition. */
export function expected(entries: readonly Counted[], { version, algorithm }: TarsumKind = v1): string {
  const hexOf = (text: string) => createHash(algorithm).update(text, 'latin1').digest('hex');
  const sums = entries.map((entry) => hexOf(version === '' ? firstText(entry) : laterText(entry))).sort();
  return `tarsum${version && `.${version}`}+${algorithm}:${hexOf(sums.join(''))}`;
}

function firstText(entry: Counted): string {
  return `${owner(entry)}mtime${entry.mtime ?? 0}${kindOf(entry)}${entry.content ?? ''}`;
}

function laterText(entry: Counted): string {
  return `${owner(entry)}${kindOf(entry)}${(entry.attributes ?? []).join('')}${entry.content ?? ''}`;
}

function owner({ name, mode = 0, uid = 0, gid = 0, content = '' }: Counted): string {
  return `name${name}mode${mode}uid${uid}gid${gid}size${content.length}`;
}

function kindOf({ type = '0', linkname = '', uname = '', gname = '', devmajor = 0, devminor = 0 }: Counted): string {
  return `typeflag${type}linkname${linkname}uname${uname}gname${gname}devmajor${devmajor}devminor${devminor}`;
}
