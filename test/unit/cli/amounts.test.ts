/** Amounts as people read them. */
import { expect, it } from 'vitest';
import { countText, sizeText } from '../../../lib/cli/amounts.ts';

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [1024 ** 2 - 1, '1.0 MiB'],
  [1024 ** 2 - 60_000, '965.4 KiB'],
  [2.25 * 1024 ** 3, '2.3 GiB'],
  [5 * 1024 ** 6, '5120.0 PiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

it('of one thing has no plural', () => {
  expect([countText(1, 'blob'), countText(0, 'blob'), countText(2, 'repository', 'repositories')]).toEqual([
    '1 blob',
    '0 blobs',
    '2 repositories',
  ]);
});
