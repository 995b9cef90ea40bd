import { expect, test } from 'vitest';
import { Rate } from '../../../lib/throttle/rate.ts';

test('a burst is let in at once, and what follows in the pace of the average', () => {
  const rate = new Rate(0.5, 10);
  expect(Array.from({ length: 10 }, () => rate.take('a'))).toEqual(Array<number>(10).fill(0));
  const wait = rate.take('a');
  expect(wait).toBeGreaterThan(1900);
  expect(wait).toBeLessThanOrEqual(2000);
});

test('a request that is refused does not make the wait longer', () => {
  const rate = new Rate(0.5, 1);
  rate.take('a');
  const first = rate.take('a');
  for (let count = 0; count < 100; count++) rate.take('a');
  expect(rate.take('a')).toBeLessThanOrEqual(first);
});

test('of 300,000 clients no more are remembered than a bound, and a request costs no more for it', () => {
  const rate = new Rate(0.001, 1);
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  const waits = Array.from({ length: 300_000 }, (_, client) => rate.take(`client ${client}`));
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(waits.every((wait) => wait === 0)).toBe(true);
  expect(rate.take('client 299999')).toBeGreaterThan(0);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
});

test('clients that have their whole allowance again are forgotten, and others are not', async () => {
  const rate = new Rate(50, 2);
  rate.take('a');
  rate.take('a');
  await new Promise((resolve) => setTimeout(resolve, 45));
  rate.take('b');
  rate.take('b');
  expect(rate.take('b')).toBeGreaterThan(0);
  expect([rate.take('a'), rate.take('a')]).toEqual([0, 0]);
  expect(rate.take('a')).toBeGreaterThan(0);
});
