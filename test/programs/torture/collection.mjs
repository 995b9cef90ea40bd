// @ts-check
/** Collections beside traffic: nothing that was acknowledged, or told of within the grace, is lost, and in the end all garbage is gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fsDriver } from '../../../dist/drivers/fs.js';
import { memoryDriver } from '../../../dist/drivers/memory.js';
import { createRegistryHandler } from '../../../dist/index.js';
import { collectEvery } from '../../../dist/upkeep.js';
import { startServer } from '../../support/command.ts';
import { drawFrom } from '../../support/random.ts';
import { clientOf } from './client.mjs';
import { createModel, pullTag, pushUntil, reachedFrom, readUntil } from './collected.mjs';

const pushers = 6;
const readers = 3;
const options = { every: 50, grace: 2_000, minAge: 0, untagged: 0 };
/** How long all garbage may take to go in the end, in milliseconds. */
const patience = 20_000;

/**
 * @typedef {import('../../../dist/upkeep.js').CollectionReport} Report
 * @typedef {import('./collected.mjs').Model} Model
 *
 * @typedef {object} Stage a registry that is collected
 * @property {string[]} urls
 * @property {import('../../../dist/index.js').Driver} driver the same storage, to be listed
 * @property {string} [root]
 * @property {Report[]} reports
 * @property {string[]} faults
 * @property {() => void} [beginKills]
 * @property {() => Promise<number>} [endKills] how many there were
 * @property {() => Promise<void>} end
 */

/**
 * Runs the stages and prints what each found.
 * @param {{ seconds: number, seed: string }} options
 */
export async function collection({ seconds, seed }) {
  /** @type {readonly [title: string, start: () => Promise<Stage>][]} */
  const stages = [
    ['memory, in one process', async () => inProcess(memoryDriver())],
    ['fs, in one process', onDisk((root) => inProcess(fsDriver({ root }), root))],
    ['fs, two workers and a collecting process', onDisk((root) => besides(root, 'lease'))],
    ['fs, two processes that serve and collect, one at a time', onDisk((root) => together(root, 'lease'))],
    ['fs, two processes that serve and collect, both at once', onDisk((root) => together(root, 'all'))],
    ['fs, two workers and a collecting process that is killed', onDisk((root) => besides(root, 'all', drawFrom(seed, 'kills')))],
  ];
  const counts = { passed: 0, failed: 0 };
  for (const [title, start] of stages) {
    const failures = await run(title, await start(), seconds, seed);
    for (const failure of failures) console.log(`  FAILED ${failure}`);
    counts.passed += checks - failures.length;
    counts.failed += failures.length;
  }
  return counts;
}

/** How many things are looked at in each stage. */
const checks = 6;

/**
 * @param {string} title
 * @param {Stage} stage
 * @param {number} seconds
 * @param {string} seed
 */
async function run(title, stage, seconds, seed) {
  const model = createModel(options.grace);
  const [pushing, reading] = [new AbortController(), new AbortController()];
  const clients = Array.from({ length: pushers + readers }, (_, index) => clientOf(stage.urls[index % stage.urls.length] ?? ''));
  const all = clients.map(({ send }, index) =>
    index < pushers
      ? pushUntil({ send, model, seed, index, signal: pushing.signal })
      : readUntil({ send, model, seed, index, signal: reading.signal }),
  );
  stage.beginKills?.();
  await sleep(seconds * 1_000);
  pushing.abort();
  await Promise.all(all.slice(0, pushers));
  reading.abort();
  await Promise.all(all.slice(pushers));
  const kills = await stage.endKills?.();
  const left = await waitUntilClean(stage, model);
  // Now without any grace: what a tag leads to is there.
  const [client] = clients;
  if (client) for (const tag of model.tags.values()) if (tag.image) await pullTag(client.send, model, tag);
  for (const { close } of clients) close();
  await stage.end();
  const sum = (/** @type {(report: Report) => number} */ of) => stage.reports.reduce((total, report) => total + of(report), 0);
  const done = {
    collections: stage.reports.filter(({ outcome }) => outcome === 'done').length,
    discarded: sum(({ discarded }) => discarded.blobs + discarded.manifests),
    'brought back': sum(({ broughtBack }) => broughtBack.blobs + broughtBack.manifests),
    removed: sum(({ removed }) => removed.blobs + removed.manifests),
    freed: sum(({ freed }) => freed.blobs),
    skipped: sum(({ skipped }) => skipped.length),
  };
  const figures = (/** @type {Record<string, number>} */ of) =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  console.log(`${title}: ${figures(model.counts)}`);
  console.log(
    `  ${figures(done)}${kills === undefined ? '' : `, ${kills} kills`}; ${model.lost.length} lost, ${model.refused.length} refused`,
  );
  const failures = [
    none('lost', model.lost),
    none('refused', model.refused),
    none('faults', stage.faults),
    none('left', left),
    none(
      'skipped',
      stage.reports.flatMap(({ skipped }) => skipped.map(({ repository, error }) => `${repository}: ${error}`)),
    ),
    done.discarded > 5 && done.removed > 5 && model.counts.pushes > 20 ? undefined : 'too little was done to show anything',
  ].filter((failure) => failure !== undefined);
  if (stage.root !== undefined && failures.length > 0) console.log(`  what is left is in ${stage.root}`);
  else if (stage.root !== undefined) await rm(stage.root, { recursive: true });
  return failures;
}

/** @param {string} what @param {readonly string[]} found */
const none = (what, found) => (found.length === 0 ? undefined : `${found.length} ${what}: ${found.slice(0, 5).join('\n    ')}`);

/**
 * Waits until the registry has what its tags lead to, and nothing else; what is left too much or missing if it is not so in time.
 * @param {Stage} stage
 * @param {Model} model
 */
async function waitUntilClean(stage, model) {
  const end = performance.now() + patience;
  for (;;) {
    // Removes the empty directories that a death leaves, as each registry does from time to time.
    await stage.driver.uploads.expire?.(new Date(0));
    const left = await leftOver(stage, model);
    if (left.length === 0 || performance.now() > end) return left;
    await sleep(100);
  }
}

/** @param {Stage} stage @param {Model} model */
async function leftOver({ driver, root }, model) {
  const { inventory } = driver;
  if (inventory === undefined) throw new Error('the driver has no inventory');
  const images = [...model.tags.values()].flatMap(({ image }) => (image ? reachedFrom(image) : []));
  const expected = new Set(
    images.flatMap(({ repo, digest, blobs }) => [`${repo} manifest ${digest}`, ...blobs.map((blob) => `${repo} blob ${blob}`)]),
  );
  /** @type {string[]} */
  const left = [];
  const found = new Set();
  for (const repo of await inventory.repositories({ limit: 1_000 })) {
    for (const kind of /** @type {const} */ (['blob', 'manifest'])) {
      for (const { digest } of await inventory.held(repo, kind, { limit: 100_000 })) found.add(`${repo} ${kind} ${digest}`);
      for (const { digest, at } of await inventory.discarded(repo, kind, { limit: 100_000 })) {
        left.push(`in the trash since ${at.toISOString()}: ${repo} ${kind} ${digest}`);
      }
    }
  }
  for (const each of found) if (!expected.has(each)) left.push(`held: ${each}`);
  for (const each of expected) if (!found.has(each)) left.push(`missing: ${each}`);
  if (root === undefined || left.length > 0) return left;
  const blobs = new Set(images.flatMap((image) => image.blobs));
  const entries = images.flatMap(({ referrers }) => referrers).length;
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const below = (/** @type {RegExp} */ place) => files.filter((file) => place.test(file));
  for (const file of below(/^content\//)) {
    const [, algorithm, , hex] = file.split('/');
    if (!blobs.delete(`${algorithm}:${hex}`)) left.push(`a file too much: ${file}`);
  }
  for (const blob of blobs) left.push(`a file is missing: ${blob}`);
  for (const file of below(/^(trash|staging)\/|\/_trash\//)) left.push(`a file too much: ${file}`);
  const listed = below(/\/_referrers\//).length;
  if (listed !== new Set(images.flatMap(({ digest, referrers }) => referrers.map((each) => digest + each.digest))).size) {
    left.push(`${listed} referrers are listed, not ${entries}`);
  }
  for (const { name, parentPath } of names.filter((entry) => entry.isDirectory() && entry.name === '_trash')) {
    left.push(`a directory too much: ${join(parentPath, name)}`);
  }
  return left;
}

/** @param {(root: string) => Promise<Stage>} start */
const onDisk = (start) => async () => start(await mkdtemp(join(tmpdir(), 'stowage-torture-')));

/**
 * A registry and its collections in this process.
 * @param {import('../../../dist/index.js').Driver} driver
 * @param {string} [root]
 * @returns {Promise<Stage>}
 */
async function inProcess(driver, root) {
  /** @type {Report[]} */
  const reports = [];
  /** @type {string[]} */
  const faults = [];
  const handler = createRegistryHandler(driver);
  const server = createServer({ requestTimeout: 0 }, handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const collections = collectEvery(driver, {
    ...options,
    onReport: (report) => reports.push(report),
    onFault: (error) => faults.push(String(error)),
  });
  return {
    urls: [`http://127.0.0.1:${typeof address === 'object' && address?.port}`],
    driver,
    ...(root !== undefined && { root }),
    reports,
    faults,
    end: async () => {
      await collections.stop();
      server.close();
      await handler.close();
    },
  };
}

/**
 * A server with two workers, and a process that collects, which may be killed and started again and again.
 * @param {string} root
 * @param {'lease' | 'all'} lease
 * @param {import('../../support/random.ts').Random} [random] when it is killed
 * @returns {Promise<Stage>}
 */
async function besides(root, lease, random) {
  const server = await startServer(['--root', root, '--workers', '2']);
  const stage = stageOn(root, [server.url]);
  let collecting = await start(stage, 'alone', lease);
  let kills = 0;
  let ending = false;
  /** @type {Promise<void>} */
  let killing = Promise.resolve();
  const kill = async () => {
    while (!ending) {
      await sleep(random?.between(20, 600));
      await collecting.end('SIGKILL');
      kills += 1;
      collecting = await start(stage, 'alone', lease);
    }
  };
  return {
    ...stage,
    ...(random && {
      beginKills: () => {
        killing = kill();
      },
      endKills: async () => {
        ending = true;
        await killing;
        return kills;
      },
    }),
    end: async () => {
      await collecting.end('SIGTERM');
      const { code, stderr } = await server.end();
      if (code !== 0 || stderr !== '') stage.faults.push(`the server ended with ${code} and wrote: ${stderr}`);
      await stage.driver.close();
    },
  };
}

/**
 * Two processes that each serve and collect.
 * @param {string} root
 * @param {'lease' | 'all'} lease
 * @returns {Promise<Stage>}
 */
async function together(root, lease) {
  const stage = stageOn(root, []);
  const processes = [await start(stage, 'serve', lease), await start(stage, 'serve', lease)];
  return {
    ...stage,
    urls: processes.map(({ port }) => `http://127.0.0.1:${port}`),
    end: async () => {
      for (const { end } of processes) await end('SIGTERM');
      await stage.driver.close();
    },
  };
}

/** @param {string} root @param {string[]} urls */
const stageOn = (root, urls) => ({
  urls,
  root,
  driver: fsDriver({ root }),
  /** @type {Report[]} */
  reports: [],
  /** @type {string[]} */
  faults: [],
});

/**
 * @param {Pick<Stage, 'root' | 'reports' | 'faults'>} stage
 * @param {'serve' | 'alone'} serves
 * @param {'lease' | 'all'} lease
 */
async function start({ root = '', reports, faults }, serves, lease) {
  const program = join(import.meta.dirname, 'collecting.mjs');
  const child = spawn(process.execPath, [program, root, serves, lease, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const [port] = await once(lines, 'line');
  lines.on('line', (line) => {
    const told = JSON.parse(line);
    if (told.fault === undefined) reports.push(told);
    else faults.push(told.fault);
  });
  return {
    port,
    /** @param {NodeJS.Signals} signal */
    async end(signal) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}
