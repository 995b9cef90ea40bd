/** The rules for calls at one upload that meet at their last step: what was acknowledged is there, and the others changed nothing. */
import assert from 'node:assert/strict';
import type { Digest, UploadId } from '../../../api/formats.ts';
import type { Driver, Upload } from '../../../driver.ts';
import { sleep } from '../../../timers.ts';
import type { Definition } from '../definition.ts';
import { type Race, type Round, ruleOf } from '../race.ts';
import {
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  lastChunk,
  newId,
  pullBlob,
  readAll,
  repo,
  sample,
  uploadBytes,
} from '../samples.ts';

/** Longer than the resolution of the timestamps of a file system, in milliseconds. */
const tick = 15;

/** Content of this round alone. */
const contentOf = ({ number, random }: Round, name: string): Uint8Array =>
  sample(random.between(2, 3000), `${name} of round ${number}`);

/** An upload that has its first bytes, or none yet. */
interface Begun {
  readonly id: UploadId;
  readonly at: Upload;
  readonly before: Uint8Array;
}

async function begin({ uploads }: Driver, round: Round): Promise<Begun> {
  const id = newId();
  const at = await uploads.create(repo, id, emptyCheckpoint);
  if (round.random.chance(0.5)) return { id, at, before: new Uint8Array(0) };
  const before = contentOf(round, 'the beginning');
  const grown = await uploads.append(repo, id, at, chunkOf(new Uint8Array(0), [[before]]));
  assert.ok(grown, 'an append to a new upload must be there');
  return { id, at: grown, before };
}

/** The upload has ended for both. */
async function assertEnded(drivers: readonly Driver[], id: UploadId): Promise<void> {
  for (const { uploads } of drivers) assert.equal(await uploads.get(repo, id), undefined, 'the upload must have ended');
}

/** The upload stands at `at` with this content, and can be committed. */
async function assertStands([one, two]: readonly [Driver, Driver], id: UploadId, at: Upload, content: Uint8Array): Promise<void> {
  const found = await one.uploads.get(repo, id);
  assert.deepEqual(found, at, 'the upload must stand where the append that won has said');
  assertSameBytes(await readAll(await two.uploads.read(repo, id, at)), content);
  assert.equal(await two.uploads.commit(repo, id, at, digestOf(content)), true, 'what was appended can be committed');
  assertSameBytes(await pullBlob(one, repo, digestOf(content)), content);
}

/** The repository holds the content if `isHeld`, and no blob of that digest otherwise. */
async function assertHeld(driver: Driver, digest: Digest, content: Uint8Array, isHeld: boolean): Promise<void> {
  const found = await pullBlob(driver, repo, digest);
  if (isHeld) assertSameBytes(found, content);
  else assert.equal(found, undefined, 'a commit was false, and the blob is there');
}

/** How many uploads an expiry ends that counts all as stale; none where the driver has no expiry. */
const expireAll = async ({ uploads }: Driver): Promise<number> => (await uploads.expire?.(new Date(Date.now() + 60_000))) ?? 0;

const races: readonly Race[] = [
  {
    name: 'of two appends at once from one place, one wins and the other is undefined',
    promises: ['append elsewhere', 'one step'],
    async run(one, two, round) {
      const { id, at, before } = await begin(one, round);
      const names = ['first', 'second', 'third'].slice(0, round.random.between(2, 3));
      const isOneSize = round.random.chance(0.5);
      const contents = names.map((name) =>
        isOneSize ? sample(1000, `${name} of round ${round.number}`) : contentOf(round, name),
      );
      const results = await round.meet(
        contents.map((content, turn) => (turn === 1 ? two : one).uploads.append(repo, id, at, round.hold(before, content))),
      );
      const won = results.flatMap((upload, turn) => (upload ? [{ upload, content: contents[turn] ?? before }] : []));
      assert.equal(won.length, 1, `exactly one of ${contents.length} appends must win`);
      for (const { upload, content } of won) await assertStands([one, two], id, upload, Buffer.concat([before, content]));
    },
  },
  {
    name: 'a deletion of an upload that meets its appends leaves neither the upload nor bytes of it',
    promises: ['upload delete', 'delete does not wait', 'append elsewhere'],
    async run(one, two, round) {
      const { id, at, before } = await begin(one, round);
      const content = contentOf(round, 'the append');
      const append = (driver: Driver) => driver.uploads.append(repo, id, at, round.hold(before, content));
      const appending = [one, two].slice(0, round.random.between(1, 2));
      const [deleted, ...appended] = await round.meet([round.call(() => two.uploads.delete(repo, id)), ...appending.map(append)]);
      assert.equal(deleted, true, 'the upload was there, so its deletion must be true');
      assert.ok(appended.filter(Boolean).length <= 1, 'of two appends at most one may win');
      await assertEnded([one, two], id);
      const whole = Buffer.concat([before, content]);
      for (const place of [at, ...appended]) {
        if (place) assert.equal(await one.uploads.commit(repo, id, place, digestOf(whole)), false, 'the upload was deleted');
      }
      await assertHeld(one, digestOf(whole), whole, false);
    },
  },
  {
    name: 'of an append and a commit that meet, one wins',
    promises: ['append elsewhere', 'committed', 'commit'],
    async run(one, two, round) {
      const { id, at, before } = await begin(one, round);
      const content = contentOf(round, 'the append');
      // The empty blob may be there from the round before.
      await two.blobs.delete(repo, digestOf(before));
      const [appended, committed] = await round.meet([
        one.uploads.append(repo, id, at, round.hold(before, content)),
        round.call(() => two.uploads.commit(repo, id, at, digestOf(before))),
      ]);
      assert.notEqual(committed, appended !== undefined, 'exactly one of an append and a commit must win');
      await assertHeld(one, digestOf(before), before, committed);
      if (appended) await assertStands([one, two], id, appended, Buffer.concat([before, content]));
      else await assertEnded([one, two], id);
    },
  },
  {
    name: 'of an append and the last bytes of an upload that meet, one wins',
    promises: ['append elsewhere', 'complete elsewhere', 'complete'],
    needs: ['uploads.complete'],
    async run(one, two, round) {
      const { id, at, before } = await begin(one, round);
      const [appending, completing] = [contentOf(round, 'the append'), contentOf(round, 'the end')];
      const whole = Buffer.concat([before, completing]);
      const [appended, completed] = await round.meet([
        one.uploads.append(repo, id, at, round.hold(before, appending)),
        (async () => two.uploads.complete?.(repo, id, at, lastChunk(round.hold(before, completing)), digestOf(whole)))(),
      ]);
      assert.equal(completed, appended ? undefined : true, 'exactly one of an append and the last bytes must win');
      await assertHeld(one, digestOf(whole), whole, completed === true);
      if (appended) await assertStands([one, two], id, appended, Buffer.concat([before, appending]));
      else await assertEnded([one, two], id);
    },
  },
  {
    name: 'an expiry that meets an append leaves its upload alone',
    promises: ['expire under way', 'expire'],
    needs: ['uploads.expire'],
    async run(one, two, round) {
      const { id, at, before } = await begin(one, round);
      const content = contentOf(round, 'the append');
      let untouchedSince = new Date();
      const wait = async (): Promise<void> => {
        await sleep(tick);
        untouchedSince = new Date();
        await sleep(tick);
      };
      const steps = [[content.subarray(0, 1)], wait, round.barrier(), [content.subarray(1)]];
      const [appended, expired] = await round.meet([
        one.uploads.append(repo, id, at, chunkOf(before, steps)),
        round.call(async () => two.uploads.expire?.(untouchedSince)),
      ]);
      assert.equal(expired, 0, 'an upload that is being written was ended');
      assert.ok(appended, 'an append must be there that only an expiry met');
      await assertStands([one, two], id, appended, Buffer.concat([before, content]));
    },
  },
  {
    name: 'of an append that begins and an expiry that meet, one wins',
    promises: ['expire', 'expire under way', 'append elsewhere'],
    needs: ['uploads.expire'],
    async run(one, two, round) {
      const { id, at, before } = await begin(one, round);
      const content = contentOf(round, 'the append');
      await sleep(tick);
      const untouchedSince = new Date();
      await sleep(tick);
      const [appended, expired] = await round.meet([
        round.call(() => one.uploads.append(repo, id, at, chunkOf(before, [[content]]))),
        round.call(async () => two.uploads.expire?.(untouchedSince)),
      ]);
      assert.equal(
        expired,
        appended ? 0 : 1,
        `an expiry must say how many uploads it ended; the append ${appended ? 'won' : 'lost'}`,
      );
      if (appended) await assertStands([one, two], id, appended, Buffer.concat([before, content]));
      else await assertEnded([one, two], id);
    },
  },
  {
    name: 'of a commit and a deletion of its upload that meet, one wins',
    promises: ['commit', 'committed', 'upload delete', 'kept'],
    async run(one, two, round) {
      const [id, content] = [newId(), contentOf(round, 'the blob')];
      const at = await uploadBytes(one, repo, id, content);
      const [committed, deleted] = await round.meet([
        round.call(() => one.uploads.commit(repo, id, at, digestOf(content))),
        round.call(() => two.uploads.delete(repo, id)),
      ]);
      await assertHeld(two, digestOf(content), content, committed);
      assert.notEqual(committed, deleted, 'exactly one of a commit and a deletion must win');
      await assertEnded([one, two], id);
    },
  },
  {
    name: 'of a commit and an expiry that meet, one wins',
    promises: ['commit', 'committed', 'expire', 'kept'],
    needs: ['uploads.expire'],
    async run(one, two, round) {
      const [id, content] = [newId(), contentOf(round, 'the blob')];
      const at = await uploadBytes(one, repo, id, content);
      const [committed, expired] = await round.meet([
        round.call(() => one.uploads.commit(repo, id, at, digestOf(content))),
        round.call(() => expireAll(two)),
      ]);
      await assertHeld(two, digestOf(content), content, committed);
      assert.equal(expired, committed ? 0 : 1, `an expiry must say how many uploads it ended; the commit gave ${committed}`);
      await assertEnded([one, two], id);
    },
  },
  {
    name: 'of two commits at once both are true and the blob is whole',
    promises: ['committed', 'one step'],
    async run(one, two, round) {
      const [id, content] = [newId(), contentOf(round, 'the blob')];
      const at = await uploadBytes(one, repo, id, content);
      const results = await round.meet(
        [one, two].map((driver) => round.call(() => driver.uploads.commit(repo, id, at, digestOf(content)))),
      );
      assert.deepEqual(results, [true, true]);
      await assertHeld(one, digestOf(content), content, true);
      await assertEnded([one, two], id);
    },
  },
  {
    name: 'of two commits of one upload under two digests, one wins',
    promises: ['commit', 'committed'],
    async run(one, two, round) {
      const [id, content] = [newId(), contentOf(round, 'the blob')];
      const at = await uploadBytes(one, repo, id, content);
      const digests = [digestOf(content), digestOf(content, 'sha512')] as const;
      const results = await round.meet([
        round.call(() => one.uploads.commit(repo, id, at, digests[0])),
        round.call(() => two.uploads.commit(repo, id, at, digests[1])),
      ]);
      for (const turn of [0, 1] as const) await assertHeld(two, digests[turn], content, results[turn]);
      assert.notEqual(results[0], results[1], 'exactly one of two commits must win');
      await assertEnded([one, two], id);
    },
  },
];

/** Level `concurrency`, area `races`. */
export const uploadRaceRules: readonly Definition[] = races.map(ruleOf);
