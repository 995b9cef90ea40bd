/** The rules for calls at one tag or one manifest that meet: who expects what is not there any longer changes nothing. */
import assert from 'node:assert/strict';
import type { Digest, Tag } from '../../../api/formats.ts';
import type { Driver } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import { type Race, type Round, ruleOf } from '../race.ts';
import { allReferrers, manifestOf, readTag, referrerOf, repo } from '../samples.ts';

const [one, two, three] = [manifestOf('{"one":1}'), manifestOf('{"two":2}'), manifestOf('{"three":3}')];

/** A tag of this round alone, which points at the first of three manifests. */
async function begin({ manifests }: Driver, { number }: Round): Promise<Tag> {
  const tag = readTag(`round${number}`);
  for (const manifest of number === 1 ? [one, two, three] : [one]) await manifests.put(repo, manifest);
  assert.equal(await manifests.tag(repo, tag, one.digest), true, 'a tag must be set on a manifest that is there');
  return tag;
}

/** The tag points there for both, and is listed exactly if it points anywhere. */
async function assertPoints(drivers: readonly Driver[], tag: Tag, digest: Digest | undefined, why: string): Promise<void> {
  for (const { manifests } of drivers) {
    assert.equal(await manifests.resolve(repo, tag), digest, why);
    assert.equal((await manifests.tags(repo, { limit: 1000 }))?.includes(tag), digest !== undefined, 'tags() must list the same');
  }
}

/** Four writers that all expect the same: one of them wins, and the tag points where that one pointed it. */
async function write(drivers: readonly [Driver, Driver], round: Round, tag: Tag, expected: Digest | null): Promise<void> {
  const targets = [two, three, two, three].map(({ digest }) => digest);
  const done = await round.meet(
    targets.map((digest, turn) => round.call(() => drivers[turn < 2 ? 0 : 1].manifests.tag(repo, tag, digest, expected))),
  );
  const won = targets.filter((_, turn) => done[turn]);
  assert.equal(
    won.length,
    1,
    `of four writers that expect ${expected === null ? 'no tag' : 'the same value'} exactly one must win`,
  );
  await assertPoints(drivers, tag, won[0], 'the tag must point where the writer that won has pointed it');
}

const races: readonly Race[] = [
  {
    name: 'of many conditional writes of one tag at once, one wins',
    promises: ['tag expected', 'one step'],
    async run(first, second, round) {
      const tag = await begin(first, round);
      await write([first, second], round, tag, one.digest);
    },
  },
  {
    name: 'of writes of one tag at once that expect none, one wins',
    promises: ['tag expected', 'one step'],
    async run(first, second, round) {
      await begin(first, round);
      await write([first, second], round, readTag(`new${round.number}`), null);
    },
  },
  {
    name: 'a tag that is moved is there at every moment, so that a write that expects none is false',
    promises: ['tag expected', 'one step'],
    async run(first, second, round) {
      const tag = await begin(first, round);
      const [moved, made] = await round.meet([
        round.call(() => first.manifests.tag(repo, tag, two.digest)),
        round.call(() => second.manifests.tag(repo, tag, three.digest, null)),
      ]);
      assert.deepEqual([moved, made], [true, false]);
      await assertPoints([first, second], tag, two.digest, 'the tag must point where it was moved');
    },
  },
  {
    name: 'of a tag and an untag at once that expect the same, one wins',
    promises: ['tag expected', 'untag expected', 'one step'],
    async run(first, second, round) {
      const tag = await begin(first, round);
      const [moved, ...taken] = await round.meet([
        round.call(() => first.manifests.tag(repo, tag, two.digest, one.digest)),
        round.call(() => second.manifests.untag(repo, tag, one.digest)),
        round.call(() => first.manifests.untag(repo, tag, one.digest)),
      ]);
      assert.equal(
        [moved, ...taken].filter(Boolean).length,
        1,
        'of a tag and two untags that expect the same exactly one must win',
      );
      await assertPoints([first, second], tag, moved ? two.digest : undefined, `the tag was ${moved ? 'moved' : 'taken'}`);
    },
  },
  {
    name: 'an untag that expects another manifest leaves a tag that is moved at the same moment',
    promises: ['untag expected', 'one step'],
    async run(first, second, round) {
      const tag = await begin(first, round);
      const [moved] = await round.meet([
        round.call(() => first.manifests.tag(repo, tag, two.digest)),
        round.call(() => second.manifests.untag(repo, tag, one.digest)),
      ]);
      assert.equal(moved, true, 'a tag must be set on a manifest that is there');
      await assertPoints([first, second], tag, two.digest, 'the tag was moved, so it does not point where the untag expected it');
    },
  },
  {
    name: 'a deletion of a manifest leaves a tag that is moved to another at the same moment',
    promises: ['manifest delete', 'tag', 'one step'],
    async run(first, second, round) {
      const tag = await begin(first, round);
      const expected = round.random.oneOf([[], [one.digest]]);
      const [moved, deleted] = await round.meet([
        round.call(() => first.manifests.tag(repo, tag, two.digest, ...expected)),
        round.call(() => second.manifests.delete(repo, one.digest)),
      ]);
      assert.equal(deleted, true, 'the manifest was there, so its deletion must be true');
      if (expected.length === 0) assert.equal(moved, true, 'a tag must be set on a manifest that is there');
      await assertPoints([first, second], tag, moved ? two.digest : undefined, `a write of the tag was ${moved}`);
    },
  },
  {
    name: 'a tag and the deletion of its manifest at once leave no tag without a manifest',
    promises: ['dangling', 'manifest delete'],
    async run(first, second, round) {
      const tag = await begin(first, round);
      await first.manifests.tag(repo, tag, two.digest);
      const [moved] = await round.meet([
        round.call(() => first.manifests.tag(repo, tag, one.digest)),
        round.call(() => second.manifests.delete(repo, one.digest)),
      ]);
      await assertPoints([first, second], tag, moved ? undefined : two.digest, `the write of the tag was ${moved}`);
    },
  },
  {
    name: 'a manifest that is put with a tag and deleted at once leaves no tag without a manifest',
    promises: ['manifest put tagged', 'manifest put tagged deleted', 'dangling', 'manifest delete'],
    needs: ['manifests.putTagged'],
    async run(first, second, round) {
      const tag = await begin(first, round);
      const tagged = manifestOf(`{"tagged":${round.number}}`);
      await first.manifests.put(repo, tagged);
      const [stays] = await round.meet([
        round.call(async () => first.manifests.putTagged?.(repo, tagged, [tag])),
        round.call(() => second.manifests.delete(repo, tagged.digest)),
      ]);
      const isThere = (await second.manifests.get(repo, tagged.digest)) !== undefined;
      assert.ok(stays || !isThere, 'the manifest is there, so putTagged() must be true');
      if (!isThere) await first.manifests.put(repo, tagged);
      const why = `the manifest was ${isThere ? 'put with the tag last' : 'deleted, and put again without the tag'}`;
      await assertPoints([first, second], tag, isThere ? tagged.digest : undefined, why);
      await first.manifests.delete(repo, tagged.digest);
    },
  },
  {
    name: 'a manifest that is put and deleted at once is listed among the referrers exactly if it is there',
    promises: ['manifest put', 'manifest delete', 'reverse order', 'dangling'],
    async run(first, second, round) {
      const manifest = referrerOf(`{"round":${round.number}}`, one.digest);
      if (round.random.chance(0.7)) await first.manifests.put(repo, manifest);
      await round.meet([
        round.call(() => first.manifests.put(repo, manifest)),
        round.call(() => second.manifests.delete(repo, manifest.digest)),
      ]);
      for (const driver of [first, second]) {
        const isThere = (await driver.manifests.get(repo, manifest.digest)) !== undefined;
        const listed = await allReferrers(driver, repo, one.digest);
        const isListed = listed.some(({ digest }) => digest === manifest.digest);
        assert.equal(
          isListed,
          isThere,
          `the manifest is ${isThere ? 'there' : 'absent'}, and its entry is ${isListed ? 'listed' : 'not'}`,
        );
      }
      await first.manifests.delete(repo, manifest.digest);
    },
  },
];

/** Level `concurrency`, area `races`. */
export const tagRaceRules: readonly Definition[] = races.map(ruleOf);
