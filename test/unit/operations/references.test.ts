/** The references of a manifest are looked up without keeping the event loop from others. */
import { expect, it } from 'vitest';
import { filterMissing } from '../../../lib/operations/manifest-push/references.ts';

it('the event loop has its turns while many references are looked up that a driver answers at once', async () => {
  const { signal } = new AbortController();
  let turns = 0;
  let isOver = false;
  setImmediate(function tick() {
    turns++;
    if (!isOver) setImmediate(tick);
  });
  const names = Array.from({ length: 5_000 }, (_, index) => `${index}`);
  const missing = await filterMissing({ signal }, names, async (name) => name !== '4711');
  isOver = true;
  expect(missing).toEqual(['4711']);
  expect(turns).toBeGreaterThanOrEqual(9);
});
