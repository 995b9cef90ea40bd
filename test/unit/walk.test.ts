/**
 * How many files a request goes through, and how often it changes from one folder to another. With `WALK=table` in the
 * environment, all figures are printed; with `WALK=whole`, the ways as well.
 */
import { describe, expect, it } from 'vitest';
import { figuresOf, tableOf, writtenOut } from '../support/walk/table.ts';
import { walkRequests } from '../support/walk.ts';

/**
 * The bounds of each way: distinct files, and changes from one room (folder) to another. Lower them when a way becomes shorter.
 * Reading and writing of 1 MiB alternate as its pieces arrive, so its changes vary and have no bound.
 */
const most: Readonly<Record<string, { readonly files: number; readonly changes?: number }>> = {
  'GET /v2/': { files: 10, changes: 12 },
  'POST upload': { files: 28, changes: 27 },
  'PATCH 40 kB': { files: 41, changes: 92 },
  'PATCH 1 MiB': { files: 42 },
  'PUT, empty': { files: 36, changes: 61 },
  'POST 40 kB': { files: 35, changes: 73 },
  'GET 40 kB': { files: 25, changes: 34 },
  // One more than it was: a manifest that is not there may lie in the trash.
  'PUT manifest': { files: 46, changes: 120 },
  'HEAD manifest': { files: 30, changes: 38 },
  'GET manifest': { files: 29, changes: 38 },
};

const ways = await walkRequests();
if (process.env.WALK) process.stdout.write(`\n${tableOf(ways)}`);
if (process.env.WALK === 'whole') process.stdout.write(ways.map(writtenOut).join(''));

describe('the way of a request', () => {
  it('is known for each request that has bounds', () => {
    expect(ways.map(({ request }) => request)).toEqual(Object.keys(most));
  });

  it('is seen from the door to the disk and back', () => {
    const rooms = ways.find(({ request }) => request === 'GET manifest')?.entries.map(({ room }) => room);
    expect(rooms?.[0]).toBe('lib/doors/node');
    expect(rooms).toContain('lib/operations');
    expect(rooms).toContain('drivers/fs');
    expect(rooms?.at(-1)).toBe('lib/doors/node');
  });

  it.each(ways)('of $request is no longer than it was', (way) => {
    const { files, changes = Number.POSITIVE_INFINITY } = most[way.request] ?? { files: 0 };
    const figures = figuresOf(way);
    expect(figures.files, writtenOut(way)).toBeLessThanOrEqual(files);
    expect(figures['changes of room'], writtenOut(way)).toBeLessThanOrEqual(changes);
  });
});
