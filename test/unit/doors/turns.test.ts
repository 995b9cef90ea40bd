/** Turns of large bodies: few begin at a time, and none waits for long, whatever the others do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { Turn } from '../../../lib/doors/turns.ts';

let turns: Turn[] = [];
afterEach(() => {
  for (const turn of turns) turn.end();
  turns = [];
});

/** Asks for turns, and counts those that have begun. */
function ask(count: number) {
  let begun = 0;
  const asked = Array.from({ length: count }, () => new Turn());
  for (const turn of asked) void turn.begun.then(() => begun++);
  turns.push(...asked);
  // Without a timer: on a busy machine, turns could be over by the time that one fires.
  return { asked, begun: () => Promise.resolve().then(() => begun) };
}

it('thirty-two bodies have a turn, and each that ends makes room for one', async () => {
  const { asked, begun } = ask(40);
  expect(await begun()).toBe(32);
  asked[5]?.end();
  expect(await begun()).toBe(33);
  asked[5]?.end();
  expect(await begun(), 'a turn ends once').toBe(33);
});

it('a turn is over after a tenth of a second, though its body goes on', async () => {
  const { begun } = ask(64);
  expect(await begun()).toBe(32);
  await sleep(140);
  expect(await begun()).toBe(64);
});

it('one that is no longer wanted waits no longer, and takes the turn of nobody', async () => {
  const { asked, begun } = ask(34);
  expect(await begun()).toBe(32);
  asked[32]?.end();
  expect(await begun()).toBe(33);
  asked[0]?.end();
  expect(await begun()).toBe(34);
  const later = ask(1);
  expect(await later.begun()).toBe(0);
});

it('nobody waits where hundreds wait already, and those who do are not hurried by that', async () => {
  const { begun } = ask(32 + 320);
  expect(await begun()).toBe(32);
  const others = ask(100);
  expect(await others.begun()).toBe(100);
  for (const turn of others.asked) turn.end();
  expect(await begun()).toBe(32);
});

it('all turns are free again in the end', async () => {
  expect(await ask(32).begun()).toBe(32);
});
