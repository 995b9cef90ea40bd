/** Looks that hold the event loop give way to threads while they are slow: for a moment at first, and then for longer. */
import { expect, it } from 'vitest';
import { createPace } from '../../drivers/fs/pace.ts';

/** A pace, and a clock that goes on by itself while a call is made, or when it is told to. */
function begin() {
  let time = 1_000;
  const pace = createPace(() => time);
  const pass = (milliseconds: number): void => {
    time += milliseconds;
  };
  const call = (milliseconds: number): void => pace.timed(() => pass(milliseconds));
  return { pace, pass, call };
}

it('calls rest for a tenth of a second once they were slow, and twice as long when they are slow again', () => {
  const { pace, pass, call } = begin();
  expect(pace.isFast()).toBe(true);
  call(6);
  pass(99);
  expect(pace.isFast()).toBe(false);
  pass(1);
  expect(pace.isFast()).toBe(true);
  call(6);
  pass(199);
  expect(pace.isFast()).toBe(false);
  pass(1);
  expect(pace.isFast()).toBe(true);
});

it('calls that hold the event loop for long rest ten times as long', () => {
  const { pace, pass, call } = begin();
  call(40);
  pass(399);
  expect(pace.isFast()).toBe(false);
  pass(1);
  expect(pace.isFast()).toBe(true);
});

it('calls rest that are all a little slow, as over a network', () => {
  const { pace, call } = begin();
  for (let count = 0; count < 11; count++) call(0.4);
  expect(pace.isFast()).toBe(true);
  call(0.4);
  expect(pace.isFast()).toBe(false);
});

it('calls rest as shortly as at first after many that were not slow', () => {
  const { pace, pass, call } = begin();
  call(6);
  pass(100);
  for (let count = 0; count < 1_500; count++) call(0.01);
  call(6);
  pass(99);
  expect(pace.isFast()).toBe(false);
  pass(1);
  expect(pace.isFast()).toBe(true);
});

it('a call that is slow by itself, as others of many were not, has none rest', () => {
  const { pace, call } = begin();
  call(2);
  expect(pace.isFast()).toBe(true);
});
