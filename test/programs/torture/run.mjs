// @ts-check
/**
 * Tests that are too rough or too long for every run.
 *
 *     npm run torture -- auth
 *     npm run torture -- collection [--seconds S] [--seed WORDS]
 *     npm run torture -- crash [--cycles N] [--seed WORDS]
 *     npm run torture -- edges [--times N] [--seed WORDS]
 *     npm run torture -- events [--cycles N] [--seed WORDS]
 *     npm run torture -- scale [--millionths N]
 *
 * The seed decides what is sent, in which order, and when a server is killed; what it was doing at that moment is up to
 * the machine.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { auth } from './auth.mjs';
import { collection } from './collection.mjs';
import { crash } from './crash.mjs';
import { edges } from './edges.mjs';
import { events } from './events.mjs';
import { scale } from './scale.mjs';

const runs = /** @type {const} */ (['auth', 'collection', 'crash', 'edges', 'events', 'scale']);
const { run, count, seed } = readArguments();
const { title, play } = {
  auth: { title: 'who may do what', play: auth },
  collection: { title: `${count} seconds for each stage`, play: () => collection({ seconds: count, seed }) },
  crash: { title: `${count} cycles`, play: () => crash({ cycles: count, seed }) },
  edges: { title: `${count} times as much as usual`, play: () => edges({ times: count, seed }) },
  events: { title: `${count} cycles`, play: () => events({ cycles: count, seed }) },
  scale: {
    title: `${count} millionths of a million tags, a gibibyte and 10,000 uploads`,
    play: () => scale({ millionths: count }),
  },
}[run];
console.log(`${run}: ${title}, seed ${seed} (again: npm run torture -- ${run} --seed ${seed})`);
const { passed, failed } = await play();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function readArguments() {
  const text = { type: /** @type {const} */ ('string') };
  const options = {
    cycles: { ...text, default: '5' },
    seconds: { ...text, default: '5' },
    times: { ...text, default: '10' },
    millionths: { ...text, default: '1000000' },
    seed: { ...text, default: randomBytes(4).toString('hex') },
  };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const run = runs.find((name) => name === positionals.join());
    const counts = {
      auth: '1',
      collection: values.seconds,
      crash: values.cycles,
      events: values.cycles,
      edges: values.times,
      scale: values.millionths,
    };
    if (run !== undefined) {
      const count = Number(counts[run]);
      if (Number.isInteger(count) && count >= 1) return { run, count, seed: values.seed };
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  console.error('usage: npm run torture -- auth');
  console.error('       npm run torture -- collection [--seconds S] [--seed WORDS]');
  console.error('       npm run torture -- crash [--cycles N] [--seed WORDS]');
  console.error('       npm run torture -- edges [--times N] [--seed WORDS]');
  console.error('       npm run torture -- events [--cycles N] [--seed WORDS]');
  console.error('       npm run torture -- scale [--millionths N]');
  process.exit(2);
}
