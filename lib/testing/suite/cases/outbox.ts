/** The rules of streams of entries and of leases. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver, OutboxStore } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import { bytes } from '../samples.ts';

const needs = ['outbox'] as const;
const stream = 'events';
/** Long enough that no lease of this length ends within a case. */
const longMs = 600_000;

function outboxOf({ outbox }: Driver): OutboxStore {
  assert.ok(outbox, 'the case needs an outbox and does not say so');
  return outbox;
}

const textOf = (entry: Uint8Array): string => Buffer.from(entry).toString();
const add = (outbox: OutboxStore, ...texts: string[]): Promise<void> => outbox.append(stream, texts.map(bytes));

/** All entries from a place on, in pages of `limit`, and the place behind them. */
async function readOn(
  outbox: OutboxStore,
  after?: string,
  limit = 3,
): Promise<{ readonly texts: string[]; readonly next: string }> {
  const texts: string[] = [];
  for (let place = after; ; ) {
    const page = await outbox.read(stream, place, limit);
    assert.ok(page.entries.length <= limit, `a page of at most ${limit} has ${page.entries.length} entries`);
    if (page.entries.length === 0) return { texts, next: page.next };
    texts.push(...page.entries.map(textOf));
    place = page.next;
  }
}

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** Level `contract`, area `outbox`. */
export const outboxRules: readonly Definition[] = [
  {
    name: 'entries come back as they were added, in their order and page by page',
    promises: ['outbox append', 'outbox read'],
    needs,
    async run(driver) {
      const outbox = outboxOf(driver);
      assert.deepEqual(await readOn(outbox).then(({ texts }) => texts), [], 'nothing was added yet');
      await add(outbox, 'a', '', 'c\nc');
      await add(outbox, 'd');
      await add(outbox);
      await add(outbox, ...numbered('more', 12));
      const all = ['a', '', 'c\nc', 'd', ...numbered('more', 12)];
      for (const limit of [1, 3, 100]) assert.deepEqual((await readOn(outbox, undefined, limit)).texts, all);
      const binary = Uint8Array.from({ length: 256 }, (_, value) => value);
      await outbox.append('binary', [binary]);
      const [entry] = (await outbox.read('binary', undefined, 1)).entries;
      assert.deepEqual(Uint8Array.from(entry ?? []), binary);
    },
  },
  {
    name: 'a reader goes on where it was, and gets what was added since',
    promises: ['outbox each once'],
    needs,
    async run(driver) {
      const outbox = outboxOf(driver);
      const empty = await readOn(outbox);
      await add(outbox, 'a', 'b', 'c', 'd');
      const first = await outbox.read(stream, empty.next, 2);
      assert.deepEqual(first.entries.map(textOf), ['a', 'b'], 'a place in an empty stream is its beginning');
      await add(outbox, 'e');
      const rest = await readOn(outbox, first.next);
      assert.deepEqual(rest.texts, ['c', 'd', 'e']);
      assert.deepEqual((await readOn(outbox, rest.next)).texts, []);
      await add(outbox, 'f');
      assert.deepEqual((await readOn(outbox, rest.next)).texts, ['f']);
      assert.deepEqual((await readOn(outbox)).texts, ['a', 'b', 'c', 'd', 'e', 'f'], 'what was read is still there');
    },
  },
  {
    name: 'streams have nothing to do with one another',
    promises: ['outbox read', 'outbox trim'],
    needs,
    async run(driver) {
      const outbox = outboxOf(driver);
      await add(outbox, 'a');
      await outbox.append('others', [bytes('b')]);
      assert.deepEqual((await readOn(outbox)).texts, ['a']);
      await outbox.trim('others', new Date(Date.now() + longMs));
      assert.deepEqual((await readOn(outbox)).texts, ['a']);
      assert.deepEqual((await outbox.read('others', undefined, 9)).entries, []);
    },
  },
  {
    name: 'what was added before a time can be dropped, and readers go on where they were',
    promises: ['outbox trim', 'outbox trim place'],
    needs,
    async run(driver) {
      const outbox = outboxOf(driver);
      await add(outbox, 'a', 'b');
      const { next } = await outbox.read(stream, undefined, 2);
      await sleep(30);
      const between = new Date();
      await sleep(30);
      await add(outbox, 'c');
      await add(outbox, 'd');
      await outbox.trim(stream, between);
      assert.deepEqual((await readOn(outbox)).texts, ['c', 'd']);
      assert.deepEqual((await readOn(outbox, next)).texts, ['c', 'd']);
      const end = await readOn(outbox);
      await outbox.trim(stream, new Date(Date.now() + longMs));
      await add(outbox, 'e');
      assert.deepEqual((await readOn(outbox, end.next)).texts, ['e']);
    },
  },
  {
    name: 'one holder at a time has a lease, until it gives it up or its time is over',
    promises: ['lease', 'lease taken'],
    needs,
    async run(driver) {
      const { lease } = outboxOf(driver);
      assert.ok(await lease('work', 'one', longMs), 'nobody has it');
      assert.equal(await lease('work', 'two', longMs), undefined, 'another holder has it');
      assert.ok(await lease('other-work', 'two', longMs), 'it is another lease');
      assert.ok(await lease('work', 'one', longMs), 'its holder may have it again');
      assert.ok(await lease('work', 'one', 0), 'its holder may give it up');
      assert.ok(await lease('work', 'two', 50), 'it was given up');
      assert.equal(await lease('work', 'one', longMs), undefined, 'its time is not over');
      await sleep(100);
      assert.ok(await lease('work', 'one', longMs), 'its time is over');
      assert.equal(await lease('work', 'two', 0), undefined, 'only its holder can give it up');
      assert.equal(await lease('work', 'two', longMs), undefined, 'its holder has it still');
    },
  },
  {
    name: 'a state that is kept with a lease is there for whoever has it next',
    promises: ['lease state', 'lease keeps'],
    needs,
    async run(driver) {
      const { lease } = outboxOf(driver);
      const stateOf = async (holder: string, milliseconds: number, state?: string): Promise<string | undefined> => {
        const held = await lease('work', holder, milliseconds, state === undefined ? undefined : bytes(state));
        assert.ok(held, `${holder} has the lease`);
        return held.state && textOf(held.state);
      };
      assert.equal(await stateOf('one', longMs), undefined, 'nothing was kept yet');
      assert.equal(await stateOf('one', longMs, 'first'), 'first');
      assert.equal(await stateOf('one', longMs), 'first');
      assert.equal(await lease('work', 'two', longMs, bytes('refused')), undefined);
      assert.equal(await stateOf('one', longMs), 'first', 'what is refused keeps nothing');
      assert.equal(await stateOf('one', 0, 'second'), 'second');
      assert.equal(await stateOf('two', longMs), 'second');
    },
  },
];

/** Level `concurrency`, area `outbox`. */
export const outboxRaceRules: readonly Definition[] = [
  {
    name: 'of what several instances add at once, a reader gets each entry once, and those of each in their order',
    promises: ['outbox append', 'outbox each once'],
    needs,
    async run(driver, { hasPeer, peer, amounts }) {
      const outbox = outboxOf(driver);
      const instances = [outbox, ...(hasPeer ? [outboxOf(await peer()), outboxOf(await peer())] : [])];
      const writers = instances.map((_, index) => numbered(`writer-${index}`, 3 * amounts.rounds));
      let adding = true;
      const added = Promise.all(
        instances.map(async (each, index) => {
          for (const text of writers[index] ?? []) await add(each, text, `${text}, too`);
        }),
      ).finally(() => {
        adding = false;
      });
      const texts: string[] = [];
      for (let after: string | undefined, last = false; !last; ) {
        last = !adding;
        const page = await readOn(outbox, after, 5);
        texts.push(...page.texts);
        after = page.next;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await added;
      for (const [index, names] of writers.entries()) {
        const expected = names.flatMap((text) => [text, `${text}, too`]);
        assert.deepEqual(
          texts.filter((text) => text.startsWith(`writer-${index}-`)),
          expected,
        );
      }
      assert.equal(texts.length, new Set(texts).size, 'an entry came twice');
    },
  },
  {
    name: 'of many holders that want a lease at once, one gets it',
    promises: ['lease taken'],
    needs,
    async run(driver, { hasPeer, peer, amounts }) {
      const instances = [driver, ...(hasPeer ? [await peer(), await peer()] : [])].map(outboxOf);
      for (let round = 0; round < amounts.rounds; round++) {
        const name = `work-${randomUUID()}`;
        const wanting = async (): Promise<string[]> => {
          const asked = Array.from({ length: 6 }, (_, index) => `holder-${index}`);
          const got = await Promise.all(
            asked.map((holder, index) => instances[index % instances.length]?.lease(name, holder, longMs)),
          );
          return asked.filter((_, index) => got[index] !== undefined);
        };
        const [holder = '', ...others] = await wanting();
        assert.deepEqual([holder === '', others], [false, []], 'one of those that want a new lease gets it');
        assert.deepEqual(await wanting(), [holder], 'it is still had by the same');
        await outboxOf(driver).lease(name, holder, 0);
        assert.equal((await wanting()).length, 1, 'one of those that want a lease that was given up gets it');
      }
    },
  },
];

/** Level `durability`, area `outbox`. */
export const outboxDurabilityRules: readonly Definition[] = [
  {
    name: 'entries, places and what is kept with leases outlive the driver',
    promises: ['kept', 'outbox each once', 'lease state'],
    needs: ['outbox', 'reopen'],
    async run(driver, { reopen }) {
      await add(outboxOf(driver), 'a', 'b', 'c');
      const { next } = await outboxOf(driver).read(stream, undefined, 2);
      await outboxOf(driver).lease('work', 'one', 0, bytes('state'));
      const again = outboxOf(await reopen());
      assert.deepEqual((await readOn(again)).texts, ['a', 'b', 'c']);
      assert.deepEqual((await readOn(again, next)).texts, ['c']);
      await add(again, 'd');
      assert.deepEqual((await readOn(again, next)).texts, ['c', 'd']);
      assert.equal(textOf((await again.lease('work', 'two', longMs))?.state ?? bytes('')), 'state');
    },
  },
  {
    name: 'entries that were added survive a loss of power',
    promises: ['kept', 'outbox append'],
    needs: ['outbox', 'reopen', 'losePower'],
    async run(driver, { reopen, losePower }) {
      await add(outboxOf(driver), 'a');
      await Promise.all([add(outboxOf(driver), 'b'), add(outboxOf(driver), 'c')]);
      losePower(() => false);
      assert.deepEqual((await readOn(outboxOf(await reopen()))).texts, ['a', 'b', 'c']);
    },
  },
];
