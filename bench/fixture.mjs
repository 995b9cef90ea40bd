// @ts-check
/** `npm run bench -- fixture`: what a registry costs a test that starts one, pushes an image, pulls it and ends it, with a bound. */
import { startRegistry } from 'stowage/testing';
import { imageType } from '../lib/testing/exchanges/given.ts';
import { startAnotherRegistry } from '../test/programs/coverage/another-registry.mjs';
import { expectStatus } from '../test/support/client.ts';
import { makeImage, push } from '../test/support/images.ts';
import { median } from './results.ts';

/** How to start a registry, and how to end it. @typedef {() => Promise<{ url: string, end: () => Promise<void> }>} Start */

/** @type {Start} */
const startOurs = async () => {
  const { url, close } = await startRegistry();
  return { url, end: close };
};

const image = makeImage();
/** How many times as long the process has to take. It takes 7 to 17 times. */
const bound = 4;

/** Prints the medians in milliseconds, and what one is of the other; fails if that is too little. */
export async function fixture() {
  for (const start of [startOurs, startAnotherRegistry]) await round(start);
  /** @type {number[]} */
  const [ours, theirs] = [[], []];
  // In turn, so that whatever else the machine does is done to both.
  for (let turn = 0; turn < 20; turn++) {
    theirs.push(await round(startAnotherRegistry));
    for (let again = 0; again < 5; again++) ours.push(await round(startOurs));
  }
  for (const [name, times] of Object.entries({ 'stowage/testing': ours, 'docker-registry': theirs }))
    console.log(`${name.padEnd(16)} ${median(times).toFixed(1).padStart(7)} ms, ${times.length} times`);
  const ratio = median(theirs) / median(ours);
  console.log(`a process takes ${ratio.toFixed(1)} times as long; the bound is ${bound}`);
  return ratio < bound ? { passed: 0, failed: 1 } : { passed: 1, failed: 0 };
}

/**
 * The milliseconds from before the start to after the end.
 * @param {Start} start
 */
async function round(start) {
  const begun = performance.now();
  const { url, end } = await start();
  for (const { pathname: path } of await push(`${url}/v2`, 'team/app', image, '1.0')) {
    await expectStatus(200, url, { method: 'GET', path, headers: { accept: `${imageType}, */*` } });
  }
  await end();
  return performance.now() - begun;
}
