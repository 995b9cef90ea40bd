/**
 * That the suite tells a driver that syncs what it must from one that does not: the file system driver, with syncs left out or
 * made too late, loses what it reported as done, and the case that takes the power away says so.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { FileSystem } from '../../drivers/fs.ts';
import { storeAcknowledged } from '../../lib/testing/suite/faults/consistency.ts';
import { scenarios } from '../../lib/testing/suite/faults/scenarios.ts';
import { driverCases } from '../../lib/testing/suite/index.ts';
import { onModelDisk, root } from '../support/drivers/on-model-disk.ts';
import {
  type Flaw,
  lateSyncs,
  negligentSuccessor,
  unsyncedDirectories,
  unsyncedFiles,
  without,
} from '../support/drivers/sync-flaws.ts';
import { type Call, watch } from '../support/drivers/watched-file-system.ts';

/** The case about some work. */
type About = (work: string) => string;

const power: About = (work) => `when the power goes at any call of ${work}, what was done is kept and the rest can be repeated`;
const powerLater: About = (work) => `when the power goes after ${work} was repeated, it is kept`;

/** Runs a case on a driver with a flaw; it has to fail. */
async function caught(flaw: () => Flaw, about: About, work: string, by: RegExp): Promise<void> {
  const found = driverCases(onModelDisk('fsDriver', { flawed: flaw })).find(({ name }) => name === about(work));
  assert.ok(found && found.skipped === undefined, `there is no case '${about(work)}'`);
  await assert.rejects(found.run, { message: by });
}

/** What some work syncs, in order. */
async function syncsOf(work: string): Promise<string[]> {
  let calls: readonly Call[] = [];
  const on = (fs: FileSystem): FileSystem => {
    const watched = watch(root, fs);
    calls = watched.calls;
    return watched.fs;
  };
  const { create } = onModelDisk('fsDriver', { flawed: () => ({ on }) });
  const driver = await create();
  const begun = scenarios.find(({ name }) => name === work)?.begin();
  assert.ok(begun, `there is no ${work}`);
  await storeAcknowledged(driver);
  await begun.prepare?.(driver);
  const before = calls.length;
  assert.equal(await begun.act(driver), true);
  await driver.close?.();
  return calls
    .slice(before)
    .filter(({ name }) => name === 'sync' || name === 'datasync')
    .map(({ name, key }) => `${name} ${key}`);
}

/** A sync of some work; and why the work would be as durable without it, if it would. */
type Sync = readonly [call: string, redundant?: string];

const sameAgain = 'the same directory is synced once more before anything is reported';

const syncs: Readonly<Record<string, readonly Sync[]>> = {
  'the push of a blob in one body': [
    ['datasync uploads/xx/*.*.0'],
    ['sync repositories/library'],
    ['sync repositories/library/other'],
    ['sync repositories/library/other/_blobs'],
    ['sync content/sha256'],
    ['sync content/sha256/xx'],
    ['sync repositories/library/other/_blobs/sha256'],
  ],
  'the push of a blob in two bodies': [
    ['datasync uploads/xx/*.*.0', 'the second body syncs the first too; until then only the upload is at stake, as in an append'],
    ['datasync uploads/xx/*.*.800'],
    ['sync content/sha256'],
    ['sync content/sha256/xx'],
    ['sync repositories/library/sample/_blobs/sha256'],
  ],
  'a blob that is put': [
    ['datasync staging/*'],
    ['sync repositories/library'],
    ['sync repositories/library/other'],
    ['sync repositories/library/other/_blobs'],
    ['sync content/sha256'],
    ['sync content/sha256/xx'],
    ['sync repositories/library/other/_blobs/sha256'],
  ],
  'an append': [['datasync uploads/xx/*.*.800']],
  'a commit': [['sync content/sha256'], ['sync content/sha256/xx'], ['sync repositories/library/sample/_blobs/sha256']],
  'a commit after an append that was refused': [
    ['datasync uploads/xx/*.*.800'],
    ['sync content/sha256'],
    ['sync content/sha256/xx'],
    ['sync repositories/library/sample/_blobs/sha256'],
  ],
  'a manifest with a subject': [
    ['datasync staging/*'],
    ['sync repositories/library'],
    ['sync repositories/library/other', sameAgain],
    ['sync repositories/library/other/_manifests'],
    ['sync repositories/library/other/_manifests/sha256'],
    ['datasync staging/*'],
    ['sync repositories/library/other'],
    ['sync repositories/library/other/_referrers'],
    ['sync repositories/library/other/_referrers/sha256'],
    ['sync repositories/library/other/_referrers/sha256/<hex>'],
    ['sync repositories/library/other/_referrers/sha256/<hex>/sha256'],
  ],
  'a tag': [
    ['sync repositories/library/other'],
    ['sync repositories/library/other/_pointers/tag~1'],
    ['sync repositories/library/other/_pointers'],
  ],
  'a tag that moves': [['sync repositories/library/sample/_pointers/tag~1']],
  'a tag that is deleted': [['sync repositories/library/sample/_pointers']],
  'the deletion of a manifest with tags and a subject': [
    // The tags are deleted at the same time: whichever sync comes last is for both.
    ['sync repositories/library/sample/_pointers', sameAgain],
    ['sync repositories/library/sample/_pointers', sameAgain],
    ['sync repositories/library/sample', 'an entry that comes back has no manifest, and reads as absent'],
    ['sync repositories/library/sample/_manifests/sha256'],
  ],
};

describe('a driver that leaves out one sync', () => {
  for (const [work, calls] of Object.entries(syncs)) {
    it(`of ${work} has these to leave out`, async () => {
      assert.deepEqual(
        await syncsOf(work),
        calls.map(([call]) => call),
      );
    });

    for (const [index, [call, redundant]] of calls.entries()) {
      if (redundant !== undefined) continue;
      it(`of ${work}, number ${index + 1}, ${call}, is caught`, () =>
        caught(without(index + 1), power, work, /^the power went /));
    }
  }
});

describe('a driver is caught', () => {
  it('that syncs the directory of tags after none of the tags of a manifest was deleted', () =>
    caught(
      without(1, 2),
      power,
      'the deletion of a manifest with tags and a subject',
      /^the power went .* tag Tag points at nothing/,
    ));

  for (const work of ['the push of a blob in one body', 'a manifest with a subject', 'a tag', 'the deletion of a blob']) {
    it(`that syncs no file, at ${work}`, () =>
      caught(unsyncedFiles, power, work, /^the power went .*(damaged|bytes instead of)/));
    it(`that syncs no directory, at ${work}`, () => caught(unsyncedDirectories, power, work, /^the power went .* is gone/));
  }

  it('that names a manifest before it is synced', () =>
    caught(lateSyncs('rename'), power, 'a manifest with a subject', /one change, .*damaged/));

  it('that makes a name durable before what it names', () =>
    caught(lateSyncs('sync'), power, 'a manifest with a subject', /nothing that is pending survives.*damaged/));

  for (const work of ['a commit', 'a mount', 'the deletion of a blob', 'a manifest with a subject', 'a tag that moves']) {
    it(`that trusts what a process has left that died at ${work}`, () =>
      caught(negligentSuccessor, powerLater, work, /^the process died .*it was reported as done/));
  }
});
