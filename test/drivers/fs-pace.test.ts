/** Looks that hold the event loop give way to threads while they are slow: for a moment at first, and then for longer. */
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createPace, type Pace } from '../../drivers/fs/pace.ts';

const nothing = (): void => {};

/** Takes so many milliseconds, and holds the event loop meanwhile. */
function hold(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) nothing();
}

/** Makes slow calls until they have to rest. */
function tire(pace: Pace): void {
  pace.timed(() => hold(6));
}

it('calls rest for a tenth of a second once they were slow, and twice as long when they are slow again', async () => {
  const pace = createPace();
  expect(pace.isFast()).toBe(true);
  tire(pace);
  expect(pace.isFast()).toBe(false);
  await setTimeout(120);
  expect(pace.isFast()).toBe(true);
  tire(pace);
  await setTimeout(150);
  expect(pace.isFast()).toBe(false);
  await setTimeout(70);
  expect(pace.isFast()).toBe(true);
});

it('calls that hold the event loop for long rest ten times as long', async () => {
  const pace = createPace();
  pace.timed(() => hold(40));
  await setTimeout(300);
  expect(pace.isFast()).toBe(false);
  await setTimeout(200);
  expect(pace.isFast()).toBe(true);
});

it('calls rest that are all a little slow, as over a network', () => {
  const pace = createPace();
  for (let call = 0; call < 20 && pace.isFast(); call++) pace.timed(() => hold(0.4));
  expect(pace.isFast()).toBe(false);
});

it('calls rest as shortly as at first after many that were not slow', async () => {
  const pace = createPace();
  tire(pace);
  await setTimeout(120);
  for (let call = 0; call < 1_500; call++) pace.timed(nothing);
  tire(pace);
  expect(pace.isFast()).toBe(false);
  await setTimeout(120);
  expect(pace.isFast()).toBe(true);
});

it('a call that is slow by itself, as others of many were not, has none rest', () => {
  const pace = createPace();
  pace.timed(() => hold(2));
  expect(pace.isFast()).toBe(true);
});
