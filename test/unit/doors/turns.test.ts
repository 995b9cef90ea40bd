/** Turns of large bodies: few begin at a time, and none waits for long, whatever the others do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { takeTurn } from '../../../lib/doors/node/turns.ts';

/** Asks for turns; counts those that have begun, and ends all. */
function ask(count: number) {
  let begun = 0;
  const turns = Array.from({ length: count }, async () => {
    const end = await takeTurn();
    begun++;
    return end;
  });
  const endAll = async (): Promise<void> => {
    for (const turn of turns) (await turn)();
  };
  return { turns, begun: () => begun, endAll };
}

it('thirty-two bodies have a turn, and each that ends makes room for the next', async () => {
  const { turns, begun, endAll } = ask(40);
  await sleep(0);
  expect(begun()).toBe(32);
  (await turns[5])?.();
  await sleep(0);
  expect(begun()).toBe(33);
  (await turns[5])?.();
  await sleep(0);
  expect(begun(), 'a turn ends once').toBe(33);
  await endAll();
});

it('a turn is over after a tenth of a second, though its body goes on', async () => {
  const { begun, endAll } = ask(64);
  await sleep(60);
  expect(begun()).toBe(32);
  await sleep(80);
  expect(begun()).toBe(64);
  await endAll();
});

it('nobody waits where hundreds wait already', async () => {
  const { begun, endAll } = ask(32 + 320);
  await sleep(0);
  expect(begun()).toBe(32);
  const { turns } = ask(1);
  const end = await turns[0];
  expect(begun()).toBe(32);
  end?.();
  await endAll();
});

it('all turns are free again in the end', async () => {
  const { begun, endAll } = ask(32);
  await sleep(0);
  expect(begun()).toBe(32);
  await endAll();
});
