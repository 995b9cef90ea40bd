// @ts-check
/**
 * The metrics of `stowage serve --metrics` beside a real Prometheus: parsed, scraped, and asked for in its language, with the alerts and the
 * dashboard of examples/operations.
 *
 *     npm run metrics
 *
 * Needs Debian's package prometheus, which it installs as root.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from '../../support/client.ts';
import { startServer } from '../../support/command.ts';
import { startCounting } from '../../support/counting.ts';
import { installPrograms } from '../../support/debian.ts';
import { freePort } from '../../support/free-port.ts';
import { makeImage, push } from '../../support/images.ts';
import { project } from '../../support/install-beside.ts';

const { prometheus, promtool } = installPrograms({ prometheus: 'prometheus', promtool: 'prometheus' });
const operations = join(project, 'examples/operations');
const { attempt, finish } = startCounting();

const folder = mkdtempSync(join(tmpdir(), 'stowage-prometheus-'));
const [scraped, asked] = [await freePort(), await freePort()];
const registry = await startServer(['--root', join(folder, 'root'), '--workers', '2', '--metrics', String(scraped)]);
for (const reply of await push(`${registry.url}/v2`, 'team/app', makeImage(), '1.0')) assert.ok(reply);
await send(registry.url, { method: 'GET', path: '/v2/team/none/manifests/1.0' });

const scrape = (/** @type {string} */ accept) =>
  fetch(`http://127.0.0.1:${scraped}/metrics`, { headers: { accept } }).then((reply) => reply.text());
await attempt('promtool finds nothing to say against the metrics', async () => {
  execFileSync(promtool, ['check', 'metrics'], { input: await scrape('text/plain') });
});
await attempt('promtool takes the alerts and the configuration', () => {
  execFileSync(promtool, ['check', 'config', 'prometheus.yml'], { cwd: operations });
});

// As in the example, but at other ports and faster.
const config = readFileSync(join(operations, 'prometheus.yml'), 'utf8');
const own = config
  .replace('15s', '200ms')
  .replaceAll('9500', String(scraped))
  .replace('alerts.yml', join(operations, 'alerts.yml'));
writeFileSync(join(folder, 'prometheus.yml'), own);
const words = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${asked}`];
const server = spawn(prometheus, words, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
const ended = once(server, 'close');

/**
 * What Prometheus answers to a path below its API.
 * @param {string} path
 */
async function ask(path) {
  const reply = await fetch(`http://127.0.0.1:${asked}/api/v1/${path}`);
  const { data, error } = await reply.json();
  assert.equal(error, undefined);
  return data;
}

/**
 * The value of a query that gives one, asked for again until it is as expected.
 * @param {string} query
 * @param {string} expected
 */
async function expectValue(query, expected) {
  let last;
  for (let turn = 0; turn < 100; turn++) {
    last = await ask(`query?query=${encodeURIComponent(query)}`).then(({ result }) => result[0]?.value[1], String);
    if (last === expected) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.equal(last, expected, query);
}

await attempt('Prometheus scrapes it', () => expectValue('up{job="stowage"}', '1'));
await attempt('Prometheus knows the push', () =>
  expectValue('sum(stowage_requests_total{operation="putManifest",status="201"})', '1'),
);
await attempt('Prometheus knows the refusal', () =>
  expectValue('sum(stowage_requests_total{operation="getManifest",code="MANIFEST_UNKNOWN"})', '1'),
);
await attempt('Prometheus has read it as OpenMetrics', async () => {
  assert.match(await scrape('application/openmetrics-text;version=1.0.0'), /\n# EOF\n$/);
  const { stowage_requests: known } = await ask('metadata?metric=stowage_requests');
  assert.equal(known?.[0]?.type, 'counter');
});
await attempt('Prometheus can evaluate each alert, and none fires', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { groups } = await ask('rules');
  const rules = groups.flatMap((/** @type {{ rules: object[] }} */ group) => group.rules);
  assert.equal(rules.length, 7);
  assert.deepEqual(
    rules.filter((/** @type {{ lastError?: string }} */ { lastError }) => lastError),
    [],
  );
  assert.deepEqual(
    rules.filter((/** @type {{ state: string }} */ { state }) => state === 'firing'),
    [],
  );
});
const { panels } = JSON.parse(readFileSync(join(operations, 'dashboard.json'), 'utf8'));
for (const { title, targets } of panels) {
  await attempt(`the dashboard has something to show: ${title}`, async () => {
    for (const { expr } of targets) {
      const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
      const { result } = await ask(`query?query=${encodeURIComponent(query)}`);
      assert.notDeepEqual(result, [], query);
    }
  });
}

server.kill();
await ended;
await registry.end();
rmSync(folder, { recursive: true });
finish();
