/**
 * Uploads: each is one file that grows and in the end becomes the content, and whose name says how many of its bytes count. They are
 * synced before the name says so. The name itself is not synced: an upload outlives its process; after a loss of power it may
 * be gone or stand where it stood before, but not beyond what it has. Appends and commits claim the upload while they run; between two
 * requests it is free, and any process may continue it.
 */
import type { Checkpoint, Chunk, UploadId, UploadStore } from '../../lib/driver.ts';
import { free, repositoryMark, uploadKey } from '../tree/layout.ts';
import { appendChunk } from './appending.ts';
import type { FsBlobStore } from './blobs.ts';
import { createUnsynced, removeUnsynced } from './changes.ts';
import { type Claim, createClaims, cut } from './claims.ts';
import { sweep, tryEach } from './dead-instances.ts';
import { type Disk, open, statsOf } from './disk.ts';
import { endIdleUploads } from './expiry.ts';
import { createStandings } from './standings.ts';
import { streamRange } from './streams.ts';

/** The uploads of a disk. A commit makes them blobs; an expiry also sweeps what is left behind. */
export function createUploadStore(disk: Disk, blobs: FsBlobStore, sweepEmptyDirectories: () => Promise<void>): UploadStore {
  const standings = createStandings(disk);
  const claims = createClaims(disk, standings);
  /** Uploads that an append of this process is writing to. To end one removes it, and its append then stops. */
  const active = new Set<UploadId>();

  /** Appends the chunk, with the upload among the active ones, so that its end can stop this. Undefined if it was ended. */
  async function take(claim: Claim, chunk: Chunk): Promise<Checkpoint | undefined> {
    const { id } = claim.name;
    active.add(id);
    try {
      return await appendChunk(disk, claim, chunk, () => active.has(id));
    } finally {
      active.delete(id);
    }
  }

  /** Makes the file end at its offset, durably; undefined if the upload is gone. */
  async function settle({ name, isExact }: Claim): Promise<true | undefined> {
    // Appends sync what they wrote; an empty file has had none.
    if (isExact && name.offset > 0) return true;
    const file = await open(disk, uploadKey(name), 'update');
    try {
      if (file && !isExact) await cut(disk, name, file);
      if (name.offset === 0) await file?.sync();
      return file && true;
    } finally {
      await file?.close();
    }
  }

  return {
    async create(repo, id, start) {
      // An instance writes its record before anything else, so that others can tell whether the writer of a thing is alive.
      await disk.instances.register();
      const standing = { repo, id, mark: repositoryMark(repo), holder: free, ...start, isExact: true };
      await createUnsynced(disk, uploadKey(standing));
      standings.remember(standing);
      return start;
    },

    async get(repo, id) {
      const standing = await standings.find(repo, id);
      return standing && { offset: standing.offset, ...(standing.digest && { digest: standing.digest }) };
    },

    append: (repo, id, from, chunk) =>
      claims.withClaim(repo, id, from.offset, async (claim) => {
        const end = await take(claim, chunk);
        return end && (await claims.giveBack(claim, end)) ? end : undefined;
      }),

    complete: (repo, id, from, chunk, digest) =>
      claims.withClaim<Checkpoint | true>(repo, id, from.offset, async (claim) => {
        const end = await take(claim, chunk);
        if (!end || !chunk.isWhole()) return end && (await claims.giveBack(claim, end)) ? end : undefined;
        // What was appended is synced, and so is what came before.
        const isSynced = end.offset > 0 || (await settle(claim));
        // Publication begins with the link, which an upload that was ended meanwhile would leave behind.
        if (!(await statsOf(disk, uploadKey(claim.name)))) return undefined;
        return (isSynced && (await blobs.publish(uploadKey(claim.name), repo, digest))) || undefined;
      }),

    async read(repo, id, at) {
      const file = await standings.withKey(repo, id, (key) => open(disk, key, 'read'));
      return file && streamRange(file, 0, at.offset);
    },

    async commit(repo, id, at, digest) {
      const published = await claims.withClaim(repo, id, at.offset, async (claim) => {
        const isThere = (await settle(claim)) && (await blobs.publish(uploadKey(claim.name), repo, digest));
        return isThere || undefined;
      });
      return published ?? blobs.confirm(repo, digest);
    },

    async delete(repo, id) {
      // A running append stops before its next write.
      active.delete(id);
      const removed = await standings.withKey(repo, id, async (key) => (await removeUnsynced(disk, key)) || undefined);
      standings.forget(id);
      return removed ?? false;
    },

    async expire(before) {
      let ended = 0;
      const endIdle = async () => {
        ended = await endIdleUploads(disk, claims, before);
      };
      await tryEach([endIdle, () => sweep(disk), sweepEmptyDirectories], (step) => step());
      return ended;
    },
  };
}
