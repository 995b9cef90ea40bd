// @ts-check
/**
 * `npm run bench -- flows`: an image of 12 layers, pushed and pulled by skopeo and by crane: what users wait for.
 *
 *     npm run bench -- flows [--rounds N] [--node PATH|VERSION]
 */
import { execFile } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { writeLayeredImage } from '../test/programs/clients/layout.mjs';
import { createSkopeo } from '../test/programs/clients/skopeo.mjs';
import { installPrograms } from '../test/support/debian.ts';
import { mebibyte } from './content.ts';
import { waitUntilIdle } from './machine.ts';
import { circumstances, keepResults, median } from './results.ts';
import { nodeBinary } from './targets/node.ts';
import { crane, withTarget } from './targets/targets.ts';

/** @typedef {import('./targets/targets.ts').TargetName} TargetName */
/** @typedef {{ flow: string, name: TargetName, seconds: number }} Taken */
/** @typedef {{ push: (image: string, host: string) => Promise<unknown>, pull: (image: string, host: string, folder: string) => Promise<unknown> }} Client */

const names = /** @type {const} */ (['distribution', 'fs', 'fs-workers', 'memory', 'crane', 'distribution-s3', 's3']);
/** The image that is measured, and one of the same sizes that goes before it: a runtime compiles what a server does while it does it. */
const images = { first: 'first', measured: 'measured' };
const mebibytesOfLayers = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 24];

/** Measures, prints and keeps. @param {string[]} words */
export async function flows(words) {
  const options = /** @type {const} */ ({ rounds: { type: 'string', default: '3' }, node: { type: 'string' } });
  const { values } = parseArgs({ args: words, options });
  const node = nodeBinary(values.node);
  const about = circumstances(node.version);
  const folder = await mkdtemp(join(tmpdir(), 'stowage-flows-'));
  try {
    for (const [seed, image] of Object.values(images).entries()) {
      await writeLayeredImage(
        join(folder, image),
        mebibytesOfLayers.map((mebibytes, index) => layer(mebibytes, seed * 100 + index)),
      );
    }
    const clients = await createClients(folder);
    /** @type {Taken[]} */
    const taken = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const name of names) taken.push(...(await playRound(name, node.path, folder, clients)));
    }
    const seconds = byFlow(taken);
    keepResults('flows', { ...about, rounds: Number(values.rounds), seconds });
    print(seconds);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Bytes that cannot be compressed.
 * @param {number} mebibytes
 * @param {number} index
 */
function layer(mebibytes, index) {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, index + 1), Buffer.alloc(16)).update(Buffer.alloc(mebibytes * mebibyte));
}

/**
 * @param {string} folder
 * @returns {Promise<Record<string, Client>>}
 */
async function createClients(folder) {
  const skopeo = await createSkopeo(installPrograms({ skopeo: 'skopeo' }).skopeo, join(folder, 'home'));
  const program = crane();
  const run = (/** @type {string[]} */ ...given) =>
    promisify(execFile)(program, given, { env: { ...process.env, HOME: folder } });
  return {
    skopeo: {
      push: (image, host) =>
        skopeo('copy', '--dest-tls-verify=false', `oci:${join(folder, image)}:one`, `docker://${host}/bench/${image}:one`),
      pull: (image, host, to) => skopeo('copy', '--src-tls-verify=false', `docker://${host}/bench/${image}:one`, `oci:${to}:one`),
    },
    crane: {
      push: (image, host) => run('push', '--insecure', join(folder, image), `${host}/bench/${image}:one`),
      pull: (image, host, to) => run('pull', '--insecure', '--format', 'oci', `${host}/bench/${image}:one`, to),
    },
  };
}

/**
 * Each client pushes to a store that has nothing of the image, and pulls it into an empty folder.
 * @param {TargetName} name
 * @param {string} node
 * @param {string} folder
 * @param {Record<string, Client>} clients
 */
async function playRound(name, node, folder, clients) {
  /** @type {Taken[]} */
  const taken = [];
  for (const [client, { push, pull }] of Object.entries(clients)) {
    await withTarget(name, node, async ({ origin }) => {
      const { host } = new URL(origin);
      const secondsOf = async (/** @type {string} */ image) => {
        const pulled = join(folder, 'pulled');
        const seconds = { push: await timed(() => push(image, host)), pull: await timed(() => pull(image, host, pulled)) };
        await rm(pulled, { recursive: true });
        return seconds;
      };
      await secondsOf(images.first);
      for (const [verb, seconds] of Object.entries(await secondsOf(images.measured))) {
        taken.push({ flow: `${client} ${verb}`, name, seconds });
        console.log(`${name}, ${client} ${verb}: ${seconds} s`);
      }
    });
  }
  return taken;
}

/**
 * How many seconds that takes on a machine that does nothing else.
 * @param {() => Promise<unknown>} work
 */
async function timed(work) {
  await waitUntilIdle();
  const started = performance.now();
  await work();
  return Number(((performance.now() - started) / 1000).toFixed(3));
}

/**
 * The seconds of each round, by flow and target.
 * @param {readonly Taken[]} taken
 */
function byFlow(taken) {
  const secondsOf = (/** @type {string} */ flow, /** @type {TargetName} */ name) =>
    taken.filter((each) => each.flow === flow && each.name === name).map(({ seconds }) => seconds);
  const flowNames = [...new Set(taken.map(({ flow }) => flow))];
  return Object.fromEntries(
    flowNames.map((flow) => [flow, Object.fromEntries(names.map((name) => [name, secondsOf(flow, name)]))]),
  );
}

/** @param {ReturnType<typeof byFlow>} flowsFound */
function print(flowsFound) {
  for (const [flow, row] of Object.entries(flowsFound)) {
    const said = Object.entries(row).map(([name, seconds]) => `${name} ${median(seconds).toFixed(2)}`);
    console.log(`${flow}, seconds: ${said.join('; ')}`);
  }
}
