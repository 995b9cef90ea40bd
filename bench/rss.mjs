// @ts-check
/** How much memory the server takes for large blobs, and for many at once. */
import { existsSync } from 'node:fs';
import { withServer } from './server.mjs';
import { pull, push } from './transfer.mjs';

const large = { mebibytes: 2048, bound: 150 };
const many = { pushes: 64, mebibytes: 16, bound: 200 };

/** Measures, prints, and counts the bounds that were kept. */
export async function rss() {
  if (!existsSync('/proc/self/clear_refs')) throw new Error('the peak of memory is read from /proc, which only Linux has');
  const peaks = [
    { peak: await withServer(oneLarge), bound: large.bound },
    { peak: await withServer(manyAtOnce), bound: many.bound },
  ];
  const failed = peaks.filter(({ peak, bound }) => peak >= bound).length;
  return { passed: peaks.length - failed, failed };
}

/** @typedef {Parameters<Parameters<typeof withServer>[0]>[0]} Server */

/** @param {Server} server */
async function oneLarge({ origin, memory }) {
  console.log(`one blob of ${large.mebibytes} MiB; the idle server has ${memory.now().toFixed(0)} MiB resident`);
  const pushed = await measure(memory, large.mebibytes, () => push(origin, 'bench/large', large.mebibytes));
  print('  pushed', pushed, large.bound);
  const pulled = await measure(memory, large.mebibytes, () => pull(origin, 'bench/large', pushed.result));
  print('  pulled', pulled, large.bound);
  return Math.max(pushed.peak, pulled.peak);
}

/** @param {Server} server */
async function manyAtOnce({ origin, memory }) {
  console.log(
    `${many.pushes} blobs of ${many.mebibytes} MiB at once; the idle server has ${memory.now().toFixed(0)} MiB resident`,
  );
  const repos = Array.from({ length: many.pushes }, (_, index) => `bench/many/r${index}`);
  const pushed = await measure(memory, many.pushes * many.mebibytes, () =>
    Promise.all(repos.map((repo) => push(origin, repo, many.mebibytes))),
  );
  print('  pushed', pushed, many.bound);
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
