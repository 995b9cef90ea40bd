/** The kinds of work that a failure of the storage may interrupt, as data. */
import assert from 'node:assert/strict';
import type { OptionalMethod } from '../options.ts';
import type { PromiseName } from '../promises.ts';
import { chunkOf, digestOf, other, pushBlob, readTag, repo } from '../samples.ts';
import {
  assertAcknowledgedKept,
  blobStep,
  bothSteps,
  fresh,
  manifest,
  manifestStep,
  old,
  referrerStep,
  second,
  signature,
  tagStep,
} from './consistency.ts';
import {
  appendRest,
  assertMovedWholeOrEnded,
  commit,
  commitAfterRefusal,
  complete,
  half,
  onUpload,
  push,
  uploadStep,
  type Work,
} from './work.ts';

/** A kind of work. */
export interface Scenario {
  /** As part of a sentence: `the push of a blob`. */
  readonly name: string;
  readonly needs?: readonly OptionalMethod[];
  /** The promises that this kind of work is about, beside those of the rule. */
  readonly promises: readonly PromiseName[];
  /** Gives work of this kind that has not begun. */
  begin(): Work;
}

const digest = digestOf(fresh);
const [tag, next] = [readTag('Tag'), readTag('next')];

/** Work that changes something. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'the push of a blob in one body',
    promises: ['order'],
    begin: () => ({ act: (driver) => push(driver, other, [fresh.length]), steps: [blobStep(other, fresh, true)] }),
  },
  {
    name: 'the push of a blob in two bodies',
    promises: ['order'],
    begin: () => ({ act: (driver) => push(driver, repo, [half, fresh.length]), steps: [blobStep(repo, fresh, true)] }),
  },
  {
    name: 'an append',
    promises: ['append', 'append throws'],
    begin: () =>
      onUpload(half, (prepared) => ({
        act: (driver) => appendRest(driver, prepared()),
        steps: [uploadStep(prepared, half, fresh.length)],
        threw: (driver) => assertMovedWholeOrEnded(driver, prepared()),
      })),
  },
  {
    name: 'a commit',
    promises: ['commit', 'committed', 'order'],
    begin: () =>
      onUpload(fresh.length, (prepared) => ({
        act: (driver) => commit(driver, prepared()),
        steps: [blobStep(repo, fresh, true)],
      })),
  },
  {
    name: 'the last bytes and the publication of an upload in one go',
    needs: ['uploads.complete'],
    promises: ['complete', 'committed', 'order'],
    begin: () =>
      onUpload(half, (prepared) => ({
        act: (driver) => complete(driver, prepared()),
        steps: [blobStep(repo, fresh, true)],
        threw: (driver) => assertMovedWholeOrEnded(driver, prepared()),
      })),
  },
  {
    name: 'a commit after an append that was refused',
    promises: ['append throws', 'commit'],
    begin: () => commitAfterRefusal(fresh.subarray(0, half)),
  },
  {
    name: 'the end of an upload',
    promises: ['upload delete'],
    begin: () =>
      onUpload(half, (prepared) => ({
        act: (driver) => driver.uploads.delete(repo, prepared().id),
        steps: [uploadStep(prepared, half, undefined)],
      })),
  },
  {
    name: 'a blob that is put',
    needs: ['blobs.put'],
    promises: ['put', 'put refused', 'order'],
    begin: () => ({
      async act(driver) {
        await driver.blobs.put?.(other, digest, chunkOf(new Uint8Array(0), [[fresh.subarray(0, half)], [fresh.subarray(half)]]));
        return true;
      },
      steps: [blobStep(other, fresh, true)],
    }),
  },
  {
    name: 'a mount',
    needs: ['blobs.mount'],
    promises: ['mount'],
    begin: () => ({
      act: async (driver) => (await driver.blobs.mount?.(other, digestOf(old), repo)) === true,
      steps: [blobStep(other, old, true)],
    }),
  },
  {
    name: 'the deletion of a blob',
    promises: ['blob delete'],
    begin: () => ({
      async prepare(driver) {
        await pushBlob(driver, repo, fresh);
        await pushBlob(driver, other, fresh);
      },
      act: (driver) => driver.blobs.delete(repo, digest),
      steps: [blobStep(repo, fresh, false)],
      after: async (driver) => assert.ok(await blobStep(other, fresh, true).done(driver), 'it is gone from another repository'),
    }),
  },
  {
    name: 'a manifest with a subject',
    promises: ['manifest put', 'order'],
    begin: () => ({
      async act(driver) {
        await driver.manifests.put(other, signature);
        return true;
      },
      steps: [manifestStep(other, signature, true), referrerStep(other, signature, true)],
    }),
  },
  {
    name: 'a manifest with a subject, a new tag and one that moves',
    needs: ['manifests.putTagged'],
    promises: ['manifest put tagged', 'order'],
    begin: () => ({
      async prepare(driver) {
        await driver.manifests.put(repo, second);
        assert.equal(await driver.manifests.tag(repo, next, second.digest), true);
      },
      act: async (driver) => (await driver.manifests.putTagged?.(repo, signature, [tag, next])) === true,
      steps: [
        manifestStep(repo, signature, true),
        referrerStep(repo, signature, true),
        bothSteps(tagStep(repo, tag, undefined, signature.digest), tagStep(repo, next, second.digest, signature.digest)),
      ],
    }),
  },
  {
    name: 'a tag',
    promises: ['tag'],
    begin: () => ({
      prepare: (driver) => driver.manifests.put(other, second),
      act: (driver) => driver.manifests.tag(other, tag, second.digest),
      steps: [tagStep(other, tag, undefined, second.digest)],
    }),
  },
  {
    name: 'a tag that moves',
    promises: ['tag', 'tag expected'],
    begin: () => ({
      async prepare(driver) {
        await driver.manifests.put(repo, second);
        assert.equal(await driver.manifests.tag(repo, tag, second.digest), true);
      },
      act: (driver) => driver.manifests.tag(repo, tag, manifest.digest, second.digest),
      steps: [tagStep(repo, tag, second.digest, manifest.digest)],
    }),
  },
  {
    name: 'a tag that is deleted',
    promises: ['untag'],
    begin: () => ({
      prepare: async (driver) => assert.equal(await driver.manifests.tag(repo, tag, manifest.digest), true),
      act: (driver) => driver.manifests.untag(repo, tag),
      steps: [tagStep(repo, tag, manifest.digest, undefined)],
    }),
  },
  {
    name: 'the deletion of a manifest with tags and a subject',
    promises: ['manifest delete', 'reverse order'],
    begin: () => ({
      async prepare(driver) {
        await driver.manifests.put(repo, signature);
        for (const each of [tag, next]) assert.equal(await driver.manifests.tag(repo, each, signature.digest), true);
      },
      act: (driver) => driver.manifests.delete(repo, signature.digest),
      steps: [
        bothSteps(tagStep(repo, tag, signature.digest, undefined), tagStep(repo, next, signature.digest, undefined)),
        referrerStep(repo, signature, false),
        manifestStep(repo, signature, false),
      ],
      async after(driver) {
        // A tag or a referrer entry that was left behind would resolve again once the manifest is back.
        await driver.manifests.put(repo, signature);
        for (const each of [tag, next]) {
          assert.equal(await driver.manifests.resolve(repo, each), undefined, `tag ${each} came back with its manifest`);
        }
      },
    }),
  },
];

/** Work that only reads. */
export const readScenarios: readonly Scenario[] = [
  {
    name: 'everything that is read',
    promises: ['absence'],
    begin: () => ({
      prepare: (driver) => driver.manifests.put(repo, signature),
      async act(driver) {
        try {
          await assertAcknowledgedKept(driver);
          return await referrerStep(repo, signature, true).done(driver);
        } catch (error) {
          if (error instanceof assert.AssertionError) return false;
          throw error;
        }
      },
      steps: [],
    }),
  },
];
