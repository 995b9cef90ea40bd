// @ts-check
/** Who may do what: every use case, for everybody who may ask, in every repository, against the built library. */
import { anyOf, basic, bearer } from '../../../dist/auth.js';
import { createRegistryHandler } from '../../../dist/index.js';
import { playMatrix } from '../../support/access-matrix/matrix.ts';

const doors = /** @type {const} */ (['node', 'fetch']);
/** How many cells that are wrong are told. */
const told = 20;

/**
 * Plays the matrix through both doors and prints what each found. A cell is wrong, too, where the driver is called without a grant, or
 * where the reply to somebody without a right tells what is there.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function auth() {
  const counts = { passed: 0, failed: 0 };
  for (const door of doors) {
    const start = Date.now();
    const library = { createRegistryHandler, auth: { anyOf, basic, bearer } };
    const { cells, served, requests, driverCalls, wrong } = await playMatrix(library, { door });
    for (const complaint of wrong.slice(0, told)) console.log(`  WRONG ${complaint}`);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    console.log(
      `through ${door}: ${cells} cells, ${served} served and ${cells - served} refused, ${requests} requests, ` +
        `${driverCalls} calls of the driver: ${wrong.length} cells wrong, ${seconds} s`,
    );
    counts.passed += cells - wrong.length;
    counts.failed += wrong.length;
  }
  return counts;
}
