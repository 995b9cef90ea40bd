// @ts-check
/** A thousand bodies that are refused on their way, against the built library. */

import { memoryDriver } from '../../../dist/drivers/memory.js';
import { createRegistryHandler } from '../../../dist/index.js';
import { refuse } from '../../support/refused-bodies.ts';

/**
 * Sends so many; every client has to get its whole refusal, and the server may take little of each body.
 * @param {{ tries?: number }} [options]
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function refusals({ tries = 1000 } = {}) {
  const { wrong, mostRead } = await refuse({ createRegistryHandler, memoryDriver }, { tries, atOnce: 50 });
  for (const complaint of wrong) console.log(complaint);
  const mebibytes = mostRead / 2 ** 20;
  console.log(
    `refusals: ${tries - wrong.length} of ${tries} were read; the server took at most ${mebibytes.toFixed(2)} MiB of a body`,
  );
  const greedy = mebibytes < 1.5 ? 0 : 1;
  return { passed: tries - wrong.length, failed: wrong.length + greedy };
}
