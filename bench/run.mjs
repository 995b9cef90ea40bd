// @ts-check
/**
 * Measurements with bounds.
 *
 *     npm run bench -- rss
 *
 * The server is a process of its own, on a fresh folder or beside an object store; this process is the client.
 */
import { rss } from './rss.mjs';

/** @type {Record<string, () => Promise<{ passed: number, failed: number }>>} */
const benchmarks = { rss };

const [name = '', ...others] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark === undefined || others.length > 0) {
  console.error(`usage: npm run bench -- ${Object.keys(benchmarks).join('|')}`);
  process.exitCode = 2;
} else {
  const { passed, failed } = await benchmark();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
