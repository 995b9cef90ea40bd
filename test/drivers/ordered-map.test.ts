/** The map of the memory driver whose keys are in order, beside a sort of all of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { OrderedMap } from '../../drivers/memory/ordered-map.ts';
import { drawFrom, seed } from '../support/random.ts';

describe('an ordered map', () => {
  it('gives pages as a sort of all its keys would, whatever came and went', () => {
    const random = drawFrom('ordered map', seed);
    const [map, model] = [new OrderedMap<string, number>(), new Map<string, number>()];
    for (let step = 0; step < 60_000; step++) {
      const key = `tag-${random.between(0, 7_999)}`;
      if (random.chance(0.6)) {
        map.set(key, step);
        model.set(key, step);
      } else assert.equal(map.delete(key), model.delete(key));
      if (step % 997 > 0) continue;
      const keys = [...model.keys()].sort();
      for (const after of ['', 'tag', key, `${key}0`, 'tag-9999', '~']) {
        for (const limit of [0, 1, 3_000, Number.POSITIVE_INFINITY]) {
          const expected = keys.filter((each) => each > after).slice(0, limit);
          assert.deepEqual(map.page({ after, limit }), expected, `${limit} after ${after} at step ${step}`);
        }
      }
    }
    assert.equal(map.size, model.size);
    for (const [key, value] of model) assert.equal(map.get(key), value);
  });

  it('is empty again when all its keys have gone, and takes new ones', () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => String(index));
    const map = new OrderedMap(keys.map((key) => [key, key]));
    for (const key of keys) assert.ok(map.delete(key));
    assert.deepEqual([map.size, map.page({ limit: 10 })], [0, []]);
    map.set('again', 'again');
    assert.deepEqual(map.page({ limit: 10 }), ['again']);
  });

  it('finds a page among many keys as fast as among few', () => {
    const millisecondsOf = (size: number): number => {
      const map = new OrderedMap(Array.from({ length: size }, (_, index) => [`tag-${String(index).padStart(7, '0')}`, index]));
      let least = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 20; round++) {
        const started = performance.now();
        for (let ask = 0; ask < 100; ask++)
          map.page({ after: `tag-${String(Math.floor((size * ask) / 100)).padStart(7, '0')}`, limit: 100 });
        least = Math.min(least, performance.now() - started);
      }
      return least;
    };
    const [few, many] = [millisecondsOf(2_000), millisecondsOf(200_000)];
    assert.ok(many < few * 5 + 1, `${many} ms among 200,000, ${few} ms among 2,000`);
  });
});
