/**
 * Bytes of a tree as the content of a directory of the fs driver: another name of the same file (a hard link) or, where there can be none,
 * as on another file system, a copy.
 */
import { createHash } from 'node:crypto';
import { link } from 'node:fs/promises';
import { algorithmOf, type Digest, hexOf, StorageFault } from '../../lib/driver.ts';
import { moveUnsynced, withStaged } from '../fs/changes.ts';
import { parentOf } from '../fs/directories.ts';
import { type Disk, open, stat } from '../fs/disk.ts';
import { codeOf, orFault } from '../fs/system.ts';
import { contentKey } from '../tree/layout.ts';
import { blobKey } from './layout.ts';
import type { DistributionTree } from './tree.ts';

/**
 * The refusals of a link that a copy does not meet: two file systems, one without links, too many of them, and a file of somebody else's
 * that the system protects from them. Where the directory itself may not be written, the copy tells.
 */
const unlinkable: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** How bytes came to be the content of a digest, or why they did not. `present`: they were before. */
export type Placed = 'linked' | 'copied' | 'present' | 'missing-bytes' | 'wrong-digest';

/** What bytes became, and how many there are. */
export interface Placing {
  readonly placed: Placed;
  readonly size: number;
}

/** What is asked of a placing. */
export interface PlacingOptions {
  /** Whether bytes are read and hashed before they are placed. */
  readonly verify: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Places the bytes of a digest; their file is synced, its name is not. */
export async function placeContent(
  tree: DistributionTree,
  disk: Disk,
  digest: Digest,
  { verify, signal }: PlacingOptions,
): Promise<Placing> {
  const size = await tree.sizeOf(digest);
  if (size === undefined) return { placed: 'missing-bytes', size: 0 };
  if (verify && !(await isIntact(tree, digest, size, signal))) return { placed: 'wrong-digest', size };
  return { placed: await place(tree, disk, digest, size, signal), size };
}

async function place(tree: DistributionTree, disk: Disk, digest: Digest, size: number, signal?: AbortSignal): Promise<Placed> {
  const key = contentKey(digest);
  const isThere = (await stat(disk, key)) !== undefined;
  const refusal = isThere ? 'EEXIST' : await linkContent(tree.pathOf(blobKey(digest)), disk, key);
  if (unlinkable.has(refusal)) {
    await copyContent(piecesOf(tree, digest, size, signal), disk, key);
    return 'copied';
  }
  await syncContent(disk, key);
  return refusal === '' ? 'linked' : 'present';
}

/** Links a file. Gives the code with which that was refused, as there is one or cannot be; an empty string if it was done. */
async function linkContent(path: string, disk: Disk, key: string): Promise<string> {
  const linking = disk.directories.within(parentOf(key), () => refusalOf(link(path, disk.pathOf(key))));
  return orFault(`linking ${key}`, linking);
}

/** Whoever wrote the bytes may not have synced them, nor a process that linked them and died. Windows syncs only what may be written. */
async function syncContent(disk: Disk, key: string): Promise<void> {
  const file = await open(disk, key, process.platform === 'win32' ? 'update' : 'read');
  try {
    await file?.sync();
  } finally {
    await file?.close();
  }
}

async function refusalOf(linking: Promise<void>): Promise<string> {
  try {
    await linking;
    return '';
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' || unlinkable.has(code)) return code;
    throw error;
  }
}

async function copyContent(pieces: AsyncIterable<Uint8Array>, disk: Disk, key: string): Promise<void> {
  await withStaged(
    disk,
    async (file) => {
      let end = 0;
      for await (const piece of pieces) end = await file.write([piece], end);
      await file.sync();
    },
    (temporary) => moveUnsynced(disk, temporary, key),
  );
}

async function isIntact(tree: DistributionTree, digest: Digest, size: number, signal?: AbortSignal): Promise<boolean> {
  const hash = createHash(algorithmOf(digest));
  for await (const piece of piecesOf(tree, digest, size, signal)) hash.update(piece);
  return hash.digest('hex') === hexOf(digest);
}

async function* piecesOf(tree: DistributionTree, digest: Digest, size: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const bytes = await tree.blobOf(digest, size).open();
  if (bytes === undefined) throw new StorageFault('busy', `${blobKey(digest)} went before it was read`);
  for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    signal?.throwIfAborted();
    yield piece;
  }
}
