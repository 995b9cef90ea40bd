// @ts-check
/** How much memory the server takes for large blobs, and for many at once. */
import { existsSync } from 'node:fs';
import { withServer, withServerInBucket } from './server.mjs';
import { pull, push } from './transfer.mjs';

const large = { mebibytes: 2048, bound: 150 };
const many = { pushes: 64, mebibytes: 16, bound: 200 };
/** Parts of 8 MiB wait in memory on their way into an object store. */
const manyLarge = { pushes: 32, mebibytes: 256, bound: 400 };

/** Measures, prints, and counts the bounds that were kept. */
export async function rss() {
  if (!existsSync('/proc/self/clear_refs')) throw new Error('the peak of memory is read from /proc, which only Linux has');
  const peaks = [
    { peak: await withServer(oneLarge), bound: large.bound },
    { peak: await withServer((server) => manyAtOnce(server, many)), bound: many.bound },
    { peak: await withServerInBucket((server) => manyAtOnce(server, manyLarge)), bound: manyLarge.bound },
  ];
  const failed = peaks.filter(({ peak, bound }) => peak >= bound).length;
  return { passed: peaks.length - failed, failed };
}

/** @typedef {import('./server.mjs').Server} Server */

/** @param {Server} server */
async function oneLarge({ origin, memory }) {
  console.log(`one blob of ${large.mebibytes} MiB; the idle server has ${memory.now().toFixed(0)} MiB resident`);
  const pushed = await measure(memory, large.mebibytes, () => push(origin, 'bench/large', large.mebibytes));
  print('  pushed', pushed, large.bound);
  const pulled = await measure(memory, large.mebibytes, () => pull(origin, 'bench/large', pushed.result));
  print('  pulled', pulled, large.bound);
  return Math.max(pushed.peak, pulled.peak);
}

/**
 * @param {Server} server
 * @param {typeof many} amounts
 */
async function manyAtOnce({ origin, memory }, { pushes, mebibytes, bound }) {
  console.log(`${pushes} blobs of ${mebibytes} MiB at once; the idle server has ${memory.now().toFixed(0)} MiB resident`);
  const repos = Array.from({ length: pushes }, (_, index) => `bench/many/r${index}`);
  const pushed = await measure(memory, pushes * mebibytes, () => Promise.all(repos.map((repo) => push(origin, repo, mebibytes))));
  print('  pushed', pushed, bound);
  return pushed.peak;
}

/**
 * @template T
 * @param {Server['memory']} memory
 * @param {number} mebibytes
 * @param {() => Promise<T>} work
 */
async function measure(memory, mebibytes, work) {
  memory.reset();
  const started = performance.now();
  const result = await work();
  return { result, peak: memory.peak(), rate: mebibytes / ((performance.now() - started) / 1000) };
}

/**
 * @param {string} title
 * @param {{ peak: number, rate: number }} measured
 * @param {number} bound
 */
function print(title, { peak, rate }, bound) {
  const verdict = peak < bound ? 'within' : 'OVER';
  console.log(`${title}: peak ${peak.toFixed(0)} MiB resident, ${verdict} ${bound}; ${rate.toFixed(0)} MiB/s`);
}
