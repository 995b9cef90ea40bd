/** Sorted names, plain and packed, beside a sort of all of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { SortedNames } from '../../drivers/tree/sorted-names.ts';
import { drawFrom, seed } from '../support/random.ts';

const kinds = { plain: 2_000, packed: 30_000 };

describe.each(Object.entries(kinds))('%s names', (kind, count) => {
  it('come in pages as a sort of all would give them, whatever comes and goes', async () => {
    const random = drawFrom(`sorted names, ${kind}`, seed);
    const nameOf = (number: number) => `${number % 3 ? 'release-' : 'x'.repeat(number % 200)}${number}`;
    const model = new Set(Array.from({ length: count }, (_, index) => nameOf(index)));
    const names = await SortedNames.from([...model].sort());
    for (let step = 0; step < 20_000; step++) {
      const name = nameOf(random.between(0, count * 2));
      if (random.chance(0.5)) {
        names.add(name);
        model.add(name);
      } else {
        names.delete(name);
        model.delete(name);
      }
      assert.equal(names.has(name), model.has(name));
      if (step % 1_999 > 0) continue;
      const all = [...model].sort();
      for (const after of ['', 'release', name, `${name}0`, 'release-9999', '~']) {
        for (const limit of [0, 1, 3_000, Number.POSITIVE_INFINITY]) {
          const expected = all.filter((each) => each > after).slice(0, limit);
          assert.deepEqual(await names.page({ after, limit }), expected, `${limit} after ${after} at step ${step}`);
        }
      }
    }
  });

  it('take no memory once all have gone, and the set takes new ones', async () => {
    const all = Array.from({ length: count }, (_, index) => `${index}`).sort();
    const names = await SortedNames.from(all);
    assert.ok(names.bytes > count);
    for (const name of all) names.delete(name);
    assert.equal(names.bytes, 0);
    assert.deepEqual(await names.page({ limit: 10 }), []);
    for (const name of ['b', 'a', 'b']) names.add(name);
    assert.deepEqual(await names.page({ limit: 10 }), ['a', 'b']);
  });
});

it('a million numbered names take less than three bytes each', async () => {
  const names = Array.from({ length: 1_000_000 }, (_, index) => `v${String(index).padStart(8, '0')}`);
  assert.ok((await SortedNames.from(names)).bytes < 3_000_000);
});
