// @ts-check
/**
 * Measurements.
 *
 *     npm run bench                      all workloads against all targets; see table.ts
 *     npm run bench -- quick             a part of it within five minutes, compared with what is expected; see quick.ts
 *     npm run bench -- flows             an image that is pushed and pulled by skopeo and crane; see flows.mjs
 *     npm run bench -- scale             what requests cost where there is much of something; see scale.ts
 *     npm run bench -- calls             how many calls of the file system or the object store each flow costs; see calls.ts
 *     npm run bench -- generator         what the load generator reaches by itself
 *     npm run bench -- fixture           what a registry in a test costs beside a process of another one, with a bound; see fixture.mjs
 *     npm run bench -- diagnostics       what tracing channels cost that nobody listens to, with a bound; see diagnostics.ts
 *     npm run bench -- report            writes all that is in bench/results into docs/performance.md
 *     npm run bench -- rss               the memory of the server, with bounds
 *
 * Servers are processes of their own, on fresh folders or beside an object store.
 */
import { calls } from './calls.ts';
import { ceiling } from './ceiling.ts';
import { diagnostics } from './diagnostics.ts';
import { fixture } from './fixture.mjs';
import { flows } from './flows.mjs';
import { quick } from './quick.ts';
import { report } from './report.ts';
import { rss } from './rss.mjs';
import { scale } from './scale.ts';
import { table } from './table.ts';

/** Those that count say what passed. @type {Record<string, (words: string[]) => Promise<{ passed: number, failed: number } | void>>} */
const benchmarks = { table, quick, flows, scale, calls, fixture, diagnostics, generator: ceiling, report, rss };

const [first = 'table', ...others] = process.argv.slice(2);
const [name, words] = first.startsWith('-') ? ['table', [first, ...others]] : [first, others];
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.error(`usage: npm run bench -- [${Object.keys(benchmarks).join('|')}]`);
  process.exitCode = 2;
} else {
  const counts = await benchmark(words);
  if (counts) console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts && counts.failed > 0 ? 1 : 0;
}
