// @ts-check
/** `npm run bench -- fixture`: what a registry costs a test that starts one, pushes an image, pulls it and ends it. */
import { startRegistry } from 'stowage/testing';
import { imageType } from '../lib/testing/exchanges/given.ts';
import { startAnotherRegistry } from '../test/programs/coverage/another-registry.mjs';
import { expectStatus } from '../test/support/client.ts';
import { makeImage, push } from '../test/support/images.ts';
import { median } from './results.ts';

/** @type {Record<string, { rounds: number, start: () => Promise<{ url: string, end: () => Promise<void> }> }>} */
const registries = {
  'stowage/testing': {
    rounds: 200,
    async start() {
      const { url, close } = await startRegistry();
      return { url, end: close };
    },
  },
  'docker-registry': { rounds: 20, start: startAnotherRegistry },
};
const image = makeImage();

/** Prints the medians in milliseconds, and what one is of the other. */
export async function fixture() {
  const medians = [];
  for (const [name, { rounds, start }] of Object.entries(registries)) {
    await round(start);
    const times = [];
    for (let index = 0; index < rounds; index++) times.push(await round(start));
    medians.push(median(times));
    console.log(`${name.padEnd(16)} ${median(times).toFixed(1).padStart(7)} ms, ${rounds} times`);
  }
  const [ours = Number.NaN, theirs = Number.NaN] = medians;
  console.log(`a process takes ${(theirs / ours).toFixed(1)} times as long`);
}

/**
 * The milliseconds from before the start to after the end.
 * @param {() => Promise<{ url: string, end: () => Promise<void> }>} start
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
