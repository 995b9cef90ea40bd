/** Blocks of memory for downloads: the first get large ones, of which there are few, and none is used twice at a time. */
import { afterEach, expect, it } from 'vitest';
import { type Block, takeLargeBlock } from '../../../lib/doors/node/blocks.ts';

const mebibyte = 1024 * 1024;

let taken: Block[] = [];
afterEach(() => {
  for (const block of taken) block.giveUp();
  taken = [];
});

function take(count: number): Block[] {
  const blocks = Array.from({ length: count }, takeLargeBlock);
  taken.push(...blocks);
  return blocks;
}
const sizes = (blocks: readonly Block[]) => blocks.map(({ bytes }) => bytes.length / mebibyte);

it('four get two mebibytes, thirty-two get one, and all others 256 KiB', () => {
  const blocks = sizes(take(600));
  expect(blocks.slice(0, 4)).toEqual(Array(4).fill(2));
  expect(blocks.slice(4, 36)).toEqual(Array(32).fill(1));
  expect(blocks.slice(36)).toEqual(Array(564).fill(1 / 4));
});

it('a block that is given back is used again, one that is given up is not', () => {
  const [first, second] = take(2) as [Block, Block];
  first.giveBack();
  second.giveUp();
  const [third, fourth] = take(2) as [Block, Block];
  expect(third.bytes === first.bytes).toBe(true);
  expect(fourth.bytes === second.bytes).toBe(false);
});

it('a block ends once, whatever is called afterwards', () => {
  const [block] = take(1) as [Block];
  block.giveUp();
  block.giveBack();
  block.giveBack();
  const blocks = take(5);
  expect(sizes(blocks), 'four are large, not five').toEqual([2, 2, 2, 2, 1]);
  expect(blocks.some(({ bytes }) => bytes === block.bytes)).toBe(false);
});
