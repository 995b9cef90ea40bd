// @ts-check
/**
 * Tests that are too rough or too long for every run.
 *
 *     npm run torture -- crash [--cycles N] [--seed WORDS]
 *
 * The seed decides what is pushed, in which order, and when the server is killed; what it was doing at that moment
 * is up to the machine.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { crash } from './crash.mjs';

const options = readArguments();
console.log(`crash: ${options.cycles} cycles, seed ${options.seed} (again: npm run torture -- crash --seed ${options.seed})`);
const { passed, failed } = await crash(options);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function readArguments() {
  const seed = { type: /** @type {const} */ ('string'), default: randomBytes(4).toString('hex') };
  const cycles = { type: /** @type {const} */ ('string'), default: '5' };
  try {
    const { values, positionals } = parseArgs({ options: { cycles, seed }, allowPositionals: true });
    const count = Number(values.cycles);
    if (positionals.join() === 'crash' && Number.isInteger(count) && count >= 1) return { cycles: count, seed: values.seed };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  console.error('usage: npm run torture -- crash [--cycles N] [--seed WORDS]');
  process.exit(2);
}
