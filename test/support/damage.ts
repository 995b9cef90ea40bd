/** Content that is damaged where it is stored, as a disk does it: behind the back of the driver, or through its contract where it has no disk. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import { contentKey, manifestKey } from '../../drivers/tree/layout.ts';
import { encodeManifest } from '../../drivers/tree/records.ts';
import type { Digest, Driver, Manifest, RepositoryName } from '../../lib/driver.ts';
import { chunkOf } from '../../lib/testing/suite/samples.ts';

/** A driver whose content can be damaged. */
export interface Fragile {
  readonly driver: Driver;
  /** What is stored of a blob from then on. */
  setBlob(repo: RepositoryName, digest: Digest, bytes: Uint8Array): Promise<void>;
  /** What is stored of a manifest from then on: what `damage` makes of its bytes or, on a disk, of its file. */
  setManifest(repo: RepositoryName, manifest: Manifest, damage: Damage): Promise<void>;
}

/** What becomes of bytes. */
export type Damage = (bytes: Uint8Array) => Uint8Array;

const block = 256 * 1024;

const flipped =
  (at: (length: number) => number): Damage =>
  (bytes) => {
    const index = at(bytes.length);
    return bytes.map((byte, each) => (each === index ? byte ^ 0x10 : byte));
  };

/** What happens to the bytes of a file, by where it does: in its first, its middle or its last block. */
export const damages: Readonly<Record<string, Damage>> = {
  'a flipped bit in the first block': flipped(() => 0),
  'a flipped bit in the middle': flipped((length) => Math.floor(length / 2)),
  'a flipped bit at the end': flipped((length) => length - 1),
  'a lost byte at the end': (bytes) => bytes.subarray(0, -1),
  'a lost last block': (bytes) => bytes.subarray(0, Math.max(bytes.length - block, Math.floor(bytes.length / 3))),
  'a lost half': (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
  'all but the first byte lost': (bytes) => bytes.subarray(0, bytes.length > 1 ? 1 : 0),
  'nothing left': () => new Uint8Array(0),
};

/** The bytes in pieces, as they are kept in memory. */
function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 700_000) pieces.push(bytes.subarray(at, at + 700_000));
  return pieces;
}

const inMemory = (): Fragile => {
  const driver = memoryDriver();
  return {
    driver,
    setBlob: async (repo, digest, bytes) => {
      const steps = piecesOf(bytes).map((piece) => [piece]);
      await driver.blobs.put?.(repo, digest, chunkOf(new Uint8Array(0), steps));
    },
    setManifest: (repo, manifest, damage) => driver.manifests.put(repo, { ...manifest, bytes: damage(manifest.bytes) }),
  };
};

const onDisk = (): Fragile => {
  const root = mkdtempSync(join(tmpdir(), 'stowage-'));
  const driver = fsDriver({ root, durability: 'none' });
  onTestFinished(async () => {
    await driver.close();
    rmSync(root, { recursive: true });
  });
  return {
    driver,
    setBlob: async (_, digest, bytes) => writeFileSync(join(root, contentKey(digest)), bytes),
    setManifest: async (repo, manifest, damage) =>
      writeFileSync(join(root, manifestKey(repo, manifest.digest)), damage(encodeManifest(manifest))),
  };
};

/** The same, where blobs are iterated and not read into given memory. */
const iterated = (): Fragile => {
  const fragile = onDisk();
  const { blobs } = fragile.driver;
  const get: typeof blobs.get = async (...asked) => {
    const blob = await blobs.get(...asked);
    if (!blob) return undefined;
    const open: typeof blob.open = async (range) => {
      const bytes = await blob.open(range);
      return bytes === undefined || ArrayBuffer.isView(bytes)
        ? bytes
        : { [Symbol.asyncIterator]: () => bytes[Symbol.asyncIterator]() };
    };
    return { size: blob.size, open };
  };
  return { ...fragile, driver: { ...fragile.driver, blobs: { ...blobs, get } } };
};

/** Drivers whose content can be damaged, for the test that runs. */
export const fragileDrivers: Readonly<Record<string, () => Fragile>> = { memory: inMemory, fs: onDisk, 'fs, iterated': iterated };
